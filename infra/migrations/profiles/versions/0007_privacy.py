"""Erasures and their state in each service, disclosures, consents, retention.

Revision ID: 0007_privacy
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0007_privacy"
down_revision = "0006_vault"
branch_labels = None
depends_on = None

TABLES = """
    CREATE TABLE profiles.erasure (
        id uuid PRIMARY KEY,
        worker uuid NOT NULL,
        version integer NOT NULL,
        reason text NOT NULL,
        asked_by text NOT NULL,
        asked_at timestamptz NOT NULL DEFAULT now(),
        told_at timestamptz NOT NULL DEFAULT now(),
        services jsonb NOT NULL,
        completed_at timestamptz
    );
    CREATE INDEX erasure_of_worker ON profiles.erasure (worker, asked_at);
    CREATE INDEX erasure_open ON profiles.erasure (asked_at)
        WHERE completed_at IS NULL;
    CREATE TABLE profiles.disclosure (
        id uuid PRIMARY KEY,
        version integer NOT NULL,
        worker uuid NOT NULL,
        organisation uuid NOT NULL,
        reason text NOT NULL
            CHECK (reason IN ('application', 'acceptance', 'ended')),
        since timestamptz NOT NULL,
        until timestamptz
    );
    CREATE INDEX disclosure_of_worker ON profiles.disclosure (worker, organisation);
    CREATE TABLE profiles.consent_kind (
        id text PRIMARY KEY,
        version integer NOT NULL CHECK (version > 0),
        wording text NOT NULL,
        retired boolean NOT NULL
    );
    CREATE TABLE profiles.consent (
        id uuid PRIMARY KEY,
        worker uuid NOT NULL,
        kind text NOT NULL REFERENCES profiles.consent_kind,
        version integer NOT NULL,
        given_at timestamptz NOT NULL DEFAULT now(),
        given_through uuid,
        withdrawn_at timestamptz,
        withdrawn_through uuid
    );
    CREATE UNIQUE INDEX consent_standing ON profiles.consent (worker, kind)
        WHERE withdrawn_at IS NULL;
    CREATE INDEX consent_of_worker ON profiles.consent (worker);
    CREATE TABLE profiles.retention_rule (
        jurisdiction text,
        what text,
        keep_days integer NOT NULL CHECK (keep_days >= 0),
        notice_days integer NOT NULL CHECK (notice_days >= 0),
        source text NOT NULL,
        PRIMARY KEY (what, jurisdiction)
    );
    CREATE TABLE profiles.retention_notice (
        worker uuid PRIMARY KEY,
        noticed_at timestamptz NOT NULL DEFAULT now(),
        due_at timestamptz NOT NULL
    );
    CREATE INDEX worker_seen ON profiles.worker
        (GREATEST(last_active_at, confirmed_at, registered_at))
        WHERE removed_at IS NULL
"""


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        op.execute(statement)
    # what a person's events said is scrubbed when they are erased
    op.execute("CREATE INDEX outbox_entity ON profiles.outbox (entity_id)")
    theirs = f"worker = {walls.SUBJECT}"
    walls.wall("profiles.erasure", read=theirs, write=theirs, app="SELECT, INSERT")
    walls.wall(
        "profiles.disclosure",
        read=f"{theirs} OR organisation = {walls.TENANT}",
        write=theirs,
        app="SELECT, DELETE",
    )
    walls.wall(
        "profiles.consent",
        read=theirs,
        write=theirs,
        app="SELECT, INSERT, UPDATE, DELETE",
    )
    walls.wall(
        "profiles.retention_notice", read=theirs, write=theirs, app="SELECT, DELETE"
    )
    walls.plain("profiles.consent_kind")
    walls.plain("profiles.retention_rule")


def downgrade() -> None:
    op.execute("DROP INDEX profiles.worker_seen, profiles.outbox_entity")
    op.execute(
        "DROP TABLE profiles.erasure, profiles.disclosure, profiles.consent,"
        " profiles.consent_kind, profiles.retention_rule, profiles.retention_notice"
    )
