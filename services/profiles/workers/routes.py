"""/v1/workers: people who offer work, as they and operators see them.

Employers never read here: they meet people through matches, and names stay hidden
until somebody applies.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.profiles.errors import WorkerExists
from services.profiles.models import Row, audit, known_concept
from services.profiles.privacy import removal
from services.profiles.workers import batch, commands, queries, remapping
from services.profiles.workers.schemas import (
    Availability,
    BatchResult,
    SourceKey,
    WorkerBatch,
    WorkerPatch,
    WorkerRegistration,
    WorkerView,
)
from services.profiles.workers.sealed import opened_rows
from shared.access import Own, Who, allow
from shared.audit.log import listed
from shared.database import SessionDep
from shared.etags import (
    NOT_MODIFIED,
    IfMatch,
    IfNoneMatch,
    check_unknown,
    set_etag,
    versioned,
)
from shared.fields import Slug, Zone
from shared.idempotency import KeyedRoute
from shared.identity import Role, Scope
from shared.openapi import problems
from shared.paging import Page, Paging
from shared.problems import NotFound, VersionMismatch
from shared.rate_limits.declared import rated
from shared.rates import RateClass
from shared.remapping import (
    RemapAnswer,
    RemapRequest,
    answer,
    replaced_concepts,
)
from shared.values import Kind, Market

router = APIRouter(prefix="/v1/workers", tags=["workers"], route_class=KeyedRoute)

READING = [allow(Role.WORKER, Role.OPERATOR, scope=Scope.WORKERS_READ, own=Own.WORKER)]
WRITING = [allow(Role.WORKER, Role.OPERATOR, scope=Scope.WORKERS_WRITE, own=Own.WORKER)]


@router.post(
    "",
    status_code=201,
    summary="Register a worker",
    dependencies=[
        allow(
            Role.WORKER,
            Role.OPERATOR,
            Role.SERVICE,
            scope=Scope.WORKERS_WRITE,
            own=Own.WORKER,
        )
    ],
    responses=problems(WorkerExists) | versioned(201),
)
async def register_worker(
    body: WorkerRegistration, session: SessionDep, caller: Who, response: Response
) -> WorkerView:
    """A worker registers as themself; operators and systems may register anybody.

    Hours given here count as confirmed now.
    """
    row = await commands.register_worker(session, caller, body)
    response.headers["Location"] = f"{router.prefix}/{row['id']}"
    return _view(response, row)


@router.post(
    "/batch",
    summary="Register or update many workers",
    dependencies=[
        allow(Role.OPERATOR, Role.SERVICE, scope=Scope.WORKERS_WRITE, own=Own.SYSTEM),
        rated(RateClass.HEAVY),
    ],
    responses=problems(),
)
async def register_worker_batch(
    body: WorkerBatch, session: SessionDep, caller: Who
) -> BatchResult:
    """Up to 500 rows, each created, updated, unchanged or rejected with its faults.

    Sending the same rows again changes nothing when they name their `source`.
    """
    results = await batch.register_batch(session, caller, body.workers)
    return BatchResult(results=results)


@router.post(
    "/remap",
    summary="Re-map claims of replaced concepts",
    dependencies=[
        allow(Role.OPERATOR, scope=Scope.WORKERS_WRITE, own=Own.SYSTEM),
        rated(RateClass.HEAVY),
    ],
    responses=problems(),
)
async def remap_claims(
    body: RemapRequest, session: SessionDep, caller: Who
) -> RemapAnswer:
    """What the taxonomy replaced, in up to 500 profiles at once; the loops of this
    service do the same every few seconds."""
    replaced = await replaced_concepts(session, known_concept)
    if body.dry_run:
        done = await remapping.claims_to_remap(session, replaced)
    else:
        done = await remapping.remap_claims(session, replaced)
        await audit(session, caller, "worker.remap", detail={"rows": done.rows})
    return answer(done, replaced, body.dry_run)


@router.get(
    "",
    summary="List workers",
    dependencies=[allow(Role.OPERATOR, scope=Scope.WORKERS_READ, own=Own.SYSTEM)],
    responses=problems(),
)
async def list_workers(
    session: SessionDep,
    caller: Who,
    paging: Paging,
    market: Annotated[Market | None, Query()] = None,
    kind: Annotated[Kind | None, Query()] = None,
    skill: Annotated[Slug | None, Query()] = None,
    active: Annotated[bool | None, Query()] = None,
    zone: Annotated[Zone | None, Query()] = None,
) -> Page[WorkerView]:
    """By id, narrowed by any of the filters."""
    wanted = queries.WorkerFilter(market, kind, skill, active, zone)
    rows = await queries.page_of_workers(
        session, wanted, paging.after_id(), paging.limit + 1
    )
    shown, following = paging.cut(rows, "id")
    seen = listed([row["id"] for row in shown])
    await audit(session, caller, "worker.list", detail=seen)
    opened = await opened_rows(session, shown)
    return Page(items=[_shown(row) for row in opened], next=following)


@router.get(
    "/{worker_id}",
    summary="Read a worker",
    dependencies=READING,
    responses=problems(NotFound) | versioned() | NOT_MODIFIED,
)
async def read_worker(
    worker_id: UUID,
    session: SessionDep,
    caller: Who,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> WorkerView:
    """One's own profile; an operator reads any."""
    row = await queries.find_worker(session, worker_id)
    if row is None:
        raise NotFound
    check_unknown(if_none_match, row["version"])
    await audit.by_another(session, caller, "worker.read", ("worker", worker_id))
    return _view(response, row)


@router.patch(
    "/{worker_id}",
    summary="Edit a worker",
    dependencies=WRITING,
    responses=problems(NotFound, VersionMismatch) | versioned(),
)
async def edit_worker(
    worker_id: UUID,
    body: WorkerPatch,
    session: SessionDep,
    caller: Who,
    response: Response,
    if_match: IfMatch = None,
) -> WorkerView:
    """Replace the sections that are given; the others stay as they are."""
    row = await commands.edit_worker(session, caller, worker_id, body, if_match)
    return _view(response, row)


@router.delete(
    "/{worker_id}",
    status_code=204,
    summary="Remove a worker",
    dependencies=WRITING,
    responses=problems(NotFound, VersionMismatch),
)
async def remove_worker(
    worker_id: UUID, session: SessionDep, caller: Who, if_match: IfMatch = None
) -> None:
    """Erase the profile in every service; nothing of it is kept but that it is gone."""
    await removal.remove_worker(session, caller, worker_id, if_match=if_match)


@router.put(
    "/{worker_id}/availability",
    summary="Set a worker's hours",
    dependencies=WRITING,
    responses=problems(NotFound, VersionMismatch) | versioned(),
)
async def set_availability(
    worker_id: UUID,
    body: Availability,
    session: SessionDep,
    caller: Who,
    response: Response,
    if_match: IfMatch = None,
) -> WorkerView:
    """Replace weekly pattern and exceptions, which are confirmed thereby."""
    row = await commands.set_availability(session, caller, worker_id, body, if_match)
    return _view(response, row)


@router.post(
    "/{worker_id}/availability/confirmations",
    summary="Confirm a worker's hours",
    dependencies=WRITING,
    responses=problems(NotFound, VersionMismatch) | versioned(),
)
async def confirm_availability(
    worker_id: UUID,
    session: SessionDep,
    caller: Who,
    response: Response,
    if_match: IfMatch = None,
) -> WorkerView:
    """The hours still hold; unconfirmed for 14 days they count as unknown."""
    row = await commands.confirm_availability(session, caller, worker_id, if_match)
    return _view(response, row)


def _view(response: Response, row: Row) -> WorkerView:
    set_etag(response, row["version"])
    return _shown(row)


def _shown(row: Row) -> WorkerView:
    source = None
    if row["source_system"] is not None:
        source = SourceKey(system=row["source_system"], id=row["source_id"])
    return WorkerView.model_validate({**row, "source": source})
