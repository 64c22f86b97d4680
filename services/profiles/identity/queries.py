"""Every select about who is who."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.models import Row, suspected_duplicate, worker


async def lock_workers(session: AsyncSession, ids: set[UUID]) -> dict[UUID, Row]:
    """By id, removed ones included, locked in the order of ids."""
    query = select(worker).where(worker.c.id.in_(ids)).order_by(worker.c.id)
    rows = await session.execute(query.with_for_update())
    return {row["id"]: dict(row) for row in rows.mappings()}


async def page_of_suspicions(
    session: AsyncSession,
    status: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Row]:
    """Up to `limit` rows, the oldest first."""
    table = suspected_duplicate
    query = select(table).order_by(table.c.found_at, table.c.id).limit(limit)
    if status is not None:
        query = query.where(table.c.status == status)
    if after is not None:
        query = query.where(tuple_(table.c.found_at, table.c.id) > after)
    return [dict(row) for row in (await session.execute(query)).mappings()]


async def knows_suspicion(session: AsyncSession, id: UUID) -> bool:
    query = select(suspected_duplicate.c.id).where(suspected_duplicate.c.id == id)
    return (await session.execute(query)).first() is not None
