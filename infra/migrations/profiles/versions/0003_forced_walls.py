"""The outbox behind the row walls too.

Revision ID: 0003_forced_walls
"""

from __future__ import annotations

from infra.migrations import walls

revision = "0003_forced_walls"
down_revision = "0002_replaced_concepts"
branch_labels = None
depends_on = None

TABLES = ("outbox", "outbox_pruned")


def upgrade() -> None:
    walls.own_events_only("profiles")


def downgrade() -> None:
    for table in TABLES:
        walls.open_up(f"profiles.{table}")
