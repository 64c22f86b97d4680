"""Every select of blocklists."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.postings.models import blocked_worker

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
