"""The trace that an event belongs to.

Revision ID: 0010_traced_events
"""

from __future__ import annotations

from infra.migrations import walls

revision = "0010_traced_events"
down_revision = "0009_blocklists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    walls.trace_events("postings")


def downgrade() -> None:
    walls.forget_traces("postings")
