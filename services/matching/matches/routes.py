"""GET /v1/matches for a posting or a worker, searches, counts, what-ifs, feedback."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.matching.errors import (
    IndexBehind,
    IndexLoading,
    MatchesOfAnother,
    PostingNotFound,
    PostingNotOpen,
    PostingNotRankable,
    RunNotDone,
    RunNotFound,
    WorkerNotFound,
)
from services.matching.intake.standing import Needed, caught_up
from services.matching.matches.batch import batch_lines
from services.matching.matches.commands import (
    Desk,
    note_feedback,
    postings_for_worker,
    workers_for_posting,
    workers_for_search,
)
from services.matching.matches.counting import (
    count_for_search,
    openings_for_worker,
    what_if_asked,
)
from services.matching.matches.schemas import (
    BatchLine,
    Feedback,
    Noted,
    OpeningsForWorker,
    PostingsForWorker,
    WhatIfView,
    WorkersCounted,
    WorkersForPosting,
)
from services.matching.matches.search import (
    MOST_MATCHES,
    Asked,
    Batch,
    Search,
    WhatIfAsked,
)
from services.matching.matches.search_checks import check_search
from services.matching.matches.views import (
    show_count,
    show_openings,
    show_postings,
    show_what_if,
    show_workers,
    written,
)
from shared.access import Own, Who, allow
from shared.database import SessionDep
from shared.idempotency import ONLY_ASKS, KeyedRoute
from shared.identity import ORGANISATIONS, Caller, Role, Scope
from shared.openapi import problems
from shared.problems import Fault, InvalidRequest
from shared.rate_limits.declared import rated
from shared.rates import RateClass

router = APIRouter(prefix="/v1/matches", tags=["matches"], route_class=KeyedRoute)


async def _desk(request: Request) -> Desk:
    return Desk(request.app.state.database, request.app.state.replica)


async def _batch_turn(request: Request) -> asyncio.Lock:
    turn: asyncio.Lock = request.app.state.batch_turn
    return turn


DeskDep = Annotated[Desk, Depends(_desk)]
BatchTurn = Annotated[asyncio.Lock, Depends(_batch_turn)]
K = Annotated[int, Query(ge=1, le=MOST_MATCHES, description="Matches at most.")]


class Lines(StreamingResponse):
    """A document a line, each sent as soon as it is made."""

    media_type = "application/x-ndjson"


@router.get(
    "",
    response_model=WorkersForPosting | PostingsForWorker,
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
) -> Response | PostingsForWorker:
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
        return _ranked(show_workers(found, caller, time.perf_counter() - started))
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
    response_model=WorkersForPosting,
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
) -> Response:
    """The best workers for what a posting would ask, without saving one."""
    started = time.perf_counter()
    _refuse_broken(search, caller)
    await caught_up(desk.replica, needed)
    found = await workers_for_search(desk, caller, search)
    return _ranked(show_workers(found, caller, time.perf_counter() - started))


def _ranked(body: Mapping[str, Any]) -> Response:
    return Response(written(body), media_type="application/json")


@router.post(
    "/count",
    summary="Count workers for a posting that is not saved",
    dependencies=[
        allow(ORGANISATIONS, Role.OPERATOR, scope=Scope.MATCHES_READ, own=Own.SHARED),
        ONLY_ASKS,
        rated(RateClass.READS),
    ],
    responses=problems(IndexLoading, IndexBehind),
)
async def count_matches(
    asked: Asked, caller: Who, desk: DeskDep, needed: Needed
) -> WorkersCounted:
    """How many workers are left after each rule; for while somebody types."""
    started = time.perf_counter()
    _refuse_broken(asked, caller)
    await caught_up(desk.replica, needed)
    seen = await count_for_search(desk, caller, asked)
    return show_count(seen, caller, time.perf_counter() - started)


@router.post(
    "/batch",
    summary="Rank workers for many postings",
    dependencies=[
        allow(ORGANISATIONS, Role.OPERATOR, scope=Scope.MATCHES_READ, own=Own.TENANT),
        ONLY_ASKS,
        rated(RateClass.HEAVY),
    ],
    response_class=Lines,
    responses=problems(IndexLoading, IndexBehind)
    | {200: {"description": "A line for each posting, in order.", "model": BatchLine}},
)
async def rank_batch(
    batch: Batch, caller: Who, desk: DeskDep, turn: BatchTurn, needed: Needed
) -> Lines:
    """The best workers for each of up to 1,000 open postings, ranked live, one JSON
    document a line.

    A posting that has no list has its problem on its line.
    """
    await caught_up(desk.replica, needed)
    return Lines(batch_lines(desk, turn, caller, batch.postings, batch.k))


@router.post(
    "/what-if",
    summary="Tell what each single relaxation would bring",
    dependencies=[
        allow(ORGANISATIONS, Role.OPERATOR, scope=Scope.MATCHES_READ, own=Own.TENANT),
        ONLY_ASKS,
        rated(RateClass.HEAVY),
    ],
    responses=problems(PostingNotFound, PostingNotOpen, IndexLoading, IndexBehind),
)
async def what_if(
    asked: WhatIfAsked, caller: Who, desk: DeskDep, needed: Needed
) -> WhatIfView:
    """How many more workers would fit for more pay, a skill less, a wider radius and
    so on: one change at a time, each against the posting as it is."""
    started = time.perf_counter()
    if asked.search is not None:
        _refuse_broken(asked.search, caller, "/search")
    await caught_up(desk.replica, needed)
    found = await what_if_asked(desk, caller, asked)
    return show_what_if(found, caller, time.perf_counter() - started)


@router.get(
    "/what-if",
    summary="Tell what would open postings to a worker",
    dependencies=[
        allow(Role.WORKER, Role.OPERATOR, scope=Scope.MATCHES_READ, own=Own.WORKER),
        rated(RateClass.HEAVY),
    ],
    responses=problems(WorkerNotFound, IndexLoading, IndexBehind),
)
async def what_if_for_worker(
    worker: Annotated[UUID, Query(description="Whose postings.")],
    caller: Who,
    desk: DeskDep,
    needed: Needed,
) -> OpeningsForWorker:
    """Which skill, certificate, hours or longer way would open the most postings: one
    change at a time, the best of each kind."""
    started = time.perf_counter()
    if caller.role is Role.WORKER and caller.subject != worker:
        raise WorkerNotFound
    await caught_up(desk.replica, needed)
    found = await openings_for_worker(desk, caller, worker)
    return show_openings(found, time.perf_counter() - started)


def _refuse_broken(asked: Asked, caller: Caller, at: str = "") -> None:
    """Raises InvalidRequest; `at` is where the search is in the body."""
    faults = [
        replace(fault, pointer=at + fault.pointer)
        for fault in check_search(asked.model_dump(exclude_unset=True))
    ]
    if asked.organisation is not None and caller.role is not Role.OPERATOR:
        message = "is for operators to name"
        faults.append(Fault(f"{at}/organisation", "not_yours", message))
    if faults:
        raise InvalidRequest(faults=faults)


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
