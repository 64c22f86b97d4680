"""/v1/organisations: employers and agencies, as their members and operators see them.

An organisation's id is the tenant in its members' access tokens.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.profiles.errors import OrganisationExists
from services.profiles.models import Row
from services.profiles.organisations import commands, queries
from services.profiles.organisations.schemas import (
    Isic,
    OrganisationKind,
    OrganisationPatch,
    OrganisationRegistration,
    OrganisationView,
)
from services.profiles.organisations.sealed import opened_rows
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
from shared.fields import Country
from shared.idempotency import KeyedRoute
from shared.identity import ORGANISATIONS, Role, Scope
from shared.openapi import problems
from shared.paging import Page, Paging
from shared.problems import NotFound, VersionMismatch

router = APIRouter(
    prefix="/v1/organisations", tags=["organisations"], route_class=KeyedRoute
)

READING = [
    allow(ORGANISATIONS, Role.OPERATOR, scope=Scope.ORGANISATIONS_READ, own=Own.TENANT)
]
WRITING = [
    allow(ORGANISATIONS, Role.OPERATOR, scope=Scope.ORGANISATIONS_WRITE, own=Own.TENANT)
]


@router.post(
    "",
    status_code=201,
    summary="Register an organisation",
    dependencies=WRITING,
    responses=problems(OrganisationExists) | versioned(201),
)
async def register_organisation(
    body: OrganisationRegistration, session: SessionDep, caller: Who, response: Response
) -> OrganisationView:
    """A member registers the organisation of their token; an operator any."""
    row = await commands.register_organisation(session, caller, body)
    response.headers["Location"] = f"{router.prefix}/{row['id']}"
    return _view(response, row)


@router.get(
    "",
    summary="List organisations",
    dependencies=[allow(Role.OPERATOR, scope=Scope.ORGANISATIONS_READ, own=Own.SYSTEM)],
    responses=problems(),
)
async def list_organisations(
    session: SessionDep,
    paging: Paging,
    kind: Annotated[OrganisationKind | None, Query()] = None,
    country: Annotated[Country | None, Query()] = None,
    isic: Annotated[Isic | None, Query(description="With all codes below.")] = None,
    active: Annotated[bool | None, Query()] = None,
) -> Page[OrganisationView]:
    """By id, narrowed by any of the filters."""
    wanted = queries.OrganisationFilter(kind, country, isic, active)
    rows = await queries.page_of_organisations(
        session, wanted, paging.after_id(), paging.limit + 1
    )
    shown, following = paging.cut(rows, "id")
    opened = await opened_rows(session, shown)
    items = [OrganisationView.model_validate(row) for row in opened]
    return Page(items=items, next=following)


@router.get(
    "/{organisation_id}",
    summary="Read an organisation",
    dependencies=READING,
    responses=problems(NotFound) | versioned() | NOT_MODIFIED,
)
async def read_organisation(
    organisation_id: UUID,
    session: SessionDep,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> OrganisationView:
    """One's own organisation; an operator reads any."""
    row = await queries.find_organisation(session, organisation_id)
    if row is None:
        raise NotFound
    check_unknown(if_none_match, row["version"])
    return _view(response, row)


@router.patch(
    "/{organisation_id}",
    summary="Edit an organisation",
    dependencies=WRITING,
    responses=problems(NotFound, VersionMismatch) | versioned(),
)
async def edit_organisation(
    organisation_id: UUID,
    body: OrganisationPatch,
    session: SessionDep,
    caller: Who,
    response: Response,
    if_match: IfMatch = None,
) -> OrganisationView:
    """Replace the fields that are given; the others stay as they are."""
    row = await commands.edit_organisation(
        session, caller, organisation_id, body, if_match
    )
    return _view(response, row)


def _view(response: Response, row: Row) -> OrganisationView:
    set_etag(response, row["version"])
    return OrganisationView.model_validate(dict(row))
