"""The operator's verbs over runs: retry, cancel, discard, replay, rerun."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request

from services.matching.errors import (
    IndexBehind,
    IndexLoading,
    LaneDraining,
    LaneFull,
    MoreThanAtMost,
    PostingNotFound,
    PostingNotOpen,
    RunKeepsNoInputs,
    RunNotFound,
    RunStateForbids,
    RunWaitsAlready,
)
from services.matching.intake.standing import Needed, caught_up
from services.matching.runs.bulk_steering import steer_in_bulk
from services.matching.runs.difference_schemas import DifferenceView, ReplayView
from services.matching.runs.doorbell import Doorbell
from services.matching.runs.reranking import replay_run, rerun_run
from services.matching.runs.schemas import RunView
from services.matching.runs.steering import cancel_run, discard_run, retry_run
from services.matching.runs.verb_schemas import (
    BulkAsked,
    BulkDone,
)
from shared.access import Own, Who, allow
from shared.database import LaterSession, SessionDep
from shared.idempotency import KeyedRoute
from shared.identity import Role, Scope
from shared.openapi import problems
from shared.paging import decode_cursor, encode_cursor
from shared.rate_limits.declared import rated
from shared.rates import RateClass

router = APIRouter(prefix="/v1/runs", tags=["runs"], route_class=KeyedRoute)

WRITING = [allow(Role.OPERATOR, scope=Scope.QUEUES_WRITE, own=Own.SYSTEM)]


@router.post(
    "/bulk",
    summary="Retry, cancel, discard, replay or rerun many runs",
    dependencies=[*WRITING, rated(RateClass.HEAVY)],
    responses=problems(MoreThanAtMost, LaneDraining, LaneFull),
)
async def steer_runs(
    body: BulkAsked, request: Request, caller: Who, begin: LaterSession
) -> BulkDone:
    """A verb for every run that the filter names, page by page; `dry_run` only counts.

    Reruns wait in the bulk lane, each with its origin. Of several runs of one posting
    only the newest is queued, and none where one waits already.
    """
    state = request.app.state
    key = decode_cursor(body.cursor, UUID)
    before = None if key is None else key[0]
    bulk = await steer_in_bulk(state.database, begin, caller, body, before)
    doorbell: Doorbell = state.doorbell
    for lane in bulk.lanes:
        doorbell.ring_after_commit(request.state.session, lane)
    return BulkDone(
        verb=body.verb,
        dry_run=body.dry_run,
        matched=bulk.matched,
        done=bulk.done,
        passed_over=bulk.passed_over,
        left=bulk.left,
        same=bulk.same,
        next=None if bulk.last is None else encode_cursor(bulk.last),
    )


@router.post(
    "/{run}/retry",
    summary="Queue a dead or cancelled run again",
    dependencies=WRITING,
    responses=problems(
        RunNotFound, RunStateForbids, RunWaitsAlready, LaneDraining, LaneFull
    ),
)
async def retry(
    run: UUID, request: Request, session: SessionDep, caller: Who
) -> RunView:
    """Due at once and with all its attempts; what it met before stays in its record.

    One that has lost a worker is still ranked alone.
    """
    found = await retry_run(session, caller, run)
    doorbell: Doorbell = request.app.state.doorbell
    doorbell.ring_after_commit(session, found["lane"])
    return RunView.model_validate(found)


@router.post(
    "/{run}/cancel",
    summary="Call off a run that waits or runs",
    dependencies=WRITING,
    responses=problems(RunNotFound, RunStateForbids),
)
async def cancel(run: UUID, session: SessionDep, caller: Who) -> RunView:
    """What the worker of a running one still writes changes nothing."""
    return RunView.model_validate(await cancel_run(session, caller, run))


@router.post(
    "/{run}/discard",
    summary="Have done with a dead run",
    dependencies=WRITING,
    responses=problems(RunNotFound, RunStateForbids),
)
async def discard(run: UUID, session: SessionDep, caller: Who) -> RunView:
    """It is cancelled, and no longer among the dead; the posting that it kept goes."""
    return RunView.model_validate(await discard_run(session, caller, run))


@router.post(
    "/{run}/replay",
    summary="Rank again what a run was made from",
    dependencies=WRITING,
    responses=problems(RunNotFound, RunKeepsNoInputs),
)
async def replay(
    run: UUID, request: Request, caller: Who, begin: LaterSession
) -> ReplayView:
    """Exactly, from what the run kept; nothing is stored. Another list means that the
    engine has changed."""
    done = await replay_run(request.app.state.database, begin, caller, run)
    return ReplayView.model_validate(done)


@router.post(
    "/{run}/rerun",
    status_code=201,
    summary="Rank the posting of a run over today's index",
    dependencies=WRITING,
    responses=problems(
        RunNotFound,
        RunKeepsNoInputs,
        PostingNotFound,
        PostingNotOpen,
        IndexLoading,
        IndexBehind,
    ),
)
async def rerun(
    run: UUID, request: Request, caller: Who, needed: Needed, begin: LaterSession
) -> DifferenceView:
    """The list is kept as a done run, whose `origin` the other is; told is what differs
    between them."""
    state = request.app.state
    await caught_up(state.replica, needed)
    made = await rerun_run(state.database, state.replica, begin, caller, run)
    return DifferenceView.of(made)
