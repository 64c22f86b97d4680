"""What an operator does to one run: retry, cancel, discard.

    dead, cancelled ──retry──▶ queued, due at once
    queued, running ──cancel──▶ cancelled
    dead ──discard──▶ cancelled, because 'discarded'

Each is one UPDATE that names the states it is for: of two operators, or of an operator
and a worker, one comes first and the other is told the state that the run is in. What
the worker of a cancelled run writes later it writes WHERE the run is still running, and
changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, TextClause, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.errors import RunNotFound, RunStateForbids, RunWaitsAlready
from services.matching.models import audit
from services.matching.runs.admission import admit_more
from services.matching.runs.finding import state_of, waiting_run
from services.matching.runs.queries import run_head
from services.matching.runs.verb_schemas import TAKES, Verb
from shared.identity import Caller

RETRIED = "retried by an operator"
CANCELLED = "cancelled by an operator"
DISCARDED = "discarded"

# It starts anew, but for one thing: what has lost a worker is still taken alone. The
# index has long seen what the run was caused by, or is of another epoch.
_RETRY = f"""
    state = 'queued', because = '{RETRIED}', run_at = clock_timestamp(),
    attempts = LEAST(lost, 1), lost = LEAST(lost, 1), finished_at = NULL, token = NULL,
    inputs = NULL, needed_profiles = NULL, needed_postings = NULL
"""
_CANCEL = f"""
    state = 'cancelled', because = '{CANCELLED}', finished_at = clock_timestamp(),
    lease_until = NULL
"""
_DISCARD = f"""
    state = 'cancelled', because = '{DISCARDED}', finished_at = clock_timestamp(),
    inputs = NULL
"""
CHANGES: Mapping[Verb, str] = {
    "retry": _RETRY,
    "cancel": _CANCEL,
    "discard": _DISCARD,
}


def steer(verb: Verb, *, passing_over: bool) -> TextClause:
    """SQL that does it to the runs `ids`; `passing_over` those that somebody else is
    at, else one after the other."""
    states = ", ".join(f"'{state}'" for state in TAKES[verb])
    return text(
        f"""
        UPDATE matching.match_run AS run SET {CHANGES[verb]}
        FROM (
            SELECT id FROM matching.match_run
            WHERE id = ANY(CAST(:ids AS uuid[])) AND state IN ({states})
            ORDER BY id FOR UPDATE {"SKIP LOCKED" if passing_over else ""}
        ) AS picked
        WHERE run.id = picked.id RETURNING run.id
        """
    )


ONE = {verb: steer(verb, passing_over=False) for verb in CHANGES}
MANY = {verb: steer(verb, passing_over=True) for verb in CHANGES}


async def retry_run(session: AsyncSession, caller: Caller, run_id: UUID) -> RowMapping:
    """Queue a dead or cancelled run at once: the run as it is then.

    Raises RunNotFound, RunStateForbids, RunWaitsAlready, LaneDraining and LaneFull.
    """
    run = await _known(session, run_id)
    if run["state"] in TAKES["retry"]:
        await admit_more(session, {run["lane"]: 1})
    try:
        async with session.begin_nested():
            return await _steer_one(session, caller, run, "retry")
    except IntegrityError:
        # it may have been claimed meanwhile: then there is no name to tell
        waiting = await waiting_run(session, run["posting"])
        raise RunWaitsAlready(waiting=waiting and str(waiting)) from None


async def cancel_run(session: AsyncSession, caller: Caller, run_id: UUID) -> RowMapping:
    """Call off a run that waits or runs: the run as it is then.

    Raises RunNotFound and RunStateForbids.
    """
    run = await _known(session, run_id)
    return await _steer_one(session, caller, run, "cancel")


async def discard_run(
    session: AsyncSession, caller: Caller, run_id: UUID
) -> RowMapping:
    """Have done with a dead run: the run as it is then.

    Raises RunNotFound and RunStateForbids.
    """
    run = await _known(session, run_id)
    return await _steer_one(session, caller, run, "discard")


async def steer_many(
    session: AsyncSession, verb: Verb, ids: Sequence[UUID]
) -> set[UUID]:
    """Do it to those of these runs that are still in a state for it, and that nobody
    else is at: which. Never waits for anybody, so that it is in nobody's way."""
    rows = await session.execute(MANY[verb], {"ids": list(ids)})
    return set(rows.scalars())


async def _known(session: AsyncSession, run_id: UUID) -> RowMapping:
    run = await run_head(session, run_id)
    if run is None:
        raise RunNotFound
    return run


async def _steer_one(
    session: AsyncSession, caller: Caller, run: RowMapping, verb: Verb
) -> RowMapping:
    run_id = run["id"]
    done = (await session.execute(ONE[verb], {"ids": [run_id]})).scalars().all()
    if not done:
        raise forbidden(await state_of(session, run_id), verb)
    subject, owner = ("run", run_id), run["organisation"]
    await audit(session, caller, f"run.{verb}", subject, tenant=owner)
    return await _known(session, run_id)


def forbidden(state: str | None, verb: Verb) -> RunNotFound | RunStateForbids:
    """Why the verb is not done to a run in this state."""
    if state is None:
        return RunNotFound()
    takes = " or ".join(TAKES[verb])
    return RunStateForbids(
        f"The run is {state}; {verb} is for one that is {takes}.", state=state
    )
