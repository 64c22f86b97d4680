"""Finding runs: those that a filter names, and what became of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.models import match_run, match_run_event
from services.matching.runs.queries import HEAD
from services.matching.runs.verb_schemas import RunFilter

CLOCKS_DIFFER = timedelta(minutes=1)
"""How far the clocks of an API and of the database may be apart, at the most (`rollcall
doctor` says so much earlier)."""

COLUMNS = {
    "state": match_run.c.state,
    "lane": match_run.c.lane,
    "organisation": match_run.c.tenant,
    "posting": match_run.c.posting_id,
    "worker": match_run.c.worker,
    "because": match_run.c.because,
    "reason": match_run.c.reason,
    "origin": match_run.c.origin,
}
"""Fields of a filter that a column equals."""

Conditions = list[ColumnElement[bool]]


def conditions(wanted: RunFilter) -> Conditions:
    """What holds for each run that the filter names.

    Ids are made when a run is queued and begin with the time (UUIDv7), so that a span
    of time is also a span of the index on ids; the time itself decides.
    """
    found: Conditions = [
        column == value
        for name, column in COLUMNS.items()
        if (value := getattr(wanted, name)) is not None
    ]
    if wanted.queued_from is not None:
        found += [
            match_run.c.queued_at >= wanted.queued_from,
            match_run.c.id >= _first_id(wanted.queued_from - CLOCKS_DIFFER),
        ]
    if wanted.queued_until is not None:
        found += [
            match_run.c.queued_at < wanted.queued_until,
            match_run.c.id < _first_id(wanted.queued_until + CLOCKS_DIFFER),
        ]
    if wanted.error is not None:
        part = match_run.c.error.icontains(wanted.error, autoescape=True)
        found += [match_run.c.error.is_not(None), part]
    return found


def _first_id(moment: datetime) -> UUID:
    """No UUIDv7 of that moment or later is below it."""
    milliseconds = max(0, int(moment.timestamp() * 1_000))
    return UUID(int=milliseconds << 80)


async def page_of_runs(
    session: AsyncSession, wanted: RunFilter, before: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """At most `limit` runs with an id below `before`, the newest first."""
    query = select(*HEAD).where(*conditions(wanted))
    if before is not None:
        query = query.where(match_run.c.id < before)
    query = query.order_by(match_run.c.id.desc()).limit(limit)
    return (await session.execute(query)).mappings().all()


async def state_of(session: AsyncSession, run_id: UUID) -> str | None:
    query = select(match_run.c.state).where(match_run.c.id == run_id)
    return (await session.execute(query)).scalar_one_or_none()


async def waiting_run(session: AsyncSession, posting_id: UUID) -> UUID | None:
    """The run of the posting that waits, if any does."""
    query = select(match_run.c.id).where(
        match_run.c.posting_id == posting_id, match_run.c.state == "queued"
    )
    return (await session.execute(query)).scalar_one_or_none()


async def whole_run(session: AsyncSession, run_id: UUID) -> RowMapping | None:
    """A run as it is shown, with its traceback, inputs and trace context."""
    more = (match_run.c.traceback, match_run.c.inputs, match_run.c.traceparent)
    query = select(*HEAD, *more).where(match_run.c.id == run_id)
    return (await session.execute(query)).mappings().first()


TRANSITION = (
    match_run_event.c.run_id.label("run"),
    *(column for column in match_run_event.c if column.name not in ("id", "run_id")),
)


async def history_of(session: AsyncSession, run_id: UUID) -> Sequence[RowMapping]:
    """Every transition of a run, the first first."""
    event = match_run_event.c
    query = select(*TRANSITION).where(event.run_id == run_id).order_by(event.id)
    return (await session.execute(query)).mappings().all()


async def last_transitions(session: AsyncSession, limit: int) -> Sequence[RowMapping]:
    """Of all runs, the newest first."""
    query = select(*TRANSITION).order_by(match_run_event.c.id.desc()).limit(limit)
    return (await session.execute(query)).mappings().all()


async def count_runs(session: AsyncSession, where: Conditions) -> int:
    query = select(func.count()).select_from(match_run).where(*where)
    return int((await session.execute(query)).scalar_one())
