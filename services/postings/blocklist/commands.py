"""Blocking workers, and taking them off the list again."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.postings.blocklist import queries
from services.postings.blocklist.queries import Row
from services.postings.blocklist.state import CHANGED, published
from services.postings.models import audit, blocked_worker, blocklist, outbox
from shared.identity import Caller
from shared.outbox import record_event
from shared.problems import NotFound


async def block_worker(session: AsyncSession, caller: Caller, worker: UUID) -> Row:
    """Never again for the caller's organisation; twice is the same as once. What the
    worker is up for there stays until it is declined."""
    tenant = caller.tenant
    assert tenant is not None
    values = {"organisation": tenant, "worker": worker, "blocked_by": caller.subject}
    row = insert(blocked_worker).values(values).on_conflict_do_nothing()
    new = await session.execute(row.returning(blocked_worker.c.worker))
    if new.first() is not None:
        await publish_blocklists(session, [tenant])
    await audit(session, caller, "worker.block", ("worker", worker))
    return await queries.get_blocked(session, tenant, worker)


async def unblock_worker(session: AsyncSession, caller: Caller, worker: UUID) -> None:
    """Raises NotFound."""
    tenant = caller.tenant
    assert tenant is not None
    table = blocked_worker
    which = (table.c.organisation == tenant) & (table.c.worker == worker)
    gone = await session.execute(delete(table).where(which).returning(table.c.worker))
    if gone.first() is None:
        raise NotFound
    await publish_blocklists(session, [tenant])
    await audit(session, caller, "worker.unblock", ("worker", worker))


async def publish_blocklists(
    session: AsyncSession, organisations: Iterable[UUID]
) -> None:
    """Tell of each list as this transaction leaves it.

    The version's row is locked before the list is read: of two who change it at once
    the later one reads, and tells, what both have done.
    """
    for organisation in sorted(organisations):
        version = await _next_version(session, organisation)
        workers = await queries.blocked_by(session, organisation)
        data = published(organisation, version, workers)
        await record_event(session, outbox, CHANGED, organisation, version, data)


async def _next_version(session: AsyncSession, organisation: UUID) -> int:
    row = insert(blocklist).values(organisation=organisation, version=1)
    counted = row.on_conflict_do_update(
        index_elements=["organisation"],
        set_={"version": blocklist.c.version + 1, "changed_at": func.now()},
    )
    found = await session.execute(counted.returning(blocklist.c.version))
    return int(found.scalar_one())
