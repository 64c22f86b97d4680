"""Candidacies, and what postings keeps of mandates and rights to represent.

A candidacy is an application where no agency stands in it, else a submittal. Its
worker, its agency and the organisation of its posting see it; nobody else does, not
even the agency that is told that the person is up already. An agency adds one only with
a right to represent that is in force here.

Revision ID: 0006_hiring
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0006_hiring"
down_revision = "0005_audit"
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

    op.execute(
        "CREATE UNIQUE INDEX posting_organisation"
        " ON postings.posting (id, organisation)"
    )
    op.execute(CANDIDACY)
    op.execute(
        "CREATE UNIQUE INDEX candidacy_once ON postings.candidacy (posting_id, worker)"
        " WHERE status IN ('made', 'accepted')"
    )
    for side in ("worker", "organisation", "agency"):
        op.execute(
            f"CREATE INDEX candidacy_of_{side} ON postings.candidacy ({side}, id)"
        )
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


def downgrade() -> None:
    op.execute(
        "DROP TABLE postings.candidacy, postings.representation, postings.mandate"
    )
    op.execute("DROP INDEX postings.posting_organisation")
