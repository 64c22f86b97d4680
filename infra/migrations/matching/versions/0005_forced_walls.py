"""The outbox and the read model behind the row walls too.

Revision ID: 0005_forced_walls
"""

from __future__ import annotations

from infra.migrations import walls

revision = "0005_forced_walls"
down_revision = "0004_phrases"
branch_labels = None
depends_on = None

TABLES = ("outbox", "outbox_pruned", "worker", "posting", "change")


def upgrade() -> None:
    walls.own_events_only("matching")
    walls.force("matching.worker")
    walls.force("matching.posting")
    walls.force("matching.change")


def downgrade() -> None:
    for table in TABLES:
        walls.open_up(f"matching.{table}")
