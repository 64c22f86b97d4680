"""The trace that an event belongs to.

Revision ID: 0013_traced_events
"""

from __future__ import annotations

from infra.migrations import walls

revision = "0013_traced_events"
down_revision = "0012_sealed_logins"
branch_labels = None
depends_on = None


def upgrade() -> None:
    walls.trace_events("profiles")


def downgrade() -> None:
    walls.forget_traces("profiles")
