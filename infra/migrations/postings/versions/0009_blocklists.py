"""Blocklists have a version: matching is told of each as a whole.

Revision ID: 0009_blocklists
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0009_blocklists"
down_revision = "0008_booking_worker"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE postings.blocklist (
            organisation uuid PRIMARY KEY,
            version integer NOT NULL CHECK (version > 0),
            changed_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    own = f"organisation = {walls.TENANT}"
    walls.wall("postings.blocklist", read=own, write=own, app="SELECT, INSERT, UPDATE")
    op.execute(
        "INSERT INTO postings.blocklist (organisation, version)"
        " SELECT DISTINCT organisation, 1 FROM postings.blocked_worker"
    )


def downgrade() -> None:
    op.execute("DROP TABLE postings.blocklist")
