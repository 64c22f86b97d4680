"""The audit log: entries, and how they are chained and sealed.

Revision ID: 0005_audit
"""

from __future__ import annotations

from infra.migrations import walls

revision = "0005_audit"
down_revision = "0004_idempotency"
branch_labels = None
depends_on = None


def upgrade() -> None:
    walls.audit("postings")


def downgrade() -> None:
    walls.drop_audit("postings")
