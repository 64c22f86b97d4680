"""The read model and its change log, runs and feedback, the feed.

The read model is the system login's alone. Runs and feedback belong to the posting's
organisation: the app login sees and writes its own tenant's and no others.

Revision ID: 0001_matching
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0001_matching"
down_revision = None
branch_labels = None
depends_on = None

READ_MODEL = """
CREATE TABLE matching.worker (
    id uuid PRIMARY KEY,
    version integer NOT NULL CHECK (version >= 0),
    doc jsonb NOT NULL,
    removed boolean NOT NULL DEFAULT false,
    stale boolean NOT NULL DEFAULT false
);
CREATE INDEX worker_stale ON matching.worker (id) WHERE stale;
CREATE TABLE matching.posting (
    id uuid PRIMARY KEY,
    version integer NOT NULL CHECK (version >= 0),
    organisation uuid NOT NULL,
    status text NOT NULL,
    doc jsonb NOT NULL,
    removed boolean NOT NULL DEFAULT false,
    stale boolean NOT NULL DEFAULT false
);
CREATE INDEX posting_stale ON matching.posting (id) WHERE stale;
CREATE INDEX posting_open ON matching.posting (id) WHERE status = 'open';
CREATE TABLE matching.change (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entity text NOT NULL CHECK (entity IN ('worker', 'posting')),
    entity_id uuid NOT NULL,
    version integer NOT NULL
)
"""

MATCH_RUN = """
CREATE SEQUENCE matching.run_token;
CREATE TABLE matching.match_run (
    id uuid PRIMARY KEY,
    posting_id uuid NOT NULL,
    tenant uuid NOT NULL,
    state text NOT NULL,
    lane text NOT NULL,
    reason text NOT NULL,
    queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    run_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    needed_profiles bigint[],
    needed_postings bigint[],
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    worker text,
    token bigint,
    started_at timestamptz,
    heartbeat_at timestamptz,
    lease_until timestamptz,
    finished_at timestamptz,
    error text,
    ranked_at timestamptz,
    k integer,
    posting_version integer,
    engine_version text,
    taxonomy_version text,
    index_seq bigint,
    index_positions jsonb,
    considered integer,
    funnel jsonb,
    matches jsonb,
    possible jsonb,
    possible_total integer,
    applied_weights jsonb,
    seconds double precision,
    inputs jsonb,

    CONSTRAINT known_state CHECK
        (state IN ('queued', 'running', 'done', 'dead', 'cancelled')),
    CONSTRAINT known_lane CHECK (lane IN ('interactive', 'refresh', 'bulk')),
    CONSTRAINT running_is_leased CHECK
        ((state = 'running') = (lease_until IS NOT NULL)),
    CONSTRAINT running_has_a_token CHECK
        (state <> 'running' OR num_nulls(token, worker, started_at) = 0),
    CONSTRAINT ended_has_a_time CHECK
        ((state IN ('done', 'dead', 'cancelled')) = (finished_at IS NOT NULL)),
    CONSTRAINT done_has_a_list CHECK ((state = 'done') = (num_nulls(ranked_at, k,
        posting_version, engine_version, taxonomy_version, index_seq,
        index_positions, funnel, matches, possible, inputs) = 0)),
    CONSTRAINT dead_has_an_error CHECK (state <> 'dead' OR error IS NOT NULL)
);
-- one waiting run a posting: asking again raises it
CREATE UNIQUE INDEX match_run_one_queued ON matching.match_run (posting_id)
    WHERE state = 'queued';
CREATE INDEX match_run_ready ON matching.match_run (lane, run_at, id)
    WHERE state = 'queued';
CREATE INDEX match_run_leased ON matching.match_run (lease_until)
    WHERE state = 'running';
CREATE INDEX match_run_ended ON matching.match_run (state, lane, finished_at)
    WHERE finished_at IS NOT NULL;
CREATE INDEX match_run_latest ON matching.match_run (posting_id, finished_at)
    WHERE state = 'done'
"""

MATCH_FEEDBACK = """
CREATE TABLE matching.match_feedback (
    id uuid PRIMARY KEY,
    run_id uuid NOT NULL REFERENCES matching.match_run,
    tenant uuid NOT NULL,
    posting_id uuid NOT NULL,
    worker_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('shown', 'opened', 'declined')),
    reason text,
    caller uuid NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT declined_has_a_reason CHECK
        ((kind = 'declined') = (reason IS NOT NULL)),
    CONSTRAINT noted_once UNIQUE (run_id, worker_id, posting_id, kind, caller)
)
"""


def upgrade() -> None:
    walls.open_schema("matching")
    for script in (READ_MODEL, MATCH_RUN, MATCH_FEEDBACK):
        for statement in script.split(";\n"):
            op.execute(statement)
    for table in ("worker", "posting", "change"):
        walls.plain(f"matching.{table}", app=None)
    own = f"tenant = {walls.TENANT}"
    walls.wall("matching.match_run", read=own, write=own, app="SELECT, INSERT, UPDATE")
    walls.wall("matching.match_feedback", read=own, write=own, app="SELECT, INSERT")
    op.execute(f"GRANT USAGE ON SEQUENCE matching.run_token TO {walls.SYSTEM}")
    walls.outbox("matching")
    walls.feed_cursors("matching")


def downgrade() -> None:
    op.execute("DROP TABLE matching.match_feedback, matching.match_run")
    op.execute("DROP SEQUENCE matching.run_token")
    op.execute("DROP TABLE matching.worker, matching.posting, matching.change")
    op.execute("DROP TABLE matching.outbox, matching.outbox_pruned")
    op.execute("DROP TABLE matching.feed_cursor")
