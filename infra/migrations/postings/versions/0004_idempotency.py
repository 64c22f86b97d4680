"""Answers to requests with an Idempotency-Key."""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0004_idempotency"
down_revision = "0003_forced_walls"
branch_labels = None
depends_on = None


def upgrade() -> None:
    walls.idempotency_keys("postings")


def downgrade() -> None:
    op.execute("DROP TABLE postings.idempotency_key")
