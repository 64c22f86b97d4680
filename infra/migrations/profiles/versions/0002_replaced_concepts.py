"""What stands for a retired concept, and which claims name it."""

from __future__ import annotations

from alembic import op

revision = "0002_replaced_concepts"
down_revision = "0001_profiles"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE profiles.known_concept ADD COLUMN replaced_by text")
    op.execute(
        "CREATE INDEX worker_certificates ON profiles.worker"
        " USING gin (certificates jsonb_path_ops)"
    )


def downgrade() -> None:
    op.execute("DROP INDEX profiles.worker_certificates")
    op.execute("ALTER TABLE profiles.known_concept DROP COLUMN replaced_by")
