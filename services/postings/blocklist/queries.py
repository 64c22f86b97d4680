"""Every select of blocklists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.postings.blocklist.state import CHANGED, published
from services.postings.models import blocked_worker, blocklist
from shared.feed import Event

Row = dict[str, Any]


async def get_blocked(session: AsyncSession, organisation: UUID, worker: UUID) -> Row:
    table = blocked_worker
    query = select(table).where(
        table.c.organisation == organisation, table.c.worker == worker
    )
    return dict((await session.execute(query)).mappings().one())


async def page_of_blocked(
    session: AsyncSession, organisation: UUID, after: UUID | None, limit: int
) -> list[Row]:
    """Whom an organisation has blocked, by the worker's id."""
    table = blocked_worker
    query = select(table).where(table.c.organisation == organisation)
    if after is not None:
        query = query.where(table.c.worker > after)
    rows = await session.execute(query.order_by(table.c.worker).limit(limit))
    return [dict(row) for row in rows.mappings()]


async def blocked_by(session: AsyncSession, organisation: UUID) -> Sequence[UUID]:
    """All whom an organisation has blocked, by id."""
    table = blocked_worker
    query = select(table.c.worker).where(table.c.organisation == organisation)
    return (await session.execute(query.order_by(table.c.worker))).scalars().all()


async def feed_snapshot(
    session: AsyncSession, after: UUID | None, limit: int
) -> list[Event]:
    """Every list there ever was, by the organisation's id: who had one and emptied it
    is told too."""
    query = select(blocklist).order_by(blocklist.c.organisation).limit(limit)
    if after is not None:
        query = query.where(blocklist.c.organisation > after)
    events = []
    for row in (await session.execute(query)).all():
        workers = await blocked_by(session, row.organisation)
        events.append(
            Event(
                type=CHANGED,
                entity_id=str(row.organisation),
                entity_version=row.version,
                occurred_at=row.changed_at,
                data=published(row.organisation, row.version, workers),
            )
        )
    return events
