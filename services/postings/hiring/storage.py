"""Writing candidacies: every change of one raises its version and has its event."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.postings.hiring import state
from services.postings.hiring.lifecycle import Status
from services.postings.hiring.queries import Row
from services.postings.hiring.schemas import DeclineReason, EndReason
from services.postings.models import candidacy, outbox
from shared.outbox import record_events
from shared.values import new_id

Reason = DeclineReason | EndReason | None


async def insert_candidacy(session: AsyncSession, **values: Any) -> Row | None:
    """None if the worker is up for the posting already."""
    statement = (
        insert(candidacy)
        .values(
            **values,
            id=new_id(),
            version=1,
            status=Status.MADE.value,
            made_at=func.now(),
            updated_at=func.now(),
        )
        # of several at once one is made, whoever they are
        .on_conflict_do_nothing()
        .returning(candidacy)
    )
    row = (await session.execute(statement)).mappings().one_or_none()
    if row is None:
        return None
    made = dict(row)
    await record_events(session, outbox, [state.event(made)])
    return made


async def move_candidacies(
    session: AsyncSession, which: ColumnElement[bool], status: Status, reason: Reason
) -> list[Row]:
    """Bring those that `which` selects to `status`."""
    said = reason.value if reason else None
    return await change_candidacies(session, which, status=status.value, reason=said)


async def change_candidacies(
    session: AsyncSession, which: ColumnElement[bool], **values: Any
) -> list[Row]:
    statement = (
        update(candidacy)
        .where(which)
        .values(**values, version=candidacy.c.version + 1, updated_at=func.now())
        .returning(candidacy)
    )
    rows = [dict(row) for row in (await session.execute(statement)).mappings()]
    if rows:
        await record_events(session, outbox, [state.event(row) for row in rows])
    return rows
