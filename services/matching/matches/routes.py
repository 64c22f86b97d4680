"""GET /v1/matches for a posting or a worker, searches, feedback."""

from __future__ import annotations

import time
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from services.matching.errors import (
    IndexBehind,
    IndexLoading,
    MatchesOfAnother,
    PostingNotFound,
    PostingNotRankable,
    RunNotDone,
    RunNotFound,
    WorkerNotFound,
)
from services.matching.intake.standing import Needed, caught_up
from services.matching.matches.commands import (
    Desk,
    note_feedback,
    postings_for_worker,
    workers_for_posting,
    workers_for_search,
)
from services.matching.matches.schemas import (
    Feedback,
    Noted,
    PostingsForWorker,
    WorkersForPosting,
)
from services.matching.matches.search import Search
from services.matching.matches.search_checks import check_search
from services.matching.matches.views import show_postings, show_workers
from shared.access import Own, Who, allow
from shared.database import SessionDep
from shared.idempotency import ONLY_ASKS, KeyedRoute
from shared.identity import ORGANISATIONS, Role, Scope
from shared.openapi import problems
from shared.problems import Fault, InvalidRequest
from shared.rate_limits.declared import rated
from shared.rates import RateClass

router = APIRouter(prefix="/v1/matches", tags=["matches"], route_class=KeyedRoute)


async def _desk(request: Request) -> Desk:
    return Desk(request.app.state.database, request.app.state.replica)


DeskDep = Annotated[Desk, Depends(_desk)]
K = Annotated[int, Query(ge=1, le=200, description="Matches at most.")]


@router.get(
    "",
    summary="Rank workers for a posting, or postings for a worker",
    dependencies=[
        allow(
            ORGANISATIONS,
            Role.OPERATOR,
            Role.WORKER,
            scope=Scope.MATCHES_READ,
            own=Own.PARTY,
        )
    ],
    responses=problems(
        PostingNotFound,
        WorkerNotFound,
        MatchesOfAnother,
        PostingNotRankable,
        IndexLoading,
        IndexBehind,
    ),
)
async def read_matches(
    caller: Who,
    desk: DeskDep,
    needed: Needed,
    posting: Annotated[UUID | None, Query(description="Rank its workers.")] = None,
    worker: Annotated[UUID | None, Query(description="Rank their postings.")] = None,
    k: K = 50,
) -> WorkersForPosting | PostingsForWorker:
    """The best workers for a posting, or the best open postings for a worker.

    Organisations ask by their own posting, workers by their own id, operators by any.
    """
    started = time.perf_counter()
    if (posting is None) == (worker is None):
        message = "exactly one of posting and worker must be given"
        raise InvalidRequest(faults=[Fault("posting", "exactly_one", message, "query")])
    if posting is not None:
        if caller.role is Role.WORKER:
            raise MatchesOfAnother
        await caught_up(desk.replica, needed)
        found = await workers_for_posting(desk, caller, posting, k)
        return show_workers(found, caller, time.perf_counter() - started)
    assert worker is not None
    if caller.role in ORGANISATIONS:
        raise MatchesOfAnother
    if caller.role is Role.WORKER and caller.subject != worker:
        raise WorkerNotFound
    await caught_up(desk.replica, needed)
    fitting = await postings_for_worker(desk, caller, worker, k)
    return show_postings(fitting, time.perf_counter() - started)


@router.post(
    "/search",
    summary="Rank workers for a posting that is not saved",
    dependencies=[
        allow(ORGANISATIONS, Role.OPERATOR, scope=Scope.MATCHES_READ, own=Own.SHARED),
        ONLY_ASKS,
        rated(RateClass.HEAVY),
    ],
    responses=problems(IndexLoading, IndexBehind),
)
async def search_workers(
    search: Search, caller: Who, desk: DeskDep, needed: Needed
) -> WorkersForPosting:
    """The best workers for what a posting would ask, without saving one."""
    started = time.perf_counter()
    faults = check_search(search.model_dump(exclude_unset=True))
    if search.organisation is not None and caller.role is not Role.OPERATOR:
        message = "is for operators to name"
        faults.append(Fault("/organisation", "not_yours", message))
    if faults:
        raise InvalidRequest(faults=faults)
    await caught_up(desk.replica, needed)
    found = await workers_for_search(desk, caller, search)
    return show_workers(found, caller, time.perf_counter() - started)


@router.post(
    "/feedback",
    summary="Note what came of a list",
    dependencies=[
        allow(ORGANISATIONS, Role.OPERATOR, scope=Scope.MATCHES_WRITE, own=Own.TENANT)
    ],
    responses=problems(RunNotFound, RunNotDone),
)
async def note_match_feedback(
    feedback: Feedback, session: SessionDep, caller: Who
) -> Noted:
    """Note who of a list was shown, opened or declined; twice is the same as once."""
    noted = await note_feedback(session, caller, feedback)
    return Noted(noted=noted, known=len(feedback.notes) - noted)
