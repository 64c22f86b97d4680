"""Runs and queues over HTTP."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import nullcontext
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.matching.errors import (
    IndexBehind,
    IndexLoading,
    LaneDraining,
    LaneFull,
    PostingNotFound,
    PostingNotOpen,
    RunNotFound,
    TooManyListeners,
    TooManyWaiting,
)
from services.matching.intake.replica import Replica
from services.matching.intake.standing import Needed, caught_up
from services.matching.models import audit
from services.matching.runs.admission import admit
from services.matching.runs.areas import area_of
from services.matching.runs.bulk import (
    count_open_postings,
    find_rerank,
    queue_more,
)
from services.matching.runs.commands import Wanted, enqueue
from services.matching.runs.doorbell import Doorbell
from services.matching.runs.figure_schemas import EVENTS_EXAMPLE, Queues
from services.matching.runs.figures import read_figures
from services.matching.runs.lanes import BULK
from services.matching.runs.queries import run_head, visible_posting
from services.matching.runs.schemas import (
    MoreOfAll,
    ReranksView,
    RerankView,
    RunQueued,
    RunRequest,
    RunView,
)
from services.matching.runs.watching import Watch, queues_view
from shared.access import Own, Who, allow, still_signed_in
from shared.database import LaterSession, SessionDep
from shared.idempotency import KeyedRoute
from shared.identity import ORGANISATIONS, Role, Scope
from shared.openapi import problems
from shared.outbox import Position
from shared.problems import Fault, InvalidRequest, NotSignedIn
from shared.tracing import current_traceparent

router = APIRouter(tags=["runs"], route_class=KeyedRoute)

TOKEN_SECONDS = 1.0
MOST_SECONDS = 3_600.0
SIGNED_OUT = b'event: end\ndata: {"because": "the access token counts no more"}\n\n'


class EventStream(StreamingResponse):
    """Server-sent events, of which nobody on the way keeps any."""

    media_type = "text/event-stream"

    def __init__(
        self, frames: AsyncGenerator[bytes, None], status_code: int = 200
    ) -> None:
        unkept = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(frames, status_code, headers=unkept)


# before the run of any id
@router.get(
    "/v1/runs/all",
    summary="See how a rerank of all open postings stands",
    dependencies=[
        allow(Role.OPERATOR, Role.AUDITOR, scope=Scope.QUEUES_READ, own=Own.SYSTEM)
    ],
    responses=problems(),
)
async def read_rerank(session: SessionDep) -> ReranksView:
    """How the rerank under way stands, or the last one; and how many postings a new one
    would look at."""
    found = await find_rerank(session)
    return ReranksView(
        open_postings=await count_open_postings(session),
        under_way=found is not None and found.under_way,
        rerank=None if found is None else RerankView.model_validate(found),
    )


@router.post(
    "/v1/runs/all",
    status_code=202,
    summary="Have all open postings ranked anew",
    dependencies=[allow(Role.OPERATOR, scope=Scope.QUEUES_WRITE, own=Own.SYSTEM)],
    responses=problems(),
)
async def queue_all(
    more: MoreOfAll, request: Request, session: SessionDep, caller: Who
) -> RerankView:
    """Queue the next postings in the bulk lane; ask again until the answer is `filled`.

    While a rerank is under way this goes on with it, so asking again queues nothing
    twice. A posting whose run waits already keeps that one.
    """
    rerank = await queue_more(session, more.postings)
    counts = {"count": rerank.postings}
    await audit(session, caller, "run.request_all", detail=counts)
    doorbell: Doorbell = request.app.state.doorbell
    doorbell.ring_after_commit(session, BULK)
    return RerankView.model_validate(rerank)


@router.get(
    "/v1/runs/{run}",
    summary="Read a run",
    dependencies=[
        allow(ORGANISATIONS, Role.OPERATOR, scope=Scope.MATCHES_READ, own=Own.TENANT)
    ],
    responses=problems(RunNotFound),
)
async def read_run(run: UUID, session: SessionDep, caller: Who) -> RunView:
    """How a run stands; its list is what GET /v1/matches gives for the posting."""
    found = await run_head(session, run)
    if found is None:
        raise RunNotFound
    hidden = {} if caller.sees_all else {"worker": None, "error": None}
    return RunView.model_validate({**found, **hidden})


@router.post(
    "/v1/runs",
    status_code=202,
    summary="Have a posting ranked anew",
    dependencies=[
        allow(ORGANISATIONS, Role.OPERATOR, scope=Scope.MATCHES_WRITE, own=Own.TENANT)
    ],
    responses=problems(
        PostingNotFound,
        PostingNotOpen,
        IndexLoading,
        IndexBehind,
        LaneFull,
        LaneDraining,
        TooManyWaiting,
    ),
)
async def request_run(
    body: RunRequest,
    request: Request,
    response: Response,
    caller: Who,
    needed: Needed,
    begin: LaterSession,
) -> RunQueued:
    """Have a posting ranked anew; it is asked again by GET /v1/runs/{run}."""
    if body.lane != "interactive" and not caller.sees_all:
        fault = Fault("/lane", "lane", "is for operators to choose")
        raise InvalidRequest(faults=[fault])
    state = request.app.state
    await caught_up(state.replica, needed)
    session = await begin()
    reading = nullcontext(session) if caller.sees_all else state.database.as_system()
    async with reading as everything:
        posting = await visible_posting(everything, caller, body.posting)
        if not posting.is_open:
            raise PostingNotOpen(posting_status=posting.status)
        await admit(everything, body.lane, posting.organisation, posting.id)
    want = Wanted(
        posting.id,
        posting.organisation,
        body.lane,
        "requested",
        needed,
        area=area_of(posting.doc),
        traceparent=current_traceparent(),
    )
    doorbell: Doorbell = state.doorbell
    [run] = await enqueue(session, [want])
    subject, owner = ("posting", posting.id), posting.organisation
    await audit.by_another(session, caller, "run.request", subject, tenant=owner)
    doorbell.ring_after_commit(session, body.lane)
    response.headers["Location"] = f"/v1/runs/{run}"
    return RunQueued(id=run, posting=posting.id)


@router.get(
    "/v1/queues",
    summary="See how each lane stands",
    dependencies=[
        allow(Role.OPERATOR, Role.AUDITOR, scope=Scope.QUEUES_READ, own=Own.SYSTEM)
    ],
    responses=problems(),
)
async def read_queues(request: Request, session: SessionDep) -> Queues:
    """How each lane stands and what works on it; all from what the database keeps."""
    replica: Replica = request.app.state.replica
    return queues_view(await read_figures(session, replica.seq))


@router.get(
    "/v1/queues/events",
    summary="Watch the queue as it moves",
    dependencies=[
        allow(Role.OPERATOR, Role.AUDITOR, scope=Scope.QUEUES_READ, own=Own.SYSTEM)
    ],
    response_class=EventStream,
    responses={
        200: {"content": {EventStream.media_type: {"example": EVENTS_EXAMPLE}}},
        **problems(TooManyListeners),
    },
)
async def watch_queues(
    request: Request,
    last_event_id: Annotated[
        str | None,
        Header(max_length=40, description="The id of the last event that was heard."),
    ] = None,
    seconds: Annotated[
        float, Query(ge=0, le=MOST_SECONDS, description="Then it ends.")
    ] = MOST_SECONDS,
) -> EventStream:
    """Server-sent events: `figures` each second, as GET /v1/queues gives them, and a
    `run` for each transition of a run. Sent again with `Last-Event-ID` it goes on where
    it ended. It ends after `seconds`, with the access token, or when the server stops.
    """
    after = None
    if last_event_id:
        try:
            after = Position.parse(last_event_id)
        except ValueError:
            fault = Fault("Last-Event-ID", "event_id", "is no id of ours", "header")
            raise InvalidRequest(faults=[fault]) from None
    watch: Watch = request.app.state.watch
    frames = await watch.join(after)
    return EventStream(_while_welcome(request, frames, seconds))


async def _while_welcome(
    request: Request, frames: AsyncGenerator[bytes, None], seconds: float
) -> AsyncGenerator[bytes, None]:
    checked = began = time.monotonic()
    try:
        async for frame in frames:
            moment = time.monotonic()
            if moment - began >= seconds:
                break
            if moment - checked >= TOKEN_SECONDS:
                still_signed_in(request)
                checked = moment
            yield frame
    except NotSignedIn:
        yield SIGNED_OUT
    finally:
        await frames.aclose()
