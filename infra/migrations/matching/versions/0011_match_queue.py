"""The queue's state machine, kept by the database itself: which transitions there are,
whose turn it is, and a history and exact counts of them.

Revision ID: 0011_match_queue
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0011_match_queue"
down_revision = "0010_bulk_rerank"
branch_labels = None
depends_on = None

RUN = """
ALTER TABLE matching.match_run
    ADD COLUMN because text,
    ADD COLUMN lost integer NOT NULL DEFAULT 0 CHECK (lost >= 0),
    ADD COLUMN turn bigint NOT NULL DEFAULT 0,
    ADD COLUMN area integer,
    ADD COLUMN origin uuid,
    ADD COLUMN traceback text,
    ADD COLUMN traceparent text;
DROP INDEX matching.match_run_ready;
CREATE INDEX match_run_ready ON matching.match_run (lane, turn, run_at, id)
    INCLUDE (lost, area) WHERE state = 'queued';
CREATE INDEX match_run_turns ON matching.match_run (lane, tenant, turn)
    WHERE state = 'queued';
CREATE INDEX match_run_oldest ON matching.match_run (lane, run_at)
    WHERE state = 'queued';
CREATE INDEX match_run_suspected ON matching.match_run (run_at)
    WHERE state = 'queued' AND lost > 0;
CREATE INDEX match_run_running ON matching.match_run (lane, turn)
    WHERE state = 'running';
CREATE INDEX match_run_empty ON matching.match_run (finished_at, id)
    WHERE state = 'done' AND matches = '[]';
CREATE INDEX match_feedback_of ON matching.match_feedback (posting_id, noted_at);
CREATE INDEX match_run_by_state ON matching.match_run (state, id);
CREATE INDEX match_run_by_lane ON matching.match_run (lane, state, id);
CREATE INDEX match_run_by_tenant ON matching.match_run (tenant, state, id);
CREATE INDEX match_run_by_posting ON matching.match_run (posting_id, id)
"""

TABLES = """
CREATE TABLE matching.match_lane (
    lane text PRIMARY KEY CHECK (lane IN ('interactive', 'refresh', 'bulk')),
    mode text NOT NULL DEFAULT 'open' CHECK (mode IN ('open', 'paused', 'draining')),
    weight integer NOT NULL CHECK (weight BETWEEN 1 AND 1000),
    most_running integer CHECK (most_running BETWEEN 1 AND 100000),
    most_waiting integer NOT NULL CHECK (most_waiting BETWEEN 1 AND 100000000),
    most_waiting_of_one integer NOT NULL
        CHECK (most_waiting_of_one BETWEEN 1 AND 100000000),
    version integer NOT NULL DEFAULT 1
);
INSERT INTO matching.match_lane (lane, weight, most_waiting, most_waiting_of_one)
    VALUES ('interactive', 16, 20000, 2000), ('refresh', 4, 1000000, 20000),
        ('bulk', 1, 10000000, 1000000);
CREATE TABLE matching.match_worker (
    name text PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('starting', 'working', 'draining')),
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    lanes text[] NOT NULL,
    areas integer[],
    slots integer NOT NULL,
    busy integer NOT NULL,
    index_seq bigint,
    engine_version text NOT NULL
);
CREATE TABLE matching.match_run_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id uuid NOT NULL REFERENCES matching.match_run ON DELETE CASCADE,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    was text,
    became text NOT NULL,
    lane text NOT NULL,
    attempts integer NOT NULL,
    lost integer NOT NULL,
    worker text,
    token bigint,
    because text,
    error text
);
CREATE INDEX match_run_event_of ON matching.match_run_event (run_id, id);
CREATE TABLE matching.match_run_tally (
    lane text NOT NULL,
    what text NOT NULL,
    bucket smallint NOT NULL DEFAULT 0,
    n bigint NOT NULL,
    seconds double precision NOT NULL DEFAULT 0
)
"""

# Start-time fair queueing (Goyal, Vin and Cheng, 1996): a tenant's next run has its
# turn one after its last that waits, or one after the lane's present turn; so who asks
# for ten thousand at once stands behind whoever asks for one.
KEEP_LAWFUL = """
CREATE FUNCTION matching.keep_run_lawful() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state <> NEW.state
        AND (OLD.state, NEW.state) NOT IN (
            ('queued', 'running'), ('queued', 'cancelled'),
            ('running', 'done'), ('running', 'queued'), ('running', 'dead'),
            ('running', 'cancelled'),
            ('dead', 'queued'), ('dead', 'cancelled'), ('cancelled', 'queued'))
        OR TG_OP = 'INSERT' AND NEW.state NOT IN ('queued', 'done')
    THEN
        RAISE EXCEPTION 'a run that is % does not become %',
            CASE TG_OP WHEN 'UPDATE' THEN OLD.state ELSE 'new' END, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lawful_transition';
    END IF;
    IF NEW.state = 'queued' AND (TG_OP = 'INSERT' OR OLD.lane <> NEW.lane
        OR OLD.state IN ('dead', 'cancelled'))
    THEN
        NEW.turn := 1 + GREATEST(
            COALESCE(
                (SELECT max(turn) FROM matching.match_run
                    WHERE state = 'running' AND lane = NEW.lane),
                (SELECT min(turn) - 1 FROM matching.match_run
                    WHERE state = 'queued' AND lane = NEW.lane),
                0),
            COALESCE(
                (SELECT max(turn) FROM matching.match_run WHERE state = 'queued'
                    AND lane = NEW.lane AND tenant = NEW.tenant),
                0));
    END IF;
    RETURN NEW;
END
$$;;
CREATE TRIGGER keep_new_run_lawful BEFORE INSERT ON matching.match_run
    FOR EACH ROW EXECUTE FUNCTION matching.keep_run_lawful();;
CREATE TRIGGER keep_run_lawful BEFORE UPDATE ON matching.match_run
    FOR EACH ROW WHEN (OLD.state <> NEW.state OR OLD.lane <> NEW.lane)
    EXECUTE FUNCTION matching.keep_run_lawful()
"""

# Counts are added as rows of their own, so that nobody waits for anybody, and folded
# into one row each by a loop: a sum is exact at any moment. `bucket` says between which
# of the bounds a time lies (services/matching/runs/figures.py).
NOTE = """
CREATE FUNCTION matching.note_new_runs() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO matching.match_run_event
        (run_id, became, lane, attempts, lost, because)
    SELECT id, state, lane, attempts, lost, reason FROM new_runs ORDER BY turn;
    INSERT INTO matching.match_run_tally (lane, what, n)
    SELECT lane, 'are ' || state, count(*) FROM new_runs GROUP BY lane, state
    UNION ALL
    SELECT lane, CASE state WHEN 'queued' THEN 'arrived' ELSE 'made at once' END,
        count(*) FROM new_runs GROUP BY lane, state;
    RETURN NULL;
END
$$;;
CREATE FUNCTION matching.note_run_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM old_runs JOIN new_runs USING (id)
        WHERE (old_runs.state, old_runs.lane) <> (new_runs.state, new_runs.lane))
    THEN
        RETURN NULL;
    END IF;
    WITH changed AS (
        SELECT new_runs.*, old_runs.state AS was, old_runs.lane AS was_in,
            old_runs.lost AS had_lost, old_runs.worker AS had_worker,
            old_runs.token AS had_token
        FROM old_runs JOIN new_runs USING (id)
        WHERE (old_runs.state, old_runs.lane) <> (new_runs.state, new_runs.lane)
    ), noted AS (
        INSERT INTO matching.match_run_event (run_id, was, became, lane, attempts,
            lost, worker, token, because, error)
        SELECT id, was, state, lane, attempts, lost,
            CASE WHEN 'running' IN (was, state) THEN COALESCE(worker, had_worker) END,
            CASE WHEN 'running' IN (was, state) THEN COALESCE(token, had_token) END,
            because, CASE WHEN was = 'running' THEN error END
        FROM changed ORDER BY turn
    ), counted (lane, what, bucket, n, seconds) AS (
        SELECT was_in, 'are ' || was, 0, -count(*), 0 FROM changed GROUP BY 1, 2
        UNION ALL
        SELECT lane, 'are ' || state, 0, count(*), 0 FROM changed GROUP BY 1, 2
        UNION ALL
        SELECT lane, CASE
            WHEN was = state THEN 'raised'
            WHEN state = 'running' THEN 'claimed'
            WHEN state <> 'queued' THEN state
            WHEN was <> 'running' THEN 'revived'
            WHEN lost > had_lost THEN 'lost'
            WHEN because = 'failed' THEN 'failed'
            ELSE 'given back' END, 0, count(*), 0
        FROM changed GROUP BY 1, 2
        UNION ALL
        SELECT lane, 'waited', width_bucket(spent, BOUNDS), count(*), sum(spent)
        FROM (SELECT lane, extract(epoch FROM started_at - run_at)::float AS spent
            FROM changed WHERE state = 'running') AS waits GROUP BY 1, 3
        UNION ALL
        SELECT lane, 'ran', width_bucket(spent, BOUNDS), count(*), sum(spent)
        FROM (SELECT lane, extract(epoch FROM finished_at - started_at)::float AS spent
            FROM changed WHERE state = 'done') AS runs GROUP BY 1, 3
    )
    INSERT INTO matching.match_run_tally (lane, what, bucket, n, seconds)
    SELECT lane, what, bucket, n, seconds FROM counted;
    RETURN NULL;
END
$$;;
CREATE FUNCTION matching.note_gone_runs() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO matching.match_run_tally (lane, what, n)
    SELECT lane, 'are ' || state, -count(*) FROM old_runs GROUP BY lane, state;
    RETURN NULL;
END
$$;;
CREATE TRIGGER note_new_runs AFTER INSERT ON matching.match_run
    REFERENCING NEW TABLE AS new_runs
    FOR EACH STATEMENT EXECUTE FUNCTION matching.note_new_runs();;
CREATE TRIGGER note_run_changes AFTER UPDATE ON matching.match_run
    REFERENCING OLD TABLE AS old_runs NEW TABLE AS new_runs
    FOR EACH STATEMENT EXECUTE FUNCTION matching.note_run_changes();;
CREATE TRIGGER note_gone_runs AFTER DELETE ON matching.match_run
    REFERENCING OLD TABLE AS old_runs
    FOR EACH STATEMENT EXECUTE FUNCTION matching.note_gone_runs()
""".replace(
    "BOUNDS",
    "ARRAY[0.003, 0.01, 0.03, 0.1, 0.3, 1, 2, 3, 10, 30, 100, 300]::float[]",
)

ALREADY_THERE = """
INSERT INTO matching.match_run_event
    (run_id, at, became, lane, attempts, lost, because)
SELECT id, queued_at, state, lane, attempts, lost, reason FROM matching.match_run;
INSERT INTO matching.match_run_tally (lane, what, n)
SELECT lane, 'are ' || state, count(*) FROM matching.match_run GROUP BY lane, state
"""

SYSTEM_ONLY = ("match_lane", "match_worker", "match_run_event", "match_run_tally")
NOTED = ("note_new_runs", "note_run_changes", "note_gone_runs")


def upgrade() -> None:
    for script in (RUN, TABLES, ALREADY_THERE):
        for statement in script.split(";\n"):
            op.execute(statement)
    for script in (KEEP_LAWFUL, NOTE):
        for statement in script.split(";;\n"):
            op.execute(statement)
    for table in SYSTEM_ONLY:
        walls.system_only(f"matching.{table}")


def downgrade() -> None:
    for name in NOTED:
        op.execute(f"DROP FUNCTION matching.{name} CASCADE")
    op.execute("DROP FUNCTION matching.keep_run_lawful CASCADE")
    for table in SYSTEM_ONLY:
        op.execute(f"DROP TABLE matching.{table}")
    op.execute(
        "ALTER TABLE matching.match_run DROP COLUMN because, DROP COLUMN lost,"
        " DROP COLUMN turn, DROP COLUMN area, DROP COLUMN origin,"
        " DROP COLUMN traceback, DROP COLUMN traceparent"
    )
    op.execute("DROP INDEX matching.match_run_empty, matching.match_feedback_of")
    op.execute(
        "CREATE INDEX match_run_ready ON matching.match_run (lane, run_at, id)"
        " WHERE state = 'queued'"
    )
