"""A worker's side of a run: claim, heartbeat, finish, give back, fail, reap.

    queued ──claim──▶ running ──finish──▶ done
       ▲                 │ ──call off──▶ cancelled
       └── give back ────┤ ──fail──▶ queued again, dead after the last attempt
                         └─ lease expired, reaped ─▶ as after a failure

A claim draws a fencing token. Whatever its worker writes later it writes WHERE that
token still holds: one that lost its lease (stopped, cut off, slow) changes nothing.
Only the database's clock decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.intake.positions import FEEDS, Positions
from services.matching.persons.listing import without_the_removed
from services.matching.runs.commands import more_urgent
from services.matching.runs.lanes import Lane
from services.matching.runs.result import COLUMNS, Result
from shared.outbox import Position

LEASE_SECONDS = 10
HEARTBEAT_SECONDS = 3
MOST_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that this worker holds as long as its lease is renewed."""

    id: UUID
    token: int
    posting_id: UUID
    lane: Lane
    attempts: int
    claimed_at: datetime
    needed: Positions


def _bound(type: str) -> str:
    """How a column's values travel: JSON as the text that it is."""
    return "text" if type == "jsonb" else type


CLAIM = text(
    f"""
    WITH ready AS (
        SELECT id FROM matching.match_run
        WHERE state = 'queued' AND lane = :lane AND run_at <= clock_timestamp()
            AND (NOT :untried OR attempts = 0)
        ORDER BY run_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE matching.match_run AS run SET state = 'running', worker = :worker,
        token = nextval('matching.run_token'), attempts = run.attempts + 1,
        started_at = clock_timestamp(), heartbeat_at = clock_timestamp(),
        lease_until = clock_timestamp() + interval '{LEASE_SECONDS} s'
    FROM ready WHERE run.id = ready.id
    RETURNING run.id, run.token, run.posting_id, run.lane, run.attempts,
        run.started_at, run.needed_profiles, run.needed_postings
    """
)
BEAT = text(
    f"""
    UPDATE matching.match_run SET heartbeat_at = clock_timestamp(),
        lease_until = clock_timestamp() + interval '{LEASE_SECONDS} s'
    WHERE state = 'running' AND token = ANY(CAST(:tokens AS bigint[]))
        AND id = ANY(CAST(:ids AS uuid[]))
    """
)
_KEPT = ", ".join(
    [f"{name} = CAST(told.{name} AS {type})" for name, type in COLUMNS.items()]
)
_TOLD = ", ".join(
    [f"CAST(:{name} AS {_bound(type)}[])" for name, type in COLUMNS.items()]
)
# a list of each column's values: one statement however many runs end
FINISH = text(
    f"""
    UPDATE matching.match_run AS run SET state = 'done',
        finished_at = clock_timestamp(), lease_until = NULL, error = NULL,
        {_KEPT}
    FROM unnest(CAST(:id AS uuid[]), CAST(:token AS bigint[]), {_TOLD})
        AS told (id, token, {", ".join(COLUMNS)})
    WHERE run.id = told.id AND run.token = told.token AND run.state = 'running'
    RETURNING run.id
    """
)
END = text(
    """
    UPDATE matching.match_run SET state = :state, finished_at = clock_timestamp(),
        lease_until = NULL, reason = COALESCE(CAST(:reason AS text), reason),
        error = COALESCE(CAST(:error AS text), error)
    WHERE id = :id AND token = :token AND state = 'running'
    """
)
# Another run of the posting may have been queued meanwhile: then this one has nothing
# left to do, and the waiting one takes over how urgent it was.
QUEUE_AGAIN = text(
    f"""
    WITH run AS (
        SELECT * FROM matching.match_run
        WHERE id = :id AND token = :token AND state = 'running' FOR UPDATE
    ), waiting AS (
        UPDATE matching.match_run AS held
        SET lane = {more_urgent("run.lane", "held.lane")}
        FROM run WHERE held.posting_id = run.posting_id AND held.state = 'queued'
        RETURNING held.id
    ), given AS (
        SELECT run.id, EXISTS (SELECT FROM waiting) AS taken_over FROM run
    )
    UPDATE matching.match_run AS held SET
        state = CASE WHEN taken_over THEN 'cancelled' ELSE 'queued' END,
        finished_at = CASE WHEN taken_over THEN clock_timestamp() END,
        reason = CASE WHEN taken_over THEN 'a later run took over' ELSE reason END,
        run_at = clock_timestamp() + make_interval(secs => :delay),
        attempts = attempts - CAST(:uncounted AS integer),
        error = COALESCE(CAST(:error AS text), error),
        lease_until = NULL, token = NULL
    FROM given WHERE held.id = given.id
    """
)
STALLED = text(
    """
    SELECT id, token, attempts, worker FROM matching.match_run
    WHERE state = 'running' AND lease_until < clock_timestamp()
    ORDER BY lease_until LIMIT 100 FOR UPDATE SKIP LOCKED
    """
)


async def claim(
    session: AsyncSession,
    lanes: Sequence[Lane],
    limit: int,
    worker: str,
    *,
    untried: bool = False,
) -> list[Claim]:
    """Take up to `limit` runs that are due, looking into the lanes in this order;
    `untried`: none that an earlier attempt has left."""
    claims: list[Claim] = []
    for lane in lanes:
        left = limit - len(claims)
        if left <= 0:
            break
        values = {"lane": lane, "limit": left, "worker": worker, "untried": untried}
        rows = (await session.execute(CLAIM, values)).all()
        claims += [
            Claim(
                id=row.id,
                token=row.token,
                posting_id=row.posting_id,
                lane=row.lane,
                attempts=row.attempts,
                claimed_at=row.started_at,
                needed={
                    feed: Position(*needed)
                    for feed in FEEDS
                    if (needed := getattr(row, f"needed_{feed}"))
                },
            )
            for row in rows
        ]
    return claims


async def beat(session: AsyncSession, claims: Sequence[Claim]) -> int:
    """Renew the leases of runs still held; how many are."""
    if not claims:
        return 0
    values = {
        "ids": [claim.id for claim in claims],
        "tokens": [claim.token for claim in claims],
    }
    return await _changed(session, BEAT, values)


async def finish(session: AsyncSession, claim: Claim, result: Result) -> bool:
    """Results and `done` in one statement; False when the run is no longer ours."""
    return claim.id in await finish_all(session, [(claim, result)])


async def finish_all(
    session: AsyncSession, ranked: Sequence[tuple[Claim, Result]]
) -> set[UUID]:
    """As `finish`, for several runs at once: the ids of those that were still ours."""
    results = await without_the_removed(session, [result for _, result in ranked])
    stored = [result.stored() for result in results]
    values: dict[str, object] = {
        "id": [claim.id for claim, _ in ranked],
        "token": [claim.token for claim, _ in ranked],
    }
    values |= {name: [each[name] for each in stored] for name in COLUMNS}
    return set((await session.execute(FINISH, values)).scalars())


async def call_off(session: AsyncSession, claim: Claim, reason: str) -> bool:
    """There is nothing to rank any more: cancelled."""
    return await _end(session, claim.id, claim.token, "cancelled", reason=reason)


async def give_back(session: AsyncSession, claim: Claim, delay: float) -> bool:
    """Queue the run again after `delay` seconds, as if it had not been claimed."""
    return await _queue_again(session, claim.id, claim.token, delay, uncounted=1)


async def fail(session: AsyncSession, claim: Claim, error: str) -> bool:
    """Queue the run again, later each time; dead after the last attempt."""
    return await _retry(session, claim.id, claim.token, claim.attempts, error, 1.0)


async def reap(session: AsyncSession) -> int:
    """Take back runs whose lease has expired; how many.

    A run that loses its worker on every attempt probably kills it, and is laid aside.
    """
    stalled = (await session.execute(STALLED)).all()
    for run in stalled:
        error = f"the lease of {run.worker} expired"
        await _retry(session, run.id, run.token, run.attempts, error, 0.0)
    return len(stalled)


async def _retry(
    session: AsyncSession,
    run_id: UUID,
    token: int,
    attempts: int,
    error: str,
    delay: float,
) -> bool:
    if attempts >= MOST_ATTEMPTS:
        reason = f"gave up after {attempts} attempts"
        return await _end(session, run_id, token, "dead", reason, error)
    delay *= 2.0**attempts
    return await _queue_again(session, run_id, token, delay, error=error)


async def _end(
    session: AsyncSession,
    run_id: UUID,
    token: int,
    state: str,
    reason: str | None = None,
    error: str | None = None,
) -> bool:
    values = {
        "id": run_id,
        "token": token,
        "state": state,
        "reason": reason,
        "error": error,
    }
    return await _changed(session, END, values) == 1


async def _queue_again(
    session: AsyncSession,
    run_id: UUID,
    token: int,
    delay: float,
    *,
    uncounted: int = 0,
    error: str | None = None,
) -> bool:
    values = {
        "id": run_id,
        "token": token,
        "delay": delay,
        "uncounted": uncounted,
        "error": error,
    }
    try:
        async with session.begin_nested():
            return await _changed(session, QUEUE_AGAIN, values) == 1
    except IntegrityError:
        # another run was queued between our look and our write; now it is there to see
        return await _changed(session, QUEUE_AGAIN, values) == 1


async def _changed(
    session: AsyncSession, statement: TextClause, values: dict[str, object]
) -> int:
    rows = await session.execute(statement, values)
    return int(rows.rowcount)  # type: ignore[attr-defined]
