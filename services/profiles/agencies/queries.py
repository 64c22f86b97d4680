"""Every select of mandates and representations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Table, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.models import Row, mandate, organisation, representation


def of_organisation(organisation_id: UUID) -> ColumnElement[bool]:
    """Mandates that an organisation has given or was given."""
    return or_(mandate.c.client == organisation_id, mandate.c.agency == organisation_id)


def of_agency(agency: UUID) -> ColumnElement[bool]:
    """Rights to represent that workers have given an agency."""
    return representation.c.agency == agency


def of_worker(worker_id: UUID) -> ColumnElement[bool]:
    """Rights to represent that a worker has given."""
    return representation.c.worker == worker_id


async def find(
    session: AsyncSession,
    table: Table,
    id: UUID,
    whose: ColumnElement[bool],
    lock: bool = False,
) -> Row | None:
    """One row of mandates or representations, unless behind the caller's wall.

    Locked, it is there only for who may end it, and only while it has not ended.
    """
    query = select(table).where(table.c.id == id, whose)
    if lock:
        query = query.where(table.c.ended_at.is_(None)).with_for_update()
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else dict(row)


async def page(
    session: AsyncSession,
    table: Table,
    whose: ColumnElement[bool],
    after: UUID | None,
    limit: int,
) -> list[Row]:
    """Up to `limit` rows, ended ones too, by id."""
    query = select(table).where(whose).order_by(table.c.id).limit(limit)
    if after is not None:
        query = query.where(table.c.id > after)
    return [dict(row) for row in (await session.execute(query)).mappings()]


async def lock_running_out(
    session: AsyncSession, table: Table, whose: ColumnElement[bool]
) -> Sequence[Row]:
    """Rows whose last day has passed and that nobody has ended."""
    query = select(table).where(
        whose, table.c.ended_at.is_(None), table.c.ends_at <= func.now()
    )
    rows = await session.execute(query.with_for_update())
    return [dict(row) for row in rows.mappings()]


async def has_standing(
    session: AsyncSession, worker_id: UUID, agency: UUID, client: UUID | None
) -> bool:
    """Whether the worker has given the agency the same right, and not ended it."""
    table = representation
    query = select(table.c.id).where(
        table.c.worker == worker_id,
        table.c.agency == agency,
        table.c.client.is_not_distinct_from(client),
        table.c.ended_at.is_(None),
    )
    return (await session.execute(query)).first() is not None


async def is_represented(session: AsyncSession, worker_id: UUID, agency: UUID) -> bool:
    """Whether `agency` may represent the worker, to anybody."""
    table = representation
    query = select(table.c.id).where(
        table.c.worker == worker_id,
        table.c.agency == agency,
        _in_force(table, func.now()),
    )
    return (await session.execute(query.limit(1))).first() is not None


async def find_usable_mandate(
    session: AsyncSession, id: UUID, agency: UUID
) -> Row | None:
    """A mandate of the agency that is in force between two active organisations, with
    the client's kind; held until the commit, so that its end sees what was issued."""
    client, own = organisation.alias(), organisation.alias()
    query = (
        select(mandate, client.c.kind)
        .join(client, client.c.id == mandate.c.client)
        .join(own, own.c.id == mandate.c.agency)
        .where(
            mandate.c.id == id,
            mandate.c.agency == agency,
            mandate.c.starts_at <= func.clock_timestamp(),
            _in_force(mandate, func.clock_timestamp()),
            client.c.active,
            own.c.active,
        )
        .with_for_update(of=mandate)
    )
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else dict(row)


async def lock_standing(session: AsyncSession, worker_id: UUID) -> Sequence[Row]:
    """What represents a worker now, in the order of ids."""
    table = representation
    query = select(table).where(table.c.worker == worker_id, table.c.ended_at.is_(None))
    rows = await session.execute(query.order_by(table.c.id).with_for_update())
    return [dict(row) for row in rows.mappings()]


def _in_force(table: Table, moment: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Neither ended by somebody nor run out."""
    return table.c.ended_at.is_(None) & or_(
        table.c.ends_at.is_(None), table.c.ends_at > moment
    )
