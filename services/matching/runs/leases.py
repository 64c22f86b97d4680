"""What a worker writes of a run that it holds: heartbeat, finish, give back, fail; and
what becomes of one whose worker is gone.

    queued ──claim──▶ running ──finish──▶ done
       ▲                 │ ──call off──▶ cancelled
       └── give back ────┤ ──fail──▶ queued again, dead after the last attempt
                         └─ lease expired, reaped ─▶ queued again, dead (quarantined)
                            after the third worker

A claim draws a fencing token. Whatever its worker writes later it writes WHERE that
token still holds: one that lost its lease (stopped, cut off, slow) changes nothing.
Only the database's clock decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.persons.listing import without_the_removed
from services.matching.runs.claiming import LEASE_SECONDS, Claim
from services.matching.runs.commands import more_urgent
from services.matching.runs.result import COLUMNS, Result

HEARTBEAT_SECONDS = 3
MOST_FAILURES = 3
MOST_LOST = 3
RETRY_SECONDS = 2.0
MOST_RETRY_SECONDS = 300.0
JITTER = 0.25

FAILED = "failed"
LOST = "its worker was lost"
QUARANTINED = "quarantined"

Told = dict[str, str | None]
NOTHING: Told = {"error": None, "traceback": None}

_RANDOM = Random()


def _bound(type: str) -> str:
    """How a column's values travel: JSON as the text that it is."""
    return "text" if type == "jsonb" else type


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
        traceback = NULL, because = NULL, {_KEPT}
    FROM unnest(CAST(:id AS uuid[]), CAST(:token AS bigint[]), {_TOLD})
        AS told (id, token, {", ".join(COLUMNS)})
    WHERE run.id = told.id AND run.token = told.token AND run.state = 'running'
    RETURNING run.id
    """
)
STILL_OURS = text(
    """
    SELECT id FROM matching.match_run WHERE state = 'done'
        AND (id, token) IN (SELECT * FROM unnest(
            CAST(:id AS uuid[]), CAST(:token AS bigint[])))
    """
)
# a posting is kept with the run that is laid aside: what it was about when it last ran
END = text(
    """
    UPDATE matching.match_run SET state = CAST(:state AS text),
        finished_at = clock_timestamp(),
        lease_until = NULL, because = CAST(:because AS text),
        error = COALESCE(CAST(:error AS text), error),
        traceback = COALESCE(CAST(:traceback AS text), traceback),
        lost = lost + CAST(:lost AS integer),
        inputs = CASE WHEN CAST(:state AS text) = 'dead' THEN (
            SELECT jsonb_build_object('posting', doc) FROM matching.posting
            WHERE posting.id = match_run.posting_id) END
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
        because = CASE WHEN taken_over THEN 'a later run took over'
            ELSE CAST(:because AS text) END,
        run_at = clock_timestamp() + make_interval(secs => :delay),
        attempts = attempts - CAST(:uncounted AS integer),
        lost = lost + CAST(:lost AS integer),
        error = COALESCE(CAST(:error AS text), error),
        traceback = COALESCE(CAST(:traceback AS text), traceback),
        lease_until = NULL, token = NULL
    FROM given WHERE held.id = given.id
    """
)
UNHEARD = text(
    """
    SELECT id, token FROM matching.match_run
    WHERE state = 'running' AND worker = :worker
        AND NOT token = ANY(CAST(:held AS bigint[]))
    ORDER BY id FOR UPDATE SKIP LOCKED
    """
)
# A database that was away expired no lease: whoever lives renews it first.
STALLED = text(
    """
    SELECT id, token, attempts, lost, worker FROM matching.match_run
    WHERE state = 'running' AND lease_until < clock_timestamp()
        AND pg_postmaster_start_time()
            < clock_timestamp() - make_interval(secs => :grace)
    ORDER BY lease_until LIMIT 100 FOR UPDATE SKIP LOCKED
    """
)


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
    session: AsyncSession,
    ranked: Sequence[tuple[Claim, Result]],
    *,
    again: bool = False,
) -> set[UUID]:
    """As `finish`, for several runs at once: the ids of those that were still ours.

    `again`: an earlier try may have been committed without an answer.
    """
    results = await without_the_removed(session, [result for _, result in ranked])
    stored = [result.stored() for result in results]
    held: dict[str, object] = {
        "id": [claim.id for claim, _ in ranked],
        "token": [claim.token for claim, _ in ranked],
    }
    lists = {name: [each[name] for each in stored] for name in COLUMNS}
    ours = set((await session.execute(FINISH, held | lists)).scalars())
    if again:
        ours |= set((await session.execute(STILL_OURS, held)).scalars())
    return ours


async def call_off(session: AsyncSession, claim: Claim, because: str) -> bool:
    """There is nothing to rank any more: cancelled."""
    return await _end(session, claim.id, claim.token, "cancelled", because)


async def give_back(
    session: AsyncSession, claim: Claim, delay: float, because: str = "given back"
) -> bool:
    """Queue the run again after `delay` seconds, as if it had not been claimed."""
    return await _queue_again(
        session, claim.id, claim.token, delay, because, uncounted=1
    )


async def give_back_unheard(
    session: AsyncSession, worker: str, held: Sequence[Claim]
) -> int:
    """Give back what `worker` has claimed without hearing of it: the answer to that
    commit was lost. How many there were."""
    values = {"worker": worker, "held": [claim.token for claim in held]}
    unheard = (await session.execute(UNHEARD, values)).all()
    for run in unheard:
        because = "given back: its claim was not heard of"
        await _queue_again(session, run.id, run.token, 0.0, because, uncounted=1)
    return len(unheard)


async def fail(
    session: AsyncSession, claim: Claim, error: str, traceback: str | None = None
) -> bool:
    """Queue the run again, later each time; dead after the last attempt."""
    id, token = claim.id, claim.token
    failures = claim.attempts - claim.lost
    told = {"error": error, "traceback": traceback}
    if failures >= MOST_FAILURES:
        because = f"failed {failures} times"
        return await _end(session, id, token, "dead", because, told)
    return await _queue_again(session, id, token, retry_delay(failures), FAILED, told)


def retry_delay(failures: int, random: Random = _RANDOM) -> float:
    """Seconds to wait after so many failures: doubled each time up to a bound, and
    scattered, so that what failed together does not come back together."""
    seconds = min(RETRY_SECONDS * 2.0 ** (failures - 1), MOST_RETRY_SECONDS)
    return seconds * random.uniform(1.0 - JITTER, 1.0 + JITTER)


async def reap(session: AsyncSession, grace: float = LEASE_SECONDS) -> int:
    """Take back runs whose lease has expired; how many. None within so many seconds
    after the start of the database.

    A run that loses its worker for the third time probably kills it, and is laid aside
    with the posting that it was about. Until then it is taken alone.
    """
    stalled = (await session.execute(STALLED, {"grace": grace})).all()
    for run in stalled:
        told: Told = {"error": f"the lease of {run.worker} expired"}
        if run.lost + 1 >= MOST_LOST:
            ended = (session, run.id, run.token, "dead", QUARANTINED, told)
            await _end(*ended, lost=1)
        else:
            again = (session, run.id, run.token, 0.0, LOST, told)
            await _queue_again(*again, lost=1)
    return len(stalled)


async def _end(
    session: AsyncSession,
    run_id: UUID,
    token: int,
    state: str,
    because: str,
    told: Told | None = None,
    *,
    lost: int = 0,
) -> bool:
    values: dict[str, object] = {
        "id": run_id,
        "token": token,
        "state": state,
        "because": because,
        "lost": lost,
    }
    values |= NOTHING | (told or {})
    return await _changed(session, END, values) == 1


async def _queue_again(
    session: AsyncSession,
    run_id: UUID,
    token: int,
    delay: float,
    because: str,
    told: Told | None = None,
    *,
    uncounted: int = 0,
    lost: int = 0,
) -> bool:
    values: dict[str, object] = {
        "id": run_id,
        "token": token,
        "delay": delay,
        "because": because,
        "uncounted": uncounted,
        "lost": lost,
    }
    values |= NOTHING | (told or {})
    try:
        async with session.begin_nested():
            return await _changed(session, QUEUE_AGAIN, values) == 1
    except IntegrityError:
        # another run was queued between our look and our write; now it is there to see
        return await _changed(session, QUEUE_AGAIN, values) == 1


async def _changed(
    session: AsyncSession, statement: TextClause, values: Mapping[str, object]
) -> int:
    rows = await session.execute(statement, values)
    return int(rows.rowcount)  # type: ignore[attr-defined]
