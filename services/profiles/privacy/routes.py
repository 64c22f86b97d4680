"""What is a person's right: to see all, to be forgotten, to decide what is allowed."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated
from uuid import UUID

import httpx
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from services.profiles.errors import ServiceUnreachable
from services.profiles.models import Row, audit
from services.profiles.privacy import commands, queries
from services.profiles.privacy.archive import archive, documents
from services.profiles.privacy.erasing import OtherServices
from services.profiles.privacy.own_eyes import is_oneself, without_own_eyes
from services.profiles.privacy.registry import PERSONS
from services.profiles.privacy.removal import remove_worker
from services.profiles.privacy.retention import kept_until
from services.profiles.privacy.rules import EVERYWHERE, country_of_zone
from services.profiles.privacy.schemas import (
    ConsentGiven,
    ConsentsView,
    ConsentView,
    ContactView,
    ErasedInService,
    ErasureRequest,
    ErasureView,
    RetentionView,
)
from shared.access import Own, Who, allow
from shared.database import Database, SessionDep
from shared.fields import Slug
from shared.idempotency import KeyedRoute
from shared.identity import ORGANISATIONS, Role, Scope
from shared.openapi import Responses, problems
from shared.problems import NotFound

router = APIRouter(
    prefix="/v1/workers/{worker_id}", tags=["privacy"], route_class=KeyedRoute
)

READING = [allow(Role.WORKER, Role.OPERATOR, scope=Scope.WORKERS_READ, own=Own.WORKER)]
WRITING = [allow(Role.WORKER, Role.OPERATOR, scope=Scope.WORKERS_WRITE, own=Own.WORKER)]
SERVICES = ("profiles", "postings", "matching")
ZIP: Responses = {
    200: {
        "description": "The archive: README.txt, manifest.json, a document a table.",
        "content": {"application/zip": {"schema": {"type": "string"}}},
    }
}


async def _others(request: Request) -> OtherServices:
    others: OtherServices = request.app.state.other_services
    return others


@router.get(
    "/export",
    summary="Export everything held of a worker",
    dependencies=READING,
    response_class=StreamingResponse,
    responses=problems(NotFound, ServiceUnreachable) | ZIP,
)
async def export_worker(
    worker_id: UUID,
    request: Request,
    caller: Who,
    others: Annotated[OtherServices, Depends(_others)],
) -> StreamingResponse:
    """One ZIP of what all three services hold; whole or not at all.

    What is for the worker's own eyes is in it when they ask themselves.
    """
    database: Database = request.app.state.database
    # no transaction is open while the others are asked
    await commands.allow_export(database, caller, worker_id)
    try:
        theirs = await asyncio.gather(
            *(others.held(name, worker_id) for name in others.names)
        )
    except httpx.HTTPError as error:
        raise ServiceUnreachable from error
    async with database.as_system() as system:
        held = {"profiles": await commands.held_here(system, worker_id)}
    held |= dict(zip(others.names, theirs, strict=True))
    if not is_oneself(caller, worker_id):
        held = without_own_eyes(held)
    pieces = archive(worker_id, documents(held, {"profiles": PERSONS}))
    name = f"rollcall-{worker_id}.zip"
    return StreamingResponse(
        pieces,
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


@router.post(
    "/erasure",
    status_code=202,
    summary="Erase a worker everywhere",
    dependencies=WRITING,
    responses=problems(NotFound),
)
async def erase_worker(
    worker_id: UUID,
    body: ErasureRequest,
    session: SessionDep,
    caller: Who,
    response: Response,
) -> ErasureView:
    """As removing the profile; GET tells how far it has come in each service."""
    await remove_worker(session, caller, worker_id, body.reason)
    response.headers["Location"] = f"/v1/workers/{worker_id}/erasure"
    return await _erasure(session, worker_id)


@router.get(
    "/erasure",
    summary="See how far an erasure has come",
    dependencies=READING,
    responses=problems(NotFound),
)
async def read_erasure(worker_id: UUID, session: SessionDep) -> ErasureView:
    """The last one asked for, service by service, with what was erased."""
    return await _erasure(session, worker_id)


@router.get(
    "/contact",
    summary="Read a worker's name and contact",
    dependencies=[
        allow(ORGANISATIONS, Role.OPERATOR, scope=Scope.CONTACTS_READ, own=Own.PARTY)
    ],
    responses=problems(NotFound),
)
async def read_contact(worker_id: UUID, request: Request, caller: Who) -> ContactView:
    """For an organisation the worker has applied to, or that has accepted them."""
    database: Database = request.app.state.database
    row = await commands.contact_for(database, caller, worker_id)
    return ContactView.model_validate(row)


@router.get(
    "/consents",
    summary="List a worker's consents",
    dependencies=READING,
    responses=problems(NotFound),
)
async def list_consents(
    worker_id: UUID, session: SessionDep, caller: Who
) -> ConsentsView:
    """Every kind there is, and until when the profile is kept."""
    seen = await queries.last_seen(session, worker_id)
    if seen is None:
        raise NotFound
    await audit.by_another(session, caller, "consent.list", ("worker", worker_id))
    rows = await queries.consents(session, worker_id)
    rules = await queries.rules_of(session, queries.INACTIVE)
    return ConsentsView(
        consents=[_consent(row) for row in rows], retention=_retention(rules, seen)
    )


@router.put(
    "/consents/{kind}",
    summary="Give a consent",
    dependencies=WRITING,
    responses=problems(NotFound),
)
async def give_consent(
    worker_id: UUID, kind: Slug, body: ConsentGiven, session: SessionDep, caller: Who
) -> ConsentView:
    """To the wording of the version that was read."""
    row = await commands.give_consent(session, caller, worker_id, kind, body.version)
    return _consent(row)


@router.delete(
    "/consents/{kind}",
    summary="Withdraw a consent",
    dependencies=WRITING,
    responses=problems(NotFound),
)
async def withdraw_consent(
    worker_id: UUID, kind: Slug, session: SessionDep, caller: Who
) -> ConsentView:
    """From now on; that it was given until now stays known."""
    return _consent(await commands.withdraw_consent(session, caller, worker_id, kind))


async def _erasure(session: SessionDep, worker_id: UUID) -> ErasureView:
    row = await queries.last_erasure(session, worker_id)
    if row is None:
        raise NotFound
    pending: Row = {"erased_at": None, "counts": {}}
    services = [
        ErasedInService.model_validate(
            {"service": name} | row["services"].get(name, pending)
        )
        for name in SERVICES
    ]
    return ErasureView.model_validate(row | {"services": services})


def _consent(row: Row) -> ConsentView:
    holds = (
        row["given_at"] is not None
        and row["withdrawn_at"] is None
        and row["given_version"] == row["version"]
    )
    return ConsentView.model_validate(row | {"holds": holds})


def _retention(rules: dict[str, Row], seen: Row) -> RetentionView | None:
    rule = rules.get(country_of_zone(seen["zone"])) or rules.get(EVERYWHERE)
    if rule is None:
        return None
    until: datetime = kept_until(rule, seen["seen"])
    return RetentionView.model_validate(
        rule | {"kept_until": until, "notice_given_at": seen["noticed_at"]}
    )
