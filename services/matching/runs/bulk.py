"""All open postings ranked anew, in the bulk lane: queued page by page, once each.

One row says how far the rerank has come. Whoever asks while it is under way goes on
with it, so that a command which was stopped, or sent twice, queues nothing twice; what
is queued already is worked off whether anybody waits for it or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Result, RowMapping, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.models import bulk_rerank, match_run, posting
from services.matching.runs.areas import area_of
from services.matching.runs.commands import Wanted, enqueue_new
from services.matching.runs.lanes import BULK
from shared.tracing import current_traceparent

REASON = "all postings ranked anew"


@dataclass(frozen=True, slots=True)
class Rerank:
    """`postings` were looked at, and `queued` of them; the others had a waiting run.
    `waiting` and `running` are what is left in the bulk lane."""

    began_at: datetime
    postings: int
    queued: int
    filled: bool
    waiting: int
    running: int

    @property
    def under_way(self) -> bool:
        return not self.filled or self.waiting + self.running > 0


async def find_rerank(session: AsyncSession) -> Rerank | None:
    """The rerank under way, or the last one; None before the first."""
    row = (await session.execute(select(bulk_rerank))).mappings().first()
    return None if row is None else await _stands(session, row)


async def count_open_postings(session: AsyncSession) -> int:
    query = select(func.count()).select_from(posting)
    open_ones = query.where(posting.c.status == "open", ~posting.c.removed)
    return int((await session.execute(open_ones)).scalar_one())


async def queue_more(session: AsyncSession, postings: int) -> Rerank:
    """Begin a rerank unless one is under way, and look at up to so many `postings`
    more; nothing once all have been."""
    await session.execute(
        insert(bulk_rerank).values(only_row=True).on_conflict_do_nothing()
    )
    held = await _locked(session)
    if not (await _stands(session, held)).under_way:
        await session.execute(
            update(bulk_rerank).values(
                began_at=func.clock_timestamp(),
                last_posting=None,
                postings=0,
                queued=0,
                filled=False,
            )
        )
        held = await _locked(session)
    if not held["filled"]:
        held = await _queue_page(session, held, postings)
    return await _stands(session, held)


async def _locked(session: AsyncSession) -> RowMapping:
    query = select(bulk_rerank).with_for_update()
    return (await session.execute(query)).mappings().one()


async def _queue_page(
    session: AsyncSession, held: RowMapping, postings: int
) -> RowMapping:
    query = (
        select(posting.c.id, posting.c.organisation, posting.c.doc)
        .where(posting.c.status == "open", ~posting.c.removed)
        .order_by(posting.c.id)
        .limit(postings)
    )
    if held["last_posting"] is not None:
        query = query.where(posting.c.id > held["last_posting"])
    page, cause = (await session.execute(query)).all(), current_traceparent()
    queued = await enqueue_new(
        session,
        [
            Wanted(
                row.id,
                row.organisation,
                BULK,
                REASON,
                area=area_of(row.doc),
                traceparent=cause,
            )
            for row in page
        ],
    )
    moved: Result[Any] = await session.execute(
        update(bulk_rerank)
        .values(
            last_posting=page[-1].id if page else held["last_posting"],
            postings=bulk_rerank.c.postings + len(page),
            queued=bulk_rerank.c.queued + queued,
            filled=len(page) < postings,
        )
        .returning(bulk_rerank)
    )
    return moved.mappings().one()


async def _stands(session: AsyncSession, row: RowMapping) -> Rerank:
    query = (
        select(match_run.c.state, func.count().label("runs"))
        .where(match_run.c.lane == BULK, match_run.c.state.in_(("queued", "running")))
        .group_by(match_run.c.state)
    )
    left = {row.state: row.runs for row in await session.execute(query)}
    return Rerank(
        began_at=row["began_at"],
        postings=row["postings"],
        queued=row["queued"],
        filled=row["filled"],
        waiting=left.get("queued", 0),
        running=left.get("running", 0),
    )
