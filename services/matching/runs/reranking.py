"""Ranking again what a run has ranked: a replay from what it kept, which must give the
same list, and a rerun over today's index, which shows what has changed.

No transaction is open while anything is ranked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.engine.facts import posting_facts
from services.matching.engine.pipeline import ENGINE_VERSION, Request
from services.matching.errors import (
    PostingNotFound,
    PostingNotOpen,
    RunKeepsNoInputs,
    RunNotFound,
    RunWithoutOrigin,
)
from services.matching.intake.replica import Replica
from services.matching.models import audit
from services.matching.runs.commands import store_done
from services.matching.runs.differences import (
    RanAnew,
    ThenNow,
    WorkerDifference,
    difference,
    differing,
)
from services.matching.runs.finding import state_of
from services.matching.runs.inputs import Inputs
from services.matching.runs.queries import kept_inputs, kept_list, known_posting
from services.matching.runs.ranking import rank_for_run, replay
from shared.database import Database, Opener
from shared.identity import Caller


@dataclass(frozen=True, slots=True)
class Replayed:
    """`workers` are those that differ; the engine may be a later one."""

    run: UUID
    engine: ThenNow
    workers: Sequence[WorkerDifference]

    @property
    def same(self) -> bool:
        return not self.workers


def replayed(kept: RowMapping) -> Replayed:
    """What a replay of a done run gives; `kept` is a row of `all_kept_inputs`."""
    again = replay(kept["ranked_at"], kept["k"], Inputs.read(kept["inputs"]))
    # as it would be stored
    now = orjson.loads(orjson.dumps(again))
    workers = [
        each for each in differing(kept["matches"], now) if each.change != "same"
    ]
    return Replayed(
        kept["id"], ThenNow(kept["engine_version"], ENGINE_VERSION), workers
    )


async def replay_run(
    database: Database, begin: Opener, caller: Caller, run_id: UUID
) -> Replayed:
    """Rank what a run kept once more. Raises RunNotFound and RunKeepsNoInputs."""
    async with database.as_system() as reading:
        kept = await kept_inputs(reading, run_id)
        if kept is None:
            raise await _keeps_nothing(reading, run_id)
    done = await asyncio.to_thread(replayed, kept)
    session = await begin()
    subject, owner = ("run", run_id), kept["tenant"]
    same = {"same": done.same}
    await audit(session, caller, "run.replay", subject, tenant=owner, detail=same)
    return done


async def rerun_run(
    database: Database, replica: Replica, begin: Opener, caller: Caller, run_id: UUID
) -> RanAnew:
    """Rank the posting of a done run over today's index, and keep the list as a run
    whose `origin` it is.

    Raises RunNotFound, RunKeepsNoInputs, PostingNotFound and PostingNotOpen.
    """
    async with database.as_system() as reading:
        then = await kept_list(reading, run_id)
        if then is None:
            raise await _keeps_nothing(reading, run_id)
        posting = await known_posting(reading, then["posting_id"])
    if posting is None:
        raise PostingNotFound
    if not posting.is_open:
        raise PostingNotOpen(posting_status=posting.status)
    request = Request(now=posting.read_at, k=then["k"])
    result = await rank_for_run(replica, posting_facts(posting.doc), request)
    session = await begin()
    id, _ = await store_done(
        session, posting.id, posting.organisation, result, origin=run_id
    )
    subject, owner = ("run", run_id), posting.organisation
    made = {"run": id}
    await audit(session, caller, "run.rerun", subject, tenant=owner, detail=made)
    now = await kept_list(session, id)
    assert now is not None
    return _ran_anew(then, now)


async def difference_of(session: AsyncSession, caller: Caller, run_id: UUID) -> RanAnew:
    """What differs between a done run and the one that it ranks anew.

    Raises RunNotFound, RunKeepsNoInputs and RunWithoutOrigin.
    """
    now = await kept_list(session, run_id)
    if now is None:
        raise await _keeps_nothing(session, run_id)
    origin = now["origin"]
    then = None if origin is None else await kept_list(session, origin)
    if then is None:
        raise RunWithoutOrigin(origin=origin and str(origin))
    subject, owner = ("run", run_id), now["tenant"]
    await audit(session, caller, "run.read_difference", subject, tenant=owner)
    return _ran_anew(then, now)


def _ran_anew(then: RowMapping, now: RowMapping) -> RanAnew:
    return RanAnew(
        now["id"], then["id"], now["posting_id"], difference(dict(then), dict(now))
    )


async def _keeps_nothing(
    session: AsyncSession, run_id: UUID
) -> RunNotFound | RunKeepsNoInputs:
    state = await state_of(session, run_id)
    if state is None:
        return RunNotFound()
    return RunKeepsNoInputs(f"The run is {state}.", state=state)
