"""Birth date and right to work, sealed beside the profile.

Revision ID: 0011_may_work
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0011_may_work"
down_revision = "0010_one_human"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE profiles.work_papers (
            worker uuid PRIMARY KEY,
            sealed bytea NOT NULL,
            recorded_at timestamptz NOT NULL
        )
        """
    )
    theirs = f"worker = {walls.SUBJECT}"
    walls.wall(
        "profiles.work_papers",
        read=theirs,
        write=theirs,
        app="SELECT, INSERT, UPDATE, DELETE",
    )


def downgrade() -> None:
    op.execute("DROP TABLE profiles.work_papers")
