"""Indexes by which operators find runs: by worker process, reason, cause, origin, and
those that have an error.

Revision ID: 0012_finding_runs
"""

from __future__ import annotations

from alembic import op

revision = "0012_finding_runs"
down_revision = "0011_match_queue"
branch_labels = None
depends_on = None

INDEXES = {
    "match_run_by_worker": "(worker, id) WHERE worker IS NOT NULL",
    "match_run_by_reason": "(reason, id)",
    "match_run_by_cause": "(because, id) WHERE because IS NOT NULL",
    "match_run_by_origin": "(origin, id) WHERE origin IS NOT NULL",
    "match_run_with_error": "(id) WHERE error IS NOT NULL",
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON matching.match_run {columns}")


def downgrade() -> None:
    for name in INDEXES:
        op.execute(f"DROP INDEX matching.{name}")
