"""What of a worker the rules of bookings look at, as profiles publishes it.

Revision ID: 0008_booking_worker
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0008_booking_worker"
down_revision = "0007_hiring"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE postings.booking_worker (
            worker uuid PRIMARY KEY,
            version integer NOT NULL,
            removed boolean NOT NULL,
            zone text,
            minor_until date,
            right_to_work jsonb NOT NULL,
            certificates jsonb NOT NULL,
            stale boolean NOT NULL DEFAULT false,
            CONSTRAINT emptied_when_removed CHECK (
                removed = (zone IS NULL)
                AND (NOT removed OR minor_until IS NULL
                    AND right_to_work = '[]' AND certificates = '[]')
            )
        )
        """
    )
    op.execute(
        "CREATE INDEX booking_worker_minors ON postings.booking_worker (minor_until)"
        " WHERE minor_until IS NOT NULL"
    )
    # it tells when somebody comes of age: for the app login it does not exist
    walls.system_only("postings.booking_worker")
    _follow_anew()


def downgrade() -> None:
    op.execute("DROP TABLE postings.booking_worker")
    _follow_anew()


def _follow_anew() -> None:
    """Whoever was there before comes with the snapshot alone."""
    op.execute("DELETE FROM postings.feed_cursor WHERE feed = 'profiles'")
