"""How the queue stands, from what the database keeps alone: no process has to live for
a figure to be right, and a kill loses none.

Counts are sums of the tallies that triggers write in a run's own transaction, so at any
moment they equal `SELECT count(*) … GROUP BY lane, state`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.runs.lanes import LANES, Lane
from services.matching.runs.workers import LIVE, known_workers

BOUNDS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 2.0, 3.0, 10.0, 30.0, 100.0, 300.0)
"""Upper bounds of the buckets of the tallies 'waited' and 'ran', in seconds."""

STATES = ("queued", "running", "done", "dead", "cancelled")
EVENTS = (
    "arrived",
    "made at once",
    "claimed",
    "done",
    "dead",
    "cancelled",
    "failed",
    "lost",
    "given back",
    "revived",
    "raised",
)
TIMED_RUNS = 1_000
RATE_SECONDS = 60
RATE_KNOWN_SECONDS = 300

NOW = text("SELECT clock_timestamp()")
TALLIES = text(
    """
    SELECT lane, what, bucket, sum(n)::bigint AS n, sum(seconds)::float AS seconds
    FROM matching.match_run_tally GROUP BY lane, what, bucket
    """
)
# each look-up walks a few entries of an index, however many runs are kept
STANDS = text(
    f"""
    SELECT lane, mode, weight, most_running, most_waiting, most_waiting_of_one, version,
        (SELECT extract(epoch FROM clock_timestamp() - min(run_at))::float
            FROM matching.match_run WHERE state = 'queued'
            AND match_run.lane = match_lane.lane AND run_at <= clock_timestamp()
        ) AS oldest_ready_seconds,
        (SELECT count(*) FROM matching.match_run WHERE state = 'queued'
            AND match_run.lane = match_lane.lane AND run_at > clock_timestamp()
        ) AS later,
        (SELECT count(*) FROM matching.match_run WHERE state = 'running'
            AND match_run.lane = match_lane.lane AND lease_until < clock_timestamp()
        ) AS stalled,
        (SELECT extract(epoch FROM clock_timestamp() - min(finished_at))::float
            FROM matching.match_run WHERE state = 'dead'
            AND match_run.lane = match_lane.lane
        ) AS oldest_dead_seconds,
        (SELECT count(*) FROM matching.match_run WHERE state = 'dead'
            AND match_run.lane = match_lane.lane AND because = 'quarantined'
        ) AS quarantined,
        (SELECT COALESCE(sum(slots), 0) FROM matching.match_worker
            WHERE match_lane.lane = ANY (lanes) AND state = 'working'
            AND {LIVE}
        ) AS slots
    FROM matching.match_lane
    """
)
TIMES = text(
    f"""
    SELECT lane, runs, waited[1] AS wait_p50, waited[2] AS wait_p95,
        waited[3] AS wait_p99, ran[1] AS run_p50, ran[2] AS run_p95, ran[3] AS run_p99
    FROM matching.match_lane, LATERAL (
        SELECT count(*) AS runs,
            percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (
                ORDER BY extract(epoch FROM started_at - run_at)::float) AS waited,
            percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (
                ORDER BY extract(epoch FROM finished_at - started_at)::float) AS ran
        FROM (SELECT run_at, started_at, finished_at FROM matching.match_run
            WHERE state = 'done' AND started_at IS NOT NULL
                AND match_run.lane = match_lane.lane
            ORDER BY finished_at DESC LIMIT {TIMED_RUNS}) AS latest
    ) AS timed
    """
)
# against the counts of about a minute ago
BEFORE = text(
    f"""
    SELECT lane, arrived, completed,
        extract(epoch FROM clock_timestamp() - at)::float AS seconds
    FROM matching.match_lane_sample WHERE at = (
        SELECT at FROM matching.match_lane_sample
        WHERE at BETWEEN clock_timestamp() - interval '{RATE_KNOWN_SECONDS} s'
            AND clock_timestamp() - interval '1 s'
        ORDER BY abs(extract(epoch FROM clock_timestamp() - at) - {RATE_SECONDS})
        LIMIT 1)
    """
)
SAMPLE = text(
    f"""
    WITH old AS (
        DELETE FROM matching.match_lane_sample
        WHERE at < clock_timestamp() - interval '{RATE_KNOWN_SECONDS} s'
    )
    INSERT INTO matching.match_lane_sample (at, lane, arrived, completed)
    SELECT statement_timestamp(), match_lane.lane,
        COALESCE(sum(n) FILTER (WHERE what = 'arrived'), 0),
        COALESCE(sum(n) FILTER (WHERE what = 'done'), 0)
    FROM matching.match_lane LEFT JOIN matching.match_run_tally USING (lane)
    GROUP BY match_lane.lane
    """
)
# A cursor that has reached the newest mark had the newest state when that was last
# told; else it has been behind since the first mark that it has not reached.
FEEDS = text(
    """
    SELECT feed, moved_at, cursor IS NULL AS rebuilding, heard_at,
        extract(epoch FROM clock_timestamp()
            - COALESCE(behind_since, heard_at, moved_at))::float AS lag_seconds
    FROM (
        SELECT feed, cursor, moved_at,
            (SELECT max(last_at) FROM matching.feed_mark AS mark
                WHERE mark.feed = held.feed) AS heard_at,
            (SELECT min(first_at) FROM matching.feed_mark AS mark
                WHERE mark.feed = held.feed AND (cursor IS NULL OR (xid, id) > (
                    CAST(split_part(cursor, '.', 2) AS xid8),
                    CAST(split_part(cursor, '.', 3) AS bigint)))) AS behind_since
        FROM matching.feed_cursor AS held
    ) AS feeds ORDER BY feed
    """
)
WRITER = text("SELECT * FROM matching.oldest_writer()")
NEWEST = text("SELECT COALESCE(max(seq), 0) FROM matching.change")
# seq has no gaps to speak of, so what lies above a place is counted by subtraction
BEHIND = text(
    """
    SELECT place, (
        SELECT extract(epoch FROM clock_timestamp() - at)::float FROM matching.change
        WHERE seq > place ORDER BY seq LIMIT 1
    ) AS waited
    FROM unnest(CAST(:seqs AS bigint[])) AS place
    """
)


@dataclass(frozen=True, slots=True)
class Tallies:
    """All counts at one moment, by (lane, what); times also by bucket of BOUNDS."""

    counts: Mapping[tuple[str, str], int]
    buckets: Mapping[tuple[str, str, int], int]
    seconds: Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Behind:
    """How far an index has come in the change log of which `newest` is the last.

    `behind_seconds` is the age of the oldest change that it lacks; 0 when none.
    """

    seq: int
    newest: int
    behind_changes: int
    behind_seconds: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is told of the queue, at one moment."""

    at: datetime
    tallies: Tallies
    lanes: Mapping[Lane, Mapping[str, object]]
    workers: Sequence[Mapping[str, object]]
    feeds: Sequence[RowMapping]
    writer: RowMapping | None
    index: Behind | None
    newest: int


async def read_tallies(session: AsyncSession) -> Tallies:
    counts: dict[tuple[str, str], int] = {}
    buckets: dict[tuple[str, str, int], int] = {}
    seconds: dict[tuple[str, str], float] = {}
    for row in await session.execute(TALLIES):
        key = (row.lane, row.what)
        counts[key] = counts.get(key, 0) + row.n
        buckets[(*key, row.bucket)] = row.n
        seconds[key] = seconds.get(key, 0.0) + row.seconds
    return Tallies(counts, buckets, seconds)


async def read_figures(session: AsyncSession, index_seq: int | None = None) -> Figures:
    """All figures; `index_seq` is how far the asking process's own index has come."""
    at: datetime = (await session.execute(NOW)).scalar_one()
    tallies = await read_tallies(session)
    stands = {row["lane"]: row for row in (await session.execute(STANDS)).mappings()}
    times = {row["lane"]: row for row in (await session.execute(TIMES)).mappings()}
    before = {row["lane"]: row for row in (await session.execute(BEFORE)).mappings()}
    newest: int = (await session.execute(NEWEST)).scalar_one()
    known = await known_workers(session)
    seqs = {index_seq, *(row["index_seq"] for row in known)}
    behind = await _behind(session, seqs, newest)
    return Figures(
        at=at,
        tallies=tallies,
        lanes={
            lane: {
                **stands[lane],
                **_counts(tallies, lane),
                **_rates(tallies, lane, before.get(lane)),
                **_times(times[lane]),
            }
            for lane in LANES
        },
        workers=[{**row, "index": behind.get(row["index_seq"])} for row in known],
        feeds=(await session.execute(FEEDS)).mappings().all(),
        writer=(await session.execute(WRITER)).mappings().first(),
        index=behind.get(index_seq),
        newest=newest,
    )


async def sample_counts(session: AsyncSession) -> None:
    """Keep what the counts are now, for the rates of the next minutes."""
    await session.execute(SAMPLE)


async def _behind(
    session: AsyncSession, seqs: Set[int | None], newest: int
) -> dict[int | None, Behind]:
    """How far indexes that stand at these places are behind, by place."""
    places = [seq for seq in seqs if seq is not None]
    late = [seq for seq in places if seq < newest]
    rows = (await session.execute(BEHIND, {"seqs": late})).all() if late else []
    waited = {row.place: row.waited or 0.0 for row in rows}
    return {
        seq: Behind(seq, newest, max(0, newest - seq), waited.get(seq, 0.0))
        for seq in places
    }


def _counts(tallies: Tallies, lane: Lane) -> dict[str, object]:
    now = {state: tallies.counts.get((lane, f"are {state}"), 0) for state in STATES}
    ever = {what: tallies.counts.get((lane, what), 0) for what in EVENTS}
    names = ("queued", "running", "dead")
    return {name: now[name] for name in names} | {
        "events": {what.replace(" ", "_"): n for what, n in ever.items()}
    }


def _rates(tallies: Tallies, lane: Lane, before: RowMapping | None) -> dict[str, float]:
    """A second, over about the last minute; nothing where nobody has counted then."""
    if before is None:
        return {}
    counts = tallies.counts
    rates = {"arrivals": ("arrived", "arrived"), "completions": ("done", "completed")}
    return {
        f"{name}_per_second": (counts.get((lane, what), 0) - before[then])
        / before["seconds"]
        for name, (what, then) in rates.items()
    }


def _times(timed: RowMapping) -> dict[str, object]:
    if not timed["runs"]:
        return {}
    return {
        name: {"runs": timed["runs"]}
        | {p: timed[f"{column}_{p}"] for p in ("p50", "p95", "p99")}
        for name, column in (("wait_seconds", "wait"), ("run_seconds", "run"))
    }
