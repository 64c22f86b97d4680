"""Blocking workers, and taking them off the list again."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.postings.blocklist import queries
from services.postings.blocklist.queries import Row
from services.postings.models import audit, blocked_worker
from shared.identity import Caller
from shared.problems import NotFound


async def block_worker(session: AsyncSession, caller: Caller, worker: UUID) -> Row:
    """Never again for the caller's organisation; twice is the same as once. What the
    worker is up for there stays until it is declined."""
    tenant = caller.tenant
    assert tenant is not None
    values = {"organisation": tenant, "worker": worker, "blocked_by": caller.subject}
    row = insert(blocked_worker).inline().values(values)
    await session.execute(row.on_conflict_do_nothing())
    await audit(session, caller, "worker.block", ("worker", worker))
    return await queries.get_blocked(session, tenant, worker)


async def unblock_worker(session: AsyncSession, caller: Caller, worker: UUID) -> None:
    """Raises NotFound."""
    table = blocked_worker
    which = (table.c.organisation == caller.tenant) & (table.c.worker == worker)
    gone = await session.execute(delete(table).where(which).returning(table.c.worker))
    if gone.first() is None:
        raise NotFound
    await audit(session, caller, "worker.unblock", ("worker", worker))
