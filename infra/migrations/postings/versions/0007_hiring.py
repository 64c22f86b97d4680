"""Candidacies, and what postings keeps of profiles to decide who may be up for what.

A candidacy is an application where no agency stands in it, else a submittal. Its
worker, its agency and the organisation of its posting see it; nobody else does, not
even the agency that is told that the person is up already. An agency adds one only with
a right to represent that is in force here.

Whom a worker or an organisation blocks is theirs to know: a function answers for both
whether a worker may be up for something of an organisation.

Revision ID: 0007_hiring
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0007_hiring"
down_revision = "0006_persons"
branch_labels = None
depends_on = None

REPRESENTATION = """
    CREATE TABLE postings.representation (
        id uuid PRIMARY KEY,
        version integer NOT NULL,
        worker uuid NOT NULL,
        agency uuid NOT NULL,
        client uuid,
        ends_at timestamptz,
        ended boolean NOT NULL
    )
"""

MANDATE = """
    CREATE TABLE postings.mandate (
        id uuid PRIMARY KEY,
        version integer NOT NULL,
        client uuid NOT NULL,
        agency uuid NOT NULL,
        purposes jsonb NOT NULL,
        starts_at timestamptz NOT NULL,
        ends_at timestamptz,
        ended boolean NOT NULL
    )
"""

CANDIDATE = """
    CREATE TABLE postings.candidate (
        worker uuid PRIMARY KEY,
        version integer NOT NULL,
        blocked_organisations jsonb NOT NULL
    )
"""

BLOCKED_WORKER = """
    CREATE TABLE postings.blocked_worker (
        organisation uuid NOT NULL,
        worker uuid NOT NULL,
        blocked_by uuid NOT NULL,
        blocked_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (organisation, worker)
    )
"""

CANDIDACY = """
    CREATE TABLE postings.candidacy (
        id uuid PRIMARY KEY,
        version integer NOT NULL CHECK (version > 0),
        posting_id uuid NOT NULL,
        organisation uuid NOT NULL,
        worker uuid NOT NULL,
        agency uuid,
        representation uuid,
        status text NOT NULL CHECK (status IN
            ('made', 'accepted', 'declined', 'withdrawn', 'ended')),
        reason text,
        made_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT candidacy_posting FOREIGN KEY (posting_id, organisation)
            REFERENCES postings.posting (id, organisation),
        CHECK ((agency IS NULL) = (representation IS NULL)),
        CHECK ((status IN ('declined', 'ended')) = (reason IS NOT NULL))
    )
"""

ENDED_POSTING = """
    CREATE TABLE postings.ended_posting (
        posting_id uuid PRIMARY KEY,
        organisation uuid NOT NULL,
        ended_at timestamptz NOT NULL DEFAULT now()
    )
"""

WHY_NOT = """
    CREATE FUNCTION postings.why_not_up(whom uuid, whither uuid, through uuid)
    RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT CASE
        WHEN held.worker IS NULL AND EXISTS (
            SELECT FROM postings.erased_person gone WHERE gone.worker = whom
        ) THEN 'gone'
        WHEN pg_catalog.jsonb_exists(held.blocked_organisations, whither::text)
            OR pg_catalog.jsonb_exists(held.blocked_organisations, through::text)
            THEN 'blocked_by_worker'
        WHEN EXISTS (
            SELECT FROM postings.blocked_worker blocked
            WHERE blocked.organisation = whither AND blocked.worker = whom
        ) THEN 'blocked_by_organisation'
    END
    FROM (VALUES (whom)) AS asked (worker)
    LEFT JOIN postings.candidate held ON held.worker = asked.worker
    $$
"""

IN_FORCE = """EXISTS (
    SELECT FROM postings.representation held
    WHERE held.id = candidacy.representation AND held.worker = candidacy.worker
        AND held.agency = candidacy.agency AND NOT held.ended
        AND (held.client IS NULL OR held.client = candidacy.organisation)
        AND (held.ends_at IS NULL OR held.ends_at > now())
)"""

WORKER = f"worker = {walls.SUBJECT}"
AGENCY = f"agency = {walls.TENANT}"
ORGANISATION = f"organisation = {walls.TENANT}"
LIVE = "status IN ('made', 'accepted')"


def upgrade() -> None:
    op.execute(REPRESENTATION)
    op.execute(
        "CREATE INDEX representation_of_worker ON postings.representation"
        " (worker, agency)"
    )
    walls.wall("postings.representation", read=f"{WORKER} OR {AGENCY}")
    op.execute(MANDATE)
    op.execute("CREATE INDEX mandate_between ON postings.mandate (agency, client)")
    walls.wall("postings.mandate", read=f"client = {walls.TENANT} OR {AGENCY}")
    for table in ("representation", "mandate"):
        op.execute(
            f"CREATE INDEX {table}_running_out ON postings.{table} (ends_at)"
            " WHERE NOT ended AND ends_at IS NOT NULL"
        )
    op.execute(CANDIDATE)
    walls.wall("postings.candidate", read=WORKER)
    op.execute(BLOCKED_WORKER)
    op.execute("CREATE INDEX blocked_worker_of ON postings.blocked_worker (worker)")
    walls.wall(
        "postings.blocked_worker",
        read=ORGANISATION,
        write=ORGANISATION,
        app="SELECT, INSERT, DELETE",
    )
    op.execute(ENDED_POSTING)
    walls.wall("postings.ended_posting", read="false", write=ORGANISATION, app="INSERT")

    op.execute(
        "CREATE UNIQUE INDEX posting_organisation"
        " ON postings.posting (id, organisation)"
    )
    op.execute(CANDIDACY)
    op.execute(
        "CREATE UNIQUE INDEX candidacy_once ON postings.candidacy (posting_id, worker)"
        f" WHERE {LIVE}"
    )
    for side in ("worker", "organisation", "agency"):
        op.execute(
            f"CREATE INDEX candidacy_of_{side} ON postings.candidacy ({side}, id)"
        )
    # what a consumer who starts anew is told: all that is not over, or not for long
    op.execute(f"CREATE INDEX candidacy_living ON postings.candidacy (id) WHERE {LIVE}")
    op.execute("CREATE INDEX candidacy_over ON postings.candidacy (updated_at)")
    party = f"{WORKER} OR {ORGANISATION} OR {AGENCY}"
    walls.wall(
        "postings.candidacy",
        read=party,
        app="SELECT, INSERT, UPDATE (version, status, reason, updated_at)",
    )
    op.execute(
        f"CREATE POLICY candidacy_made ON postings.candidacy FOR INSERT TO {walls.APP}"
        f" WITH CHECK (status = 'made' AND (({WORKER} AND agency IS NULL)"
        f" OR ({AGENCY} AND {IN_FORCE})))"
    )
    op.execute(
        f"CREATE POLICY candidacy_moved ON postings.candidacy FOR UPDATE TO {walls.APP}"
        f" USING ({party}) WITH CHECK ("
        f"({ORGANISATION} AND status IN ('accepted', 'declined'))"
        f" OR (({WORKER} OR {AGENCY}) AND status = 'withdrawn'))"
    )
    op.execute(WHY_NOT)
    op.execute("REVOKE ALL ON FUNCTION postings.why_not_up FROM PUBLIC")
    op.execute(
        f"GRANT EXECUTE ON FUNCTION postings.why_not_up TO {walls.APP}, {walls.SYSTEM}"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION postings.why_not_up")
    op.execute(
        "DROP TABLE postings.candidacy, postings.representation, postings.mandate,"
        " postings.candidate, postings.blocked_worker, postings.ended_posting"
    )
    op.execute("DROP INDEX postings.posting_organisation")
