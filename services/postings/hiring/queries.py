"""Every select of candidacies, and of who may put whom forward."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from services.postings.hiring.lifecycle import LIVE, Noun, Side
from services.postings.hiring.schemas import CandidacyFilters
from services.postings.models import candidacy, mandate, representation
from shared.identity import Caller, Role
from shared.paging import cut_page, decode_cursor

Row = dict[str, Any]


def on_side(caller: Caller, side: Side | None = None) -> ColumnElement[bool]:
    """Candidacies that are the caller's own, on one side of them or on any."""
    if caller.sees_all:
        return true()
    candidate = candidacy.c.agency == caller.tenant if caller.tenant else false()
    if caller.role is Role.WORKER:
        candidate = candidacy.c.worker == caller.subject
    hiring = candidacy.c.organisation == caller.tenant if caller.tenant else false()
    if side is Side.CANDIDATE:
        return candidate
    return hiring if side is Side.ORGANISATION else or_(candidate, hiring)


async def find_candidacy(
    session: AsyncSession,
    noun: Noun,
    id: UUID,
    whose: ColumnElement[bool],
    lock: bool = False,
) -> Row | None:
    query = select(candidacy).where(candidacy.c.id == id, _called(noun), whose)
    if lock:
        query = query.with_for_update()
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else dict(row)


async def page_of_candidacies(
    session: AsyncSession,
    noun: Noun,
    whose: ColumnElement[bool],
    filters: CandidacyFilters,
) -> tuple[Sequence[Row], str | None]:
    """The newest first, and the cursor of the next page."""
    query = select(candidacy).where(_called(noun), whose)
    if filters.posting is not None:
        query = query.where(candidacy.c.posting_id == filters.posting)
    if filters.status:
        wanted = [status.value for status in filters.status]
        query = query.where(candidacy.c.status.in_(wanted))
    after = decode_cursor(filters.cursor, UUID)
    if after is not None:
        query = query.where(candidacy.c.id < after[0])
    query = query.order_by(candidacy.c.id.desc()).limit(filters.limit + 1)
    rows = [dict(row) for row in (await session.execute(query)).mappings()]
    return cut_page(rows, filters.limit, lambda row: (row["id"],))


async def page_of_living(
    session: AsyncSession, after: UUID | None, limit: int
) -> Sequence[Row]:
    """Candidacies that are not over, by id."""
    living = candidacy.c.status.in_(sorted(LIVE))
    query = select(candidacy).where(living).order_by(candidacy.c.id).limit(limit)
    if after is not None:
        query = query.where(candidacy.c.id > after)
    return [dict(row) for row in (await session.execute(query)).mappings()]


async def hold_worker(
    session: AsyncSession, worker: UUID, *, alone: bool = False
) -> None:
    """Until the commit nobody takes away the right to represent this worker; `alone`,
    nobody uses it meanwhile."""
    key = func.hashtextextended(f"postings candidate {worker}", 0)
    lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
    await session.execute(select(lock(key)))


async def right_to_represent(
    session: AsyncSession, agency: UUID, worker: UUID, client: UUID
) -> UUID | None:
    """The representation in force by which `agency` may put `worker` forward."""
    table = representation
    query = (
        select(table.c.id)
        .where(
            table.c.agency == agency,
            table.c.worker == worker,
            or_(table.c.client.is_(None), table.c.client == client),
            or_(table.c.ends_at.is_(None), table.c.ends_at > func.now()),
            ~table.c.ended,
        )
        .order_by(table.c.client.nulls_last())
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def has_mandate(session: AsyncSession, agency: UUID, client: UUID) -> bool:
    """Whether `agency` has a mandate of `client` in force, for whatever purpose."""
    table = mandate
    query = select(table.c.id).where(
        table.c.agency == agency,
        table.c.client == client,
        table.c.starts_at <= func.now(),
        or_(table.c.ends_at.is_(None), table.c.ends_at > func.now()),
        ~table.c.ended,
    )
    return (await session.execute(query.limit(1))).first() is not None


def _called(noun: Noun) -> ColumnElement[bool]:
    is_application = candidacy.c.agency.is_(None)
    return is_application if noun is Noun.APPLICATION else ~is_application
