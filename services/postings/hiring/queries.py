"""Every select of candidacies, and of who may put whom forward."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Table,
    Uuid,
    cast,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession

from services.postings.hiring.lifecycle import LIVE, Noun, Side
from services.postings.hiring.schemas import CandidacyFilters
from services.postings.models import (
    candidacy,
    mandate,
    representation,
)
from shared.identity import Caller, Role
from shared.paging import cut_page, decode_cursor

Row = dict[str, Any]
Pair = tuple[UUID, UUID]

RECENT = timedelta(days=90)
"""How long the snapshot tells of what is over: longer than anybody may know a contact
by it."""


class WhyNot(StrEnum):
    GONE = "gone"
    BLOCKED_BY_WORKER = "blocked_by_worker"
    BLOCKED_BY_ORGANISATION = "blocked_by_organisation"


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


async def page_of_published(
    session: AsyncSession, after: UUID | None, limit: int
) -> Sequence[Row]:
    """Candidacies that are not over, or not for long, by id."""
    recent = candidacy.c.updated_at > func.now() - RECENT
    living = candidacy.c.status.in_(sorted(LIVE))
    query = select(candidacy).where(or_(living, recent))
    if after is not None:
        query = query.where(candidacy.c.id > after)
    rows = await session.execute(query.order_by(candidacy.c.id).limit(limit))
    return [dict(row) for row in rows.mappings()]


# Whoever uses one of these shares it until the commit; who takes it away is alone. They
# are taken in this order, workers by id, so that nobody waits in a circle.


async def hold_posting(
    session: AsyncSession, posting_id: UUID, *, alone: bool = False
) -> None:
    """That the posting is open."""
    await _hold(session, f"posting {posting_id}", alone)


async def hold_mandate(
    session: AsyncSession, agency: UUID, client: UUID, *, alone: bool = False
) -> None:
    """That the agency has a mandate of the client."""
    await _hold(session, f"mandate {client} {agency}", alone)


async def hold_worker(
    session: AsyncSession, worker: UUID, *, alone: bool = False
) -> None:
    """That the worker is there, and that somebody may represent them."""
    await _hold(session, f"candidate {worker}", alone)


async def _hold(session: AsyncSession, what: str, alone: bool) -> None:
    key = func.hashtextextended(f"postings {what}", 0)
    lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
    await session.execute(select(lock(key)))


async def why_not_up(
    session: AsyncSession, worker: UUID, organisation: UUID, agency: UUID | None
) -> WhyNot | None:
    """What forbids that the worker is up for something of the organisation."""
    answer = func.postings.why_not_up(
        *(cast(value, Uuid) for value in (worker, organisation, agency))
    )
    said = (await session.execute(select(answer))).scalar_one()
    return None if said is None else WhyNot(said)


def in_force(table: Table) -> ColumnElement[bool]:
    """Mandates, or rights to represent, that hold now."""
    holds = ~table.c.ended & or_(
        table.c.ends_at.is_(None), table.c.ends_at > func.now()
    )
    return holds & (table.c.starts_at <= func.now()) if table is mandate else holds


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
            in_force(table),
        )
        .order_by(table.c.client.nulls_last())
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def has_mandate(session: AsyncSession, agency: UUID, client: UUID) -> bool:
    """Whether `agency` has a mandate of `client` in force, for whatever purpose."""
    table = mandate
    query = select(table.c.id).where(
        table.c.agency == agency, table.c.client == client, in_force(table)
    )
    return (await session.execute(query.limit(1))).first() is not None


def _called(noun: Noun) -> ColumnElement[bool]:
    is_application = candidacy.c.agency.is_(None)
    return is_application if noun is Noun.APPLICATION else ~is_application
