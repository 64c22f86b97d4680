"""How lanes are set, the worker processes, and what happens in the queue."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from services.matching.errors import LaneNotFound
from services.matching.runs.doorbell import Doorbell
from services.matching.runs.finding import last_transitions
from services.matching.runs.lane_settings import find_lane, set_limits, set_mode
from services.matching.runs.lanes import Mode
from services.matching.runs.queue_schemas import (
    LanePatch,
    LaneView,
    Transitions,
    Workers,
    WorkerView,
)
from services.matching.runs.verb_schemas import Transition
from services.matching.runs.workers import known_workers
from shared.access import Own, Who, allow
from shared.database import SessionDep
from shared.etags import (
    NOT_MODIFIED,
    IfMatch,
    IfNoneMatch,
    check_unknown,
    set_etag,
    versioned,
)
from shared.idempotency import KeyedRoute
from shared.identity import Caller, Role, Scope
from shared.openapi import problems
from shared.paging import Limit
from shared.problems import VersionMismatch

router = APIRouter(prefix="/v1/queues", tags=["runs"], route_class=KeyedRoute)

READING = [allow(Role.OPERATOR, Role.AUDITOR, scope=Scope.QUEUES_READ, own=Own.SYSTEM)]
WRITING = [allow(Role.OPERATOR, scope=Scope.QUEUES_WRITE, own=Own.SYSTEM)]
LaneName = Annotated[
    str, Path(description="interactive, refresh or bulk.", max_length=40)
]


# before the lane of any name
@router.get(
    "/workers",
    summary="List the worker processes",
    dependencies=READING,
    responses=problems(),
)
async def list_worker_processes(session: SessionDep) -> Workers:
    """What each was doing when last heard of; they report every three seconds."""
    rows = await known_workers(session)
    return Workers(items=[WorkerView.of(dict(row)) for row in rows])


@router.get(
    "/transitions",
    summary="List the last transitions of runs",
    dependencies=READING,
    responses=problems(),
)
async def list_transitions(session: SessionDep, limit: Limit = 50) -> Transitions:
    """Which runs became what, the newest first."""
    rows = await last_transitions(session, limit)
    return Transitions(items=[Transition.model_validate(row) for row in rows])


@router.get(
    "/{lane}",
    summary="Read how a lane is set",
    dependencies=READING,
    responses=problems(LaneNotFound) | NOT_MODIFIED | versioned(),
)
async def read_lane(
    lane: LaneName,
    session: SessionDep,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> LaneView:
    """Its mode, weight and limits; GET /v1/queues has the figures."""
    found = await find_lane(session, lane)
    check_unknown(if_none_match, found["version"])
    set_etag(response, found["version"])
    return LaneView.model_validate(found)


@router.patch(
    "/{lane}",
    summary="Set the weight and the limits of a lane",
    dependencies=WRITING,
    responses=problems(LaneNotFound, VersionMismatch) | versioned(),
)
async def edit_lane(
    lane: LaneName,
    body: LanePatch,
    session: SessionDep,
    caller: Who,
    response: Response,
    if_match: IfMatch = None,
) -> LaneView:
    """All workers follow with their next claim."""
    found = await set_limits(session, caller, lane, body, if_match)
    set_etag(response, found["version"])
    return LaneView.model_validate(found)


@router.post(
    "/{lane}/pause",
    summary="Give out no more runs of a lane",
    dependencies=WRITING,
    responses=problems(LaneNotFound) | versioned(),
)
async def pause_lane(
    lane: LaneName, session: SessionDep, caller: Who, response: Response
) -> LaneView:
    """It still takes runs in; what runs already goes on."""
    return await _set(session, caller, lane, "paused", response)


@router.post(
    "/{lane}/resume",
    summary="Open a lane again",
    dependencies=WRITING,
    responses=problems(LaneNotFound) | versioned(),
)
async def resume_lane(
    lane: LaneName,
    session: SessionDep,
    caller: Who,
    request: Request,
    response: Response,
) -> LaneView:
    """Whether it was paused or draining."""
    shown = await _set(session, caller, lane, "open", response)
    doorbell: Doorbell = request.app.state.doorbell
    doorbell.ring_after_commit(session, shown.lane)
    return shown


@router.post(
    "/{lane}/drain",
    summary="Work off a lane and take no more requests",
    dependencies=WRITING,
    responses=problems(LaneNotFound) | versioned(),
)
async def drain_lane(
    lane: LaneName, session: SessionDep, caller: Who, response: Response
) -> LaneView:
    """Requests are answered 503 with Retry-After; what a feed causes is queued."""
    return await _set(session, caller, lane, "draining", response)


async def _set(
    session: SessionDep, caller: Caller, lane: str, mode: Mode, response: Response
) -> LaneView:
    found = await set_mode(session, caller, lane, mode)
    set_etag(response, found["version"])
    return LaneView.model_validate(found)
