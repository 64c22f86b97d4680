"""Workers, organisations, the known concepts of the taxonomy and the feed."""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0001_profiles"
down_revision = None

WORKER = """
    CREATE TABLE profiles.worker (
        id uuid PRIMARY KEY,
        version integer NOT NULL CHECK (version > 0),
        active boolean NOT NULL,
        display_name text,
        email text,
        phone text,
        markets jsonb NOT NULL,
        kinds jsonb NOT NULL,
        skills jsonb NOT NULL,
        places jsonb NOT NULL,
        accepts_lodging boolean NOT NULL,
        accepts_remote boolean NOT NULL,
        zone text NOT NULL,
        weekly jsonb NOT NULL,
        exceptions jsonb NOT NULL,
        confirmed_at timestamptz,
        pay_floors jsonb NOT NULL,
        certificates jsonb NOT NULL,
        languages jsonb NOT NULL,
        blocked_organisations jsonb NOT NULL,
        last_active_at timestamptz,
        source_system text,
        source_id text,
        registered_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        removed_at timestamptz,
        UNIQUE (source_system, source_id),
        CHECK ((source_system IS NULL) = (source_id IS NULL)),
        CHECK ((removed_at IS NULL) = (display_name IS NOT NULL))
    )
"""

ORGANISATION = """
    CREATE TABLE profiles.organisation (
        id uuid PRIMARY KEY,
        version integer NOT NULL CHECK (version > 0),
        active boolean NOT NULL,
        kind text NOT NULL CHECK (kind IN ('employer', 'agency')),
        name text NOT NULL,
        isic text,
        country text NOT NULL,
        zone text NOT NULL,
        contact jsonb,
        registered_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
    )
"""

KNOWN_CONCEPT = """
    CREATE TABLE profiles.known_concept (
        kind text NOT NULL,
        id text NOT NULL,
        version integer NOT NULL,
        retired boolean NOT NULL,
        PRIMARY KEY (kind, id)
    )
"""


def upgrade() -> None:
    walls.open_schema("profiles")
    walls.outbox("profiles")
    walls.feed_cursors("profiles")
    op.execute(KNOWN_CONCEPT)
    walls.plain("profiles.known_concept")

    op.execute(WORKER)
    op.execute(
        "CREATE INDEX worker_skills ON profiles.worker"
        " USING gin (skills jsonb_path_ops)"
    )
    own_row = f"id = {walls.SUBJECT}"
    walls.wall(
        "profiles.worker", read=own_row, write=own_row, app="SELECT, INSERT, UPDATE"
    )

    op.execute(ORGANISATION)
    own_organisation = f"id = {walls.TENANT}"
    walls.wall(
        "profiles.organisation",
        read=own_organisation,
        write=own_organisation,
        app="SELECT, INSERT, UPDATE",
    )


def downgrade() -> None:
    for table in (
        "worker",
        "organisation",
        "known_concept",
        "feed_cursor",
        "outbox",
        "outbox_pruned",
    ):
        op.execute(f"DROP TABLE profiles.{table}")
