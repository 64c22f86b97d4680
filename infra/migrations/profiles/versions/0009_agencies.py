"""Mandates of clients, and workers' rights to represent.

Whom a row is about sees it; only the giving side adds one, and nobody changes it but
by ending it: the app login may write no other column. That only an agency is given
anything is a foreign key, since the giving side does not see the agency's row.

A mandate is also a basis to act upon: either side of it may end what was begun on it.

Revision ID: 0009_agencies
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0009_agencies"
down_revision = "0008_accounts"
branch_labels = None
depends_on = None

MANDATE = """
    CREATE TABLE profiles.mandate (
        id uuid PRIMARY KEY,
        version integer NOT NULL CHECK (version > 0),
        client uuid NOT NULL REFERENCES profiles.organisation,
        agency uuid NOT NULL,
        kind_of_agency text NOT NULL GENERATED ALWAYS AS ('agency') STORED,
        purposes jsonb NOT NULL CHECK (jsonb_array_length(purposes) > 0),
        starts_at timestamptz NOT NULL,
        ends_at timestamptz CHECK (ends_at > starts_at),
        granted_by uuid NOT NULL,
        granted_at timestamptz NOT NULL DEFAULT now(),
        ended_by uuid,
        ended_at timestamptz,
        CONSTRAINT mandate_of_an_agency FOREIGN KEY (agency, kind_of_agency)
            REFERENCES profiles.organisation (id, kind),
        CHECK (client <> agency),
        CHECK ((ended_by IS NULL) = (ended_at IS NULL))
    )
"""

REPRESENTATION = """
    CREATE TABLE profiles.representation (
        id uuid PRIMARY KEY,
        version integer NOT NULL CHECK (version > 0),
        worker uuid NOT NULL REFERENCES profiles.worker,
        agency uuid NOT NULL,
        kind_of_agency text NOT NULL GENERATED ALWAYS AS ('agency') STORED,
        client uuid CONSTRAINT representation_before_a_client
            REFERENCES profiles.organisation,
        ends_at timestamptz CHECK (ends_at > granted_at),
        granted_by uuid NOT NULL,
        granted_at timestamptz NOT NULL DEFAULT now(),
        ended_by uuid,
        ended_at timestamptz,
        CONSTRAINT representation_by_an_agency FOREIGN KEY (agency, kind_of_agency)
            REFERENCES profiles.organisation (id, kind),
        CHECK ((ended_by IS NULL) = (ended_at IS NULL))
    )
"""

ENDING = "UPDATE (version, ended_by, ended_at)"

OWN_ACTING = (
    f"subject = {walls.CALLER} OR actor = {walls.CALLER}"
    " OR EXISTS (SELECT 1 FROM profiles.acting_consent AS given"
    " WHERE given.id = basis_id)"
)
BY_MANDATE = (
    " OR EXISTS (SELECT 1 FROM profiles.mandate AS given WHERE given.id = basis_id)"
)


def upgrade() -> None:
    op.execute(
        "CREATE UNIQUE INDEX organisation_kind ON profiles.organisation (id, kind)"
    )
    op.execute(MANDATE)
    op.execute(
        "CREATE UNIQUE INDEX mandate_once ON profiles.mandate (client, agency)"
        " WHERE ended_at IS NULL"
    )
    op.execute("CREATE INDEX mandate_of_agency ON profiles.mandate (agency, id)")
    op.execute("CREATE INDEX mandate_of_client ON profiles.mandate (client, id)")
    party = f"client = {walls.TENANT} OR agency = {walls.TENANT}"
    _wall("mandate", read=party, grant=f"client = {walls.TENANT}", end=party)

    op.execute(REPRESENTATION)
    op.execute(
        "CREATE UNIQUE INDEX representation_once ON profiles.representation"
        " (worker, agency, client) NULLS NOT DISTINCT WHERE ended_at IS NULL"
    )
    op.execute(
        "CREATE INDEX representation_of_agency ON profiles.representation (agency, id)"
    )
    op.execute(
        "CREATE INDEX representation_of_worker ON profiles.representation (worker, id)"
    )
    worker = f"worker = {walls.SUBJECT}"
    party = f"{worker} OR agency = {walls.TENANT}"
    _wall("representation", read=party, grant=worker, end=worker)
    _who_ends_acting(OWN_ACTING + BY_MANDATE)


def _wall(table: str, *, read: str, grant: str, end: str) -> None:
    name = f"profiles.{table}"
    walls.wall(name, read=read, app=f"SELECT, INSERT, {ENDING}")
    op.execute(
        f"CREATE POLICY profiles_{table}_grant ON {name} FOR INSERT TO {walls.APP}"
        f" WITH CHECK (({grant}) AND ended_at IS NULL AND granted_by = {walls.CALLER})"
    )
    op.execute(
        f"CREATE POLICY profiles_{table}_end ON {name} FOR UPDATE TO {walls.APP}"
        f" USING (({end}) AND ended_at IS NULL)"
        f" WITH CHECK (({end}) AND ended_at IS NOT NULL AND ended_by = {walls.CALLER})"
    )


def _who_ends_acting(either: str) -> None:
    for policy, clause in (
        ("read", f"USING ({either})"),
        ("insert", f"WITH CHECK ({either})"),
        ("update", f"USING ({either}) WITH CHECK ({either})"),
        ("delete", f"USING ({either})"),
    ):
        op.execute(f"ALTER POLICY profiles_acting_{policy} ON profiles.acting {clause}")


def downgrade() -> None:
    _who_ends_acting(OWN_ACTING)
    op.execute("DROP TABLE profiles.mandate, profiles.representation")
    op.execute("DROP INDEX profiles.organisation_kind")
