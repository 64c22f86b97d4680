"""How far a rerank of all open postings has come.

Revision ID: 0010_bulk_rerank
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0010_bulk_rerank"
down_revision = "0009_blocklists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE matching.bulk_rerank (
            only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
            began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            last_posting uuid,
            postings integer NOT NULL DEFAULT 0,
            queued integer NOT NULL DEFAULT 0,
            filled boolean NOT NULL DEFAULT false
        )
        """
    )
    walls.system_only("matching.bulk_rerank")


def downgrade() -> None:
    op.execute("DROP TABLE matching.bulk_rerank")
