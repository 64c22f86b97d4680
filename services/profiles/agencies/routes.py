"""Mandates under /v1/organisations, rights to represent under /v1/workers.

A mandate is the client's to grant and either side's to end; a right to represent is the
worker's to grant and to end. An agency can give itself neither.
"""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from services.profiles.agencies import commands, queries
from services.profiles.agencies.schemas import (
    MandateGrant,
    MandateView,
    RepresentationGrant,
    RepresentationView,
)
from services.profiles.errors import (
    MandateExists,
    MandateHasEnded,
    RepresentationExists,
    RepresentationHasEnded,
)
from services.profiles.models import Row, audit, mandate, representation
from services.profiles.organisations.queries import find_organisation
from services.profiles.workers.queries import find_worker
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
from shared.idempotency import KeyedRoute
from shared.identity import ORGANISATIONS, Role, Scope
from shared.openapi import problems
from shared.paging import Page, Paging
from shared.problems import NotFound, VersionMismatch

router = APIRouter(prefix="/v1", tags=["agencies"], route_class=KeyedRoute)

OF_ORGANISATION = "/organisations/{organisation_id}/mandates"
OF_WORKER = "/workers/{worker_id}/representations"

READING = [
    allow(ORGANISATIONS, Role.OPERATOR, scope=Scope.ORGANISATIONS_READ, own=Own.TENANT)
]
WRITING = [
    allow(ORGANISATIONS, Role.OPERATOR, scope=Scope.ORGANISATIONS_WRITE, own=Own.TENANT)
]
WORKER_READING = [
    allow(Role.WORKER, Role.OPERATOR, scope=Scope.WORKERS_READ, own=Own.WORKER)
]
WORKER_WRITING = [
    allow(Role.WORKER, Role.OPERATOR, scope=Scope.WORKERS_WRITE, own=Own.WORKER)
]


@router.post(
    OF_ORGANISATION,
    status_code=201,
    summary="Let an agency act for the organisation",
    dependencies=WRITING,
    responses=problems(NotFound, MandateExists) | versioned(201),
)
async def grant_mandate(
    organisation_id: UUID,
    body: MandateGrant,
    session: SessionDep,
    caller: Who,
    response: Response,
) -> MandateView:
    """The organisation in the path is the client. An agency has one mandate of a client
    at a time."""
    if await find_organisation(session, organisation_id) is None:
        raise NotFound
    row = await commands.grant_mandate(session, caller, organisation_id, body)
    response.headers["Location"] = (
        f"/v1/organisations/{organisation_id}/mandates/{row['id']}"
    )
    return _mandate(response, row)


@router.get(
    OF_ORGANISATION,
    summary="List an organisation's mandates",
    dependencies=READING,
    responses=problems(NotFound),
)
async def list_mandates(
    organisation_id: UUID,
    session: SessionDep,
    paging: Paging,
) -> Page[MandateView]:
    """Those it has given and those it was given, ended ones too, by id."""
    if await find_organisation(session, organisation_id) is None:
        raise NotFound
    whose = queries.of_organisation(organisation_id)
    rows = await queries.page(
        session, mandate, whose, paging.after_id(), paging.limit + 1
    )
    shown, following = paging.cut(rows, "id")
    items = [MandateView.model_validate(row) for row in shown]
    return Page(items=items, next=following)


@router.get(
    OF_ORGANISATION + "/{mandate_id}",
    summary="Read a mandate",
    dependencies=READING,
    responses=problems(NotFound) | versioned() | NOT_MODIFIED,
)
async def read_mandate(
    organisation_id: UUID,
    mandate_id: UUID,
    session: SessionDep,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> MandateView:
    """As both of its sides see it."""
    whose = queries.of_organisation(organisation_id)
    row = await queries.find(session, mandate, mandate_id, whose)
    if row is None:
        raise NotFound
    check_unknown(if_none_match, row["version"])
    return _mandate(response, row)


@router.post(
    OF_ORGANISATION + "/{mandate_id}/end",
    summary="End a mandate",
    dependencies=WRITING,
    responses=problems(NotFound, MandateHasEnded, VersionMismatch) | versioned(),
)
async def end_mandate(
    organisation_id: UUID,
    mandate_id: UUID,
    session: SessionDep,
    caller: Who,
    response: Response,
    if_match: IfMatch = None,
) -> MandateView:
    """Either side may, at once and for good."""
    row = await commands.end_mandate(
        session, caller, organisation_id, mandate_id, if_match
    )
    return _mandate(response, row)


@router.get(
    "/organisations/{organisation_id}/representations",
    summary="List whom an agency represents",
    dependencies=[
        allow(Role.AGENCY, Role.OPERATOR, scope=Scope.WORKERS_READ, own=Own.TENANT)
    ],
    responses=problems(NotFound),
)
async def list_represented(
    organisation_id: UUID,
    session: SessionDep,
    caller: Who,
    paging: Paging,
) -> Page[RepresentationView]:
    """The rights that workers have given it, ended ones too, by id."""
    if await find_organisation(session, organisation_id) is None:
        raise NotFound
    whose = queries.of_agency(organisation_id)
    rows = await queries.page(
        session, representation, whose, paging.after_id(), paging.limit + 1
    )
    shown, following = paging.cut(rows, "id")
    if shown:
        seen = listed([row["worker"] for row in shown])
        await audit(session, caller, "representation.list", detail=seen)
    items = [RepresentationView.model_validate(row) for row in shown]
    return Page(items=items, next=following)


@router.post(
    OF_WORKER,
    status_code=201,
    summary="Let an agency represent the worker",
    dependencies=WORKER_WRITING,
    responses=problems(NotFound, RepresentationExists) | versioned(201),
)
async def grant_representation(
    worker_id: UUID,
    body: RepresentationGrant,
    session: SessionDep,
    caller: Who,
    response: Response,
) -> RepresentationView:
    """The worker grants it, or an operator for them; never the agency."""
    row = await commands.grant_representation(session, caller, worker_id, body)
    response.headers["Location"] = (
        f"/v1/workers/{worker_id}/representations/{row['id']}"
    )
    return _representation(response, row)


@router.get(
    OF_WORKER,
    summary="List who may represent a worker",
    dependencies=WORKER_READING,
    responses=problems(NotFound),
)
async def list_representations(
    worker_id: UUID,
    session: SessionDep,
    caller: Who,
    paging: Paging,
) -> Page[RepresentationView]:
    """Ended ones too, by id."""
    if await find_worker(session, worker_id) is None:
        raise NotFound
    whose = queries.of_worker(worker_id)
    rows = await queries.page(
        session, representation, whose, paging.after_id(), paging.limit + 1
    )
    shown, following = paging.cut(rows, "id")
    subject = ("worker", worker_id)
    await audit.by_another(session, caller, "representation.list", subject)
    items = [RepresentationView.model_validate(row) for row in shown]
    return Page(items=items, next=following)


@router.post(
    OF_WORKER + "/{representation_id}/end",
    summary="End a right to represent",
    dependencies=WORKER_WRITING,
    responses=problems(NotFound, RepresentationHasEnded, VersionMismatch) | versioned(),
)
async def end_representation(
    worker_id: UUID,
    representation_id: UUID,
    session: SessionDep,
    caller: Who,
    response: Response,
    if_match: IfMatch = None,
) -> RepresentationView:
    """The worker may at any moment, without a reason."""
    row = await commands.end_representation(
        session, caller, worker_id, representation_id, if_match
    )
    return _representation(response, row)


def _mandate(response: Response, row: Row) -> MandateView:
    set_etag(response, row["version"])
    return MandateView.model_validate(row)


def _representation(response: Response, row: Row) -> RepresentationView:
    set_etag(response, row["version"])
    return RepresentationView.model_validate(row)
