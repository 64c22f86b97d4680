"""Every select of work papers; what is sealed is opened here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.vault.sealing import Sealed, open_many
from services.profiles.work_papers.models import work_papers
from services.profiles.work_papers.published import NOTHING_SAID, said_of
from services.profiles.work_papers.schemas import WorkPapers
from shared.values import now

PURPOSE = "work papers"
"""The purpose for which they are sealed."""


class Recorded(NamedTuple):
    """Work papers, and when they were recorded; None is never."""

    papers: WorkPapers
    recorded_at: datetime | None


NOTHING_RECORDED = Recorded(WorkPapers(), None)


async def recorded_papers(
    session: AsyncSession, workers: Collection[UUID]
) -> dict[UUID, Recorded]:
    """Of those who have recorded any, and whom the caller may see."""
    query = select(work_papers).where(work_papers.c.worker.in_(workers))
    rows = (await session.execute(query)).all()
    if not rows:
        return {}
    sealed = [Sealed(row.worker, row.sealed) for row in rows]
    opened = await open_many(session, PURPOSE, sealed)
    return {
        row.worker: Recorded(
            WorkPapers.model_validate_json(opened[row.worker]), row.recorded_at
        )
        for row in rows
        if row.worker in opened
    }


async def papers_of(session: AsyncSession, worker_id: UUID) -> Recorded:
    found = await recorded_papers(session, [worker_id])
    return found.get(worker_id, NOTHING_RECORDED)


async def said_of_workers(
    session: AsyncSession, workers: Collection[UUID]
) -> Mapping[UUID, dict[str, Any]]:
    """Worker → what the feed says now of their papers, for all that are asked."""
    today = now().date()
    recorded = await recorded_papers(session, workers)
    said = {worker: said_of(one.papers, today) for worker, one in recorded.items()}
    return dict.fromkeys(workers, NOTHING_SAID) | said
