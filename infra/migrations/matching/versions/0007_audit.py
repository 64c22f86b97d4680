"""The audit log: entries, and how they are chained and sealed.

Revision ID: 0007_audit
"""

from __future__ import annotations

from infra.migrations import walls

revision = "0007_audit"
down_revision = "0006_idempotency"
branch_labels = None
depends_on = None


def upgrade() -> None:
    walls.audit("matching")


def downgrade() -> None:
    walls.drop_audit("matching")
