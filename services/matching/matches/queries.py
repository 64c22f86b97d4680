"""Reading what lists are made of beside the index: postings, and runs noted upon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.models import match_run, posting, worker


async def posting_documents(
    session: AsyncSession, ids: Sequence[UUID]
) -> dict[UUID, Mapping[str, Any]]:
    query = select(posting.c.id, posting.c.doc).where(
        posting.c.id.in_(ids), ~posting.c.removed
    )
    return {row.id: row.doc for row in await session.execute(query)}


async def worker_document(
    session: AsyncSession, worker_id: UUID
) -> Mapping[str, Any] | None:
    """A worker as they said it, which the index holds more coarsely."""
    query = select(worker.c.doc).where(worker.c.id == worker_id, ~worker.c.removed)
    return (await session.execute(query)).scalar_one_or_none()


async def listed_in_run(session: AsyncSession, run_id: UUID) -> RowMapping | None:
    """Whom a run lists, ranked or to ask."""
    query = select(
        match_run.c.posting_id,
        match_run.c.tenant,
        match_run.c.state,
        match_run.c.matches,
        match_run.c.possible,
    ).where(match_run.c.id == run_id)
    return (await session.execute(query)).mappings().first()
