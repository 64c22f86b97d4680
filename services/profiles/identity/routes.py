"""Who is who, under /v1/workers: documents come in, operators decide, nothing leaks.

Whoever registers a document hears the same, whether or not somebody else has it.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from services.profiles.errors import SuspicionDecided, WorkerMerged
from services.profiles.identity import commands, queries
from services.profiles.identity.schemas import (
    IdentityDocument,
    Merge,
    MergedView,
    SuspectedDuplicate,
    Suspicion,
)
from services.profiles.models import audit
from shared.access import Own, Who, allow
from shared.audit.log import listed
from shared.database import Database, SessionDep
from shared.idempotency import KeyedRoute
from shared.identity import Role, Scope
from shared.openapi import problems
from shared.paging import Page, Paging, dated, decode_cursor
from shared.problems import NotFound

router = APIRouter(prefix="/v1/workers", tags=["identity"], route_class=KeyedRoute)

SUSPECTED = "/suspected-duplicates"
DECIDING = [allow(Role.OPERATOR, scope=Scope.WORKERS_WRITE, own=Own.SYSTEM)]


@router.get(
    SUSPECTED,
    summary="List workers who may be one person",
    dependencies=[allow(Role.OPERATOR, scope=Scope.WORKERS_READ, own=Own.SYSTEM)],
    responses=problems(),
)
async def list_suspected_duplicates(
    session: SessionDep,
    caller: Who,
    paging: Paging,
    status: Annotated[Suspicion | None, Query()] = None,
) -> Page[SuspectedDuplicate]:
    """Pairs with the same identity document, the oldest suspicion first."""
    key = decode_cursor(paging.cursor, dated, UUID)
    after = (key[0], key[1]) if key else None
    wanted = status.value if status else None
    rows = await queries.page_of_suspicions(session, wanted, after, paging.limit + 1)
    shown, following = paging.cut(rows, "found_at", "id")
    people = sorted({row[side] for row in shown for side in ("earlier", "later")})
    await audit(session, caller, "identity.list", detail=listed(people))
    items = [SuspectedDuplicate.model_validate(row) for row in shown]
    return Page(items=items, next=following)


@router.post(
    SUSPECTED + "/{duplicate_id}/dismiss",
    summary="Decide that two workers are two",
    dependencies=DECIDING,
    responses=problems(NotFound, SuspicionDecided),
)
async def dismiss_suspected_duplicate(
    duplicate_id: UUID, session: SessionDep, caller: Who
) -> SuspectedDuplicate:
    """To decide that they are one, merge one into the other."""
    row = await commands.dismiss_suspicion(session, caller, duplicate_id)
    return SuspectedDuplicate.model_validate(row)


@router.post(
    "/{worker_id}/identity-documents",
    status_code=204,
    summary="Register an identity document",
    dependencies=[
        allow(
            Role.WORKER,
            Role.AGENCY,
            Role.OPERATOR,
            scope=Scope.HIRING_WRITE,
            own=Own.PARTY,
        )
    ],
    responses=problems(NotFound),
)
async def register_identity_document(
    worker_id: UUID,
    body: IdentityDocument,
    request: Request,
    session: SessionDep,
    caller: Who,
) -> None:
    """By the worker, or by an agency that may represent them. It is sealed with the
    worker's key and compared by a keyed hash; the same again changes nothing."""
    database: Database = request.app.state.database
    await commands.register_document(session, database, caller, worker_id, body)


@router.post(
    "/{worker_id}/merge",
    summary="Merge a worker into another one",
    dependencies=DECIDING,
    responses=problems(NotFound, WorkerMerged),
)
async def merge_worker(
    worker_id: UUID, body: Merge, session: SessionDep, caller: Who
) -> MergedView:
    """They are one person. The worker of the path is emptied and removed; `into` takes
    over what they are up for, identity documents, work papers, rights to represent
    and blocked organisations. Choose as `into` whom the person signs in as: consents
    and sign-ins are not carried over. The same again changes nothing."""
    row = await commands.merge_worker(session, caller, worker_id, body.into)
    return MergedView(
        worker=row["id"], merged_into=row["merged_into"], merged_at=row["removed_at"]
    )
