"""Birth date and right to work: recorded, never read back by others, and answered."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.profiles.models import audit
from services.profiles.privacy.own_eyes import is_oneself
from services.profiles.work_papers import commands
from services.profiles.work_papers.faults import shift_faults
from services.profiles.work_papers.queries import papers_of
from services.profiles.work_papers.rules import ShiftDays
from services.profiles.work_papers.schemas import (
    MayWorkView,
    ReasonView,
    ShiftAsked,
    WorkPapers,
    WorkPapersView,
)
from services.profiles.workers.queries import find_worker
from shared.access import Own, Who, allow
from shared.database import Database, SessionDep
from shared.etags import (
    NOT_MODIFIED,
    IfMatch,
    IfNoneMatch,
    check_unknown,
    set_etag,
    versioned,
)
from shared.idempotency import ONLY_ASKS, KeyedRoute
from shared.identity import ORGANISATIONS, Caller, Role, Scope
from shared.openapi import problems
from shared.problems import InvalidRequest, NotFound, VersionMismatch
from shared.rate_limits.declared import rated
from shared.rates import RateClass
from shared.values import now

router = APIRouter(
    prefix="/v1/workers/{worker_id}", tags=["work papers"], route_class=KeyedRoute
)


@router.put(
    "/work-papers",
    summary="Record a worker's birth date and right to work",
    dependencies=[
        allow(Role.WORKER, Role.OPERATOR, scope=Scope.WORKERS_WRITE, own=Own.WORKER)
    ],
    responses=problems(NotFound, VersionMismatch) | versioned(),
)
async def record_work_papers(
    worker_id: UUID,
    body: WorkPapers,
    session: SessionDep,
    caller: Who,
    response: Response,
    if_match: IfMatch = None,
) -> WorkPapersView:
    """Replaces all that is recorded. Sealed: nobody but the worker reads it back."""
    row = await commands.record_papers(session, caller, worker_id, body, if_match)
    return await _view(session, caller, worker_id, row["version"], response)


@router.get(
    "/work-papers",
    summary="Read a worker's birth date and right to work",
    dependencies=[
        allow(Role.WORKER, Role.OPERATOR, scope=Scope.WORKERS_READ, own=Own.WORKER)
    ],
    responses=problems(NotFound) | versioned() | NOT_MODIFIED,
)
async def read_work_papers(
    worker_id: UUID,
    session: SessionDep,
    caller: Who,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> WorkPapersView:
    """The worker's own; others, and whoever acts for them, learn whether there are any.

    The version is that of the profile, which is edited with them.
    """
    row = await find_worker(session, worker_id)
    if row is None:
        raise NotFound
    check_unknown(if_none_match, row["version"])
    await audit.by_another(session, caller, "worker.read_papers", ("worker", worker_id))
    return await _view(session, caller, worker_id, row["version"], response)


# a member who only looks on has no business here: whoever asks is about to decide
@router.post(
    "/may-work",
    summary="Ask whether a worker may work a shift",
    dependencies=[
        allow(
            Role.WORKER,
            ORGANISATIONS,
            Role.OPERATOR,
            scope=Scope.HIRING_WRITE,
            own=Own.PARTY,
        ),
        rated(RateClass.HEAVY),
        ONLY_ASKS,
    ],
    responses=problems(NotFound),
)
async def may_work(
    worker_id: UUID, body: ShiftAsked, request: Request, caller: Who
) -> MayWorkView:
    """By age and right to work, as they are recorded; what is not is never a yes.

    For the worker, and for an organisation that they have applied to or that has
    accepted them. Whoever is not the worker hears the rules alone, and of somebody who
    grows old enough a yes from the next month on. Every question is written down.
    """
    if faults := shift_faults(body.model_dump(mode="json"), now()):
        raise InvalidRequest(faults=faults)
    database: Database = request.app.state.database
    shift = ShiftDays.of(body.start, body.end, body.zone, body.country)
    found = await commands.may_work(database, caller, worker_id, shift)
    reasons = [ReasonView(rule=one.rule, limit=one.limit) for one in found]
    return MayWorkView(may_work=not reasons, reasons=reasons)


async def _view(
    session: SessionDep,
    caller: Caller,
    worker_id: UUID,
    version: int,
    response: Response,
) -> WorkPapersView:
    papers, recorded_at = await papers_of(session, worker_id)
    set_etag(response, version)
    return WorkPapersView(
        worker=worker_id,
        version=version,
        recorded_at=recorded_at,
        birth_date_recorded=papers.birth_date is not None,
        right_to_work_recorded=bool(papers.right_to_work),
        papers=papers if is_oneself(caller, worker_id) else None,
    )
