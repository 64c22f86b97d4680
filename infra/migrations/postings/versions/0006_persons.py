"""Who was erased, and which events name a worker.

Revision ID: 0006_persons
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0006_persons"
down_revision = "0005_audit"
branch_labels = None
depends_on = None


def upgrade() -> None:
    walls.erased_persons("postings")
    op.execute(
        "CREATE INDEX outbox_worker ON postings.outbox ((data ->> 'worker'))"
        " WHERE data ->> 'worker' IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("DROP INDEX postings.outbox_worker")
    op.execute("DROP TABLE postings.erased_person")
