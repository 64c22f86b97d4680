"""Seeing the queue: figures, feeds that are behind, transitions in an order that loses
none, and the trace that an event belongs to.

Revision ID: 0013_seeing_the_queue
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0013_seeing_the_queue"
down_revision = "0012_finding_runs"
branch_labels = None
depends_on = None

# `match_lane_sample` is what the counts were at a moment, for rates; `feed_mark` where
# a followed feed stood, from when to when.
UPGRADE = """
ALTER TABLE matching.change ADD COLUMN at timestamptz NOT NULL DEFAULT now();
ALTER TABLE matching.match_run_event
    ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX match_run_event_feed ON matching.match_run_event (xid, id);
CREATE INDEX match_run_timed ON matching.match_run (lane, finished_at)
    INCLUDE (run_at, started_at) WHERE state = 'done' AND started_at IS NOT NULL;
CREATE TABLE matching.match_lane_sample (
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    lane text NOT NULL,
    arrived bigint NOT NULL,
    completed bigint NOT NULL
);
CREATE INDEX match_lane_sample_at ON matching.match_lane_sample (at);
CREATE TABLE matching.feed_mark (
    feed text NOT NULL,
    xid xid8 NOT NULL,
    id bigint NOT NULL,
    first_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (feed, xid, id)
)
"""

# Whose open transaction holds back what may be read of any feed. Runs as its owner, for
# the system login sees of other logins' sessions neither state nor time.
OLDEST_WRITER = """
CREATE FUNCTION matching.oldest_writer(
    OUT pid integer, OUT login text, OUT application text, OUT open_seconds float
) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT pid, usename, application_name,
        extract(epoch FROM clock_timestamp() - xact_start)::float
    FROM pg_stat_activity
    WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
    ORDER BY age(backend_xid) DESC LIMIT 1
$$
"""

SYSTEM_ONLY = ("match_lane_sample", "feed_mark")


def upgrade() -> None:
    for statement in UPGRADE.split(";\n"):
        op.execute(statement)
    op.execute(OLDEST_WRITER)
    walls.trace_events("matching")
    op.execute("REVOKE ALL ON FUNCTION matching.oldest_writer() FROM PUBLIC")
    op.execute(
        "GRANT EXECUTE ON FUNCTION matching.oldest_writer()"
        f" TO {walls.SYSTEM}, {walls.AUDITOR}"
    )
    for table in SYSTEM_ONLY:
        walls.system_only(f"matching.{table}")


def downgrade() -> None:
    op.execute("DROP FUNCTION matching.oldest_writer()")
    for table in SYSTEM_ONLY:
        op.execute(f"DROP TABLE matching.{table}")
    op.execute("DROP INDEX matching.match_run_timed")
    op.execute("ALTER TABLE matching.match_run_event DROP COLUMN xid")
    op.execute("ALTER TABLE matching.change DROP COLUMN at")
    walls.forget_traces("matching")
