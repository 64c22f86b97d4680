"""What stands for a retired concept, and which postings still going on name it."""

from __future__ import annotations

from alembic import op

revision = "0002_replaced_concepts"
down_revision = "0001_postings"
branch_labels = None
depends_on = None

EDITABLE = "status IN ('draft', 'held', 'open')"


def upgrade() -> None:
    op.execute("ALTER TABLE postings.known_concept ADD COLUMN replaced_by text")
    op.execute(
        "CREATE INDEX posting_concepts ON postings.posting USING gin"
        " (required_skills jsonb_path_ops, preferred_skills jsonb_path_ops,"
        f" certificates jsonb_path_ops) WHERE {EDITABLE}"
    )
    op.execute(
        "CREATE INDEX posting_occupation ON postings.posting (occupation)"
        f" WHERE {EDITABLE}"
    )


def downgrade() -> None:
    op.execute("DROP INDEX postings.posting_concepts, postings.posting_occupation")
    op.execute("ALTER TABLE postings.known_concept DROP COLUMN replaced_by")
