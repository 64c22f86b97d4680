"""Claiming runs: which are due, whose turn it is, and how many a lane may run at once.

Within a lane the claim follows the turns that the database deals out
(infra/migrations/matching/versions/0011_match_queue.py), which are fair to tenants.
Only the database's clock decides what is due.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.intake.positions import FEEDS, Positions
from services.matching.runs.lanes import Lane, LaneNow
from shared.outbox import Position

LEASE_SECONDS = 10

Areas = Sequence[int]


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that this worker holds as long as its lease is renewed.

    `lost` is how often it has lost its worker: such a run may be what killed it.
    """

    id: UUID
    token: int
    posting_id: UUID
    lane: Lane
    attempts: int
    lost: int
    claimed_at: datetime
    needed: Positions
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class Queue:
    """The lanes as they are set, and those where a run that has lost a worker is due
    in some areas."""

    lanes: Mapping[Lane, LaneNow]
    suspects: frozenset[Lane]


THERE = """(CAST(:areas AS integer[]) IS NULL OR area IS NULL
                OR area = ANY (CAST(:areas AS integer[])))"""
LOOK = text(
    f"""
    SELECT lane, mode, weight, most_running, most_waiting, most_waiting_of_one, version,
        mode <> 'paused' AND EXISTS (
            SELECT FROM matching.match_run AS run
            WHERE state = 'queued' AND lost > 0 AND run.lane = match_lane.lane
                AND run_at <= statement_timestamp() AND {THERE}
        ) AS suspects_wait
    FROM matching.match_lane
    """
)
# who holds a limited lane's row counts alone: together nobody exceeds the limit
ROOM = text(
    """
    WITH held AS (
        SELECT most_running FROM matching.match_lane WHERE lane = :lane FOR UPDATE
    )
    SELECT most_running FROM held
    """
)
RUNNING = text(
    "SELECT count(*) FROM matching.match_run WHERE state = 'running' AND lane = :lane"
)
CLAIM = text(
    f"""
    WITH ready AS (
        SELECT id FROM matching.match_run
        WHERE state = 'queued' AND lane = :lane AND run_at <= statement_timestamp()
            AND (lost > 0) = :suspected
            AND {THERE}
        ORDER BY turn, run_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE matching.match_run AS run SET state = 'running', worker = :worker,
        token = nextval('matching.run_token'), attempts = run.attempts + 1,
        started_at = clock_timestamp(), heartbeat_at = clock_timestamp(),
        lease_until = clock_timestamp() + interval '{LEASE_SECONDS} s', because = NULL
    FROM ready WHERE run.id = ready.id
    RETURNING run.id, run.token, run.posting_id, run.lane, run.attempts, run.lost,
        run.started_at, run.needed_profiles, run.needed_postings, run.traceparent,
        run.turn
    """
)


async def look(session: AsyncSession, areas: Areas | None = None) -> Queue:
    """The queue as it is set now; suspects in these areas, or in any."""
    values = {"areas": None if areas is None else list(areas)}
    rows = (await session.execute(LOOK, values)).all()
    return Queue(
        {row.lane: LaneNow(*row[:-1]) for row in rows},
        frozenset(row.lane for row in rows if row.suspects_wait),
    )


async def claim(
    session: AsyncSession,
    lane: LaneNow,
    limit: int,
    worker: str,
    *,
    areas: Areas | None = None,
    suspected: bool = False,
) -> list[Claim]:
    """Take up to `limit` runs of a lane that are due, in the order of their turns.

    None from a paused lane, nor more than it may run at once. `areas`: only of postings
    there, or of which nobody knows where they are. `suspected`: only those that have
    lost a worker; else only others.
    """
    if lane.mode == "paused":
        return []
    if lane.most_running is not None:
        limit = min(limit, await _room(session, lane.lane))
    if limit <= 0:
        return []
    values = {
        "lane": lane.lane,
        "limit": limit,
        "worker": worker,
        "areas": None if areas is None else list(areas),
        "suspected": suspected,
    }
    rows = (await session.execute(CLAIM, values)).all()
    return [
        Claim(
            id=row.id,
            token=row.token,
            posting_id=row.posting_id,
            lane=row.lane,
            attempts=row.attempts,
            lost=row.lost,
            claimed_at=row.started_at,
            needed={
                feed: Position(*needed)
                for feed in FEEDS
                if (needed := getattr(row, f"needed_{feed}"))
            },
            traceparent=row.traceparent,
        )
        for row in sorted(rows, key=lambda row: (row.turn, row.id))
    ]


async def _room(session: AsyncSession, lane: Lane) -> int:
    """How many more may run in a limited lane, until the end of the transaction."""
    most = (await session.execute(ROOM, {"lane": lane})).scalar_one()
    running = (await session.execute(RUNNING, {"lane": lane})).scalar_one()
    return 1 << 30 if most is None else int(most) - int(running)
