"""/v1/applications/blocked-workers: whom an organisation does not want to have."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.postings.blocklist import commands, queries
from services.postings.blocklist.schemas import BlockedWorker, NewBlock
from services.postings.models import audit
from shared.access import Own, Who, allow
from shared.audit.log import listed
from shared.database import SessionDep
from shared.idempotency import KeyedRoute
from shared.identity import ORGANISATIONS, Scope
from shared.openapi import problems
from shared.paging import Page, Paging
from shared.problems import NotFound

router = APIRouter(
    prefix="/v1/applications/blocked-workers",
    tags=["blocklist"],
    route_class=KeyedRoute,
)

BLOCKING = [allow(ORGANISATIONS, scope=Scope.HIRING_WRITE, own=Own.TENANT)]


@router.get(
    "",
    summary="List whom the organisation has blocked",
    dependencies=[allow(ORGANISATIONS, scope=Scope.HIRING_READ, own=Own.TENANT)],
    responses=problems(),
)
async def list_blocked_workers(
    session: SessionDep,
    caller: Who,
    paging: Paging,
) -> Page[BlockedWorker]:
    """By the workers' ids."""
    assert caller.tenant is not None
    rows = await queries.page_of_blocked(
        session, caller.tenant, paging.after_id(), paging.limit + 1
    )
    shown, following = paging.cut(rows, "worker")
    if shown:
        seen = listed([row["worker"] for row in shown])
        await audit(session, caller, "worker.list_blocked", detail=seen)
    items = [BlockedWorker.model_validate(row) for row in shown]
    return Page(items=items, next=following)


@router.post(
    "",
    status_code=201,
    summary="Block a worker",
    dependencies=BLOCKING,
    responses=problems(),
)
async def block_worker(
    body: NewBlock, session: SessionDep, caller: Who
) -> BlockedWorker:
    """They cannot be up for the organisation's postings any more, and are not told
    why. The same again changes nothing."""
    row = await commands.block_worker(session, caller, body.worker)
    return BlockedWorker.model_validate(row)


@router.delete(
    "/{worker_id}",
    status_code=204,
    summary="Take a worker off the organisation's blocklist",
    dependencies=BLOCKING,
    responses=problems(NotFound),
)
async def unblock_worker(worker_id: UUID, session: SessionDep, caller: Who) -> None:
    """They may be up for its postings again."""
    await commands.unblock_worker(session, caller, worker_id)
