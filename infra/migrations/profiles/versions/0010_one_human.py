"""One human is one worker: who has the same identity document, and who was merged.

A trigger compares, since whoever registers a document must not see those of others, and
must not learn what came of it. It takes the hash for itself until the commit: of two
that register the same document at once, the second sees the first.

Revision ID: 0010_one_human
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0010_one_human"
down_revision = "0009_agencies"
branch_labels = None
depends_on = None

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
            pg_catalog.hashtextextended(pg_catalog.encode(NEW.number_hash, 'hex'), 0));
        INSERT INTO profiles.suspected_duplicate (id, earlier, later)
        SELECT pg_catalog.gen_random_uuid(), held.subject, NEW.subject
        FROM profiles.identity_document held
        WHERE held.number_hash = NEW.number_hash AND held.subject <> NEW.subject
        ON CONFLICT DO NOTHING;
        RETURN NULL;
    END
    $$
"""


def upgrade() -> None:
    op.execute(
        "ALTER TABLE profiles.worker ADD merged_into uuid REFERENCES profiles.worker"
        " CONSTRAINT merged_is_gone"
        " CHECK (merged_into IS NULL OR removed_at IS NOT NULL)"
    )
    # a renewed passport is another number; the same number is one document
    op.execute(
        "ALTER TABLE profiles.identity_document"
        " DROP CONSTRAINT identity_document_subject_kind_country_key,"
        " ADD UNIQUE (subject, number_hash)"
    )
    op.execute(DUPLICATE)
    op.execute(
        "CREATE UNIQUE INDEX suspected_once ON profiles.suspected_duplicate"
        " (least(earlier, later), greatest(earlier, later))"
    )
    op.execute("CREATE INDEX suspected_later ON profiles.suspected_duplicate (later)")
    op.execute(
        "CREATE INDEX suspected_earlier ON profiles.suspected_duplicate (earlier)"
    )
    op.execute(COMPARE)
    op.execute("REVOKE ALL ON FUNCTION profiles.compare_identity_document FROM PUBLIC")
    op.execute(
        "CREATE TRIGGER compare AFTER INSERT OR UPDATE OF number_hash"
        " ON profiles.identity_document"
        " FOR EACH ROW EXECUTE FUNCTION profiles.compare_identity_document()"
    )
    walls.system_only("profiles.suspected_duplicate")


def downgrade() -> None:
    op.execute("DROP TRIGGER compare ON profiles.identity_document")
    op.execute("DROP FUNCTION profiles.compare_identity_document")
    op.execute("DROP TABLE profiles.suspected_duplicate")
    op.execute(
        "ALTER TABLE profiles.identity_document"
        " DROP CONSTRAINT identity_document_subject_number_hash_key,"
        " ADD UNIQUE (subject, kind, country)"
    )
    op.execute("ALTER TABLE profiles.worker DROP merged_into")
