"""One human is one worker: keyed hashes of identity documents, who may be the same.

A trigger compares, since whoever registers a document must not see those of others, and
must not learn what came of it. It takes the hash for itself until the commit: of two
that register the same document at once, the second sees the first.

Revision ID: 0007_one_human
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0007_one_human"
down_revision = "0006_agencies"
branch_labels = None
depends_on = None

DOCUMENT = """
    CREATE TABLE profiles.identity_document (
        worker uuid NOT NULL REFERENCES profiles.worker,
        digest bytea NOT NULL CHECK (length(digest) = 32),
        kind text NOT NULL,
        country text NOT NULL,
        registered_by uuid NOT NULL,
        registered_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (worker, digest)
    )
"""

DUPLICATE = """
    CREATE TABLE profiles.suspected_duplicate (
        id uuid PRIMARY KEY,
        earlier uuid NOT NULL REFERENCES profiles.worker,
        later uuid NOT NULL REFERENCES profiles.worker,
        status text NOT NULL DEFAULT 'open'
            CHECK (status IN ('open', 'merged', 'dismissed')),
        found_at timestamptz NOT NULL DEFAULT now(),
        decided_by uuid,
        decided_at timestamptz,
        CHECK (earlier <> later),
        CHECK ((status = 'open') = (decided_at IS NULL))
    )
"""

COMPARE = """
    CREATE FUNCTION profiles.compare_identity_document() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
    BEGIN
        PERFORM pg_catalog.pg_advisory_xact_lock(
            pg_catalog.hashtextextended(pg_catalog.encode(NEW.digest, 'hex'), 0));
        INSERT INTO profiles.suspected_duplicate (id, earlier, later)
        SELECT pg_catalog.gen_random_uuid(), held.worker, NEW.worker
        FROM profiles.identity_document held
        WHERE held.digest = NEW.digest AND held.worker <> NEW.worker
        ON CONFLICT DO NOTHING;
        RETURN NULL;
    END
    $$
"""

REPRESENTED = f"""EXISTS (
    SELECT FROM profiles.representation held
    WHERE held.worker = identity_document.worker AND held.agency = {walls.TENANT}
        AND held.ended_at IS NULL AND (held.ends_at IS NULL OR held.ends_at > now())
)"""


def upgrade() -> None:
    op.execute(
        "ALTER TABLE profiles.worker ADD merged_into uuid REFERENCES profiles.worker"
        " CONSTRAINT merged_is_gone"
        " CHECK (merged_into IS NULL OR removed_at IS NOT NULL)"
    )
    op.execute(DOCUMENT)
    op.execute(
        "CREATE INDEX identity_document_same ON profiles.identity_document (digest)"
    )
    op.execute(DUPLICATE)
    op.execute(
        "CREATE UNIQUE INDEX suspected_once ON profiles.suspected_duplicate"
        " (least(earlier, later), greatest(earlier, later))"
    )
    op.execute(COMPARE)
    op.execute("REVOKE ALL ON FUNCTION profiles.compare_identity_document FROM PUBLIC")
    op.execute(
        "CREATE TRIGGER compare AFTER INSERT ON profiles.identity_document"
        " FOR EACH ROW EXECUTE FUNCTION profiles.compare_identity_document()"
    )
    own = f"worker = {walls.SUBJECT}"
    table = "profiles.identity_document"
    walls.wall(table, read=f"{own} OR {REPRESENTED}", app="SELECT, INSERT, DELETE")
    op.execute(
        f"CREATE POLICY identity_document_add ON {table} FOR INSERT TO {walls.APP}"
        f" WITH CHECK (registered_by = {walls.CALLER} AND ({own} OR {REPRESENTED}))"
    )
    op.execute(
        f"CREATE POLICY identity_document_forget ON {table} FOR DELETE TO {walls.APP}"
        f" USING ({own})"
    )
    walls.system_only("profiles.suspected_duplicate")


def downgrade() -> None:
    op.execute("DROP TABLE profiles.identity_document, profiles.suspected_duplicate")
    op.execute("DROP FUNCTION profiles.compare_identity_document")
    op.execute("ALTER TABLE profiles.worker DROP merged_into")
