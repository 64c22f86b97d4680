"""Whom organisations have blocked, as postings publishes it.

Revision ID: 0009_blocklists
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0009_blocklists"
down_revision = "0008_persons"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE matching.blocklist (
            organisation uuid PRIMARY KEY,
            version integer NOT NULL CHECK (version >= 0),
            workers jsonb NOT NULL,
            stale boolean NOT NULL DEFAULT false
        )
        """
    )
    # an erasure finds the lists that name a person
    op.execute(
        "CREATE INDEX blocklist_names ON matching.blocklist"
        " USING gin (workers jsonb_path_ops)"
    )
    # the postings that a changed list concerns
    op.execute(
        "CREATE INDEX posting_open_of ON matching.posting (organisation)"
        " WHERE status = 'open'"
    )
    walls.system_only("matching.blocklist")
    # lists from before come with the snapshot alone
    op.execute("DELETE FROM matching.feed_cursor WHERE feed = 'postings'")


def downgrade() -> None:
    op.execute("DROP INDEX matching.posting_open_of")
    op.execute("DROP TABLE matching.blocklist")
