"""Every select of consents."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.models import account, acting_consent, login
from services.profiles.models import Row, worker


async def find_usable_consent(session: AsyncSession, id: UUID) -> Row | None:
    """A consent that holds now, of an account that is open; held until the commit, so
    that a withdrawal sees what was issued on it."""
    query = (
        select(acting_consent)
        .join(account, account.c.id == acting_consent.c.worker)
        .where(
            acting_consent.c.id == id,
            acting_consent.c.confirmed_at.is_not(None),
            acting_consent.c.withdrawn_at.is_(None),
            acting_consent.c.until > func.clock_timestamp(),
            account.c.state == "active",
        )
        .with_for_update(of=acting_consent)
    )
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else dict(row)


async def find_consent(
    session: AsyncSession, id: UUID, lock: bool = False
) -> Row | None:
    """The row, unless it is behind the caller's wall."""
    query = select(acting_consent).where(acting_consent.c.id == id)
    if lock:
        query = query.with_for_update()
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else dict(row)


async def page_of_consents(
    session: AsyncSession, after: UUID | None, limit: int
) -> list[Row]:
    """What the caller gave, or recorded; operators see all."""
    query = select(acting_consent).order_by(acting_consent.c.id).limit(limit)
    if after is not None:
        query = query.where(acting_consent.c.id > after)
    return [dict(row) for row in (await session.execute(query)).mappings()]


async def worker_by_login(session: AsyncSession, lookup: bytes) -> UUID | None:
    """The worker who signs in with an address."""
    query = (
        select(account.c.id)
        .join(login, login.c.account == account.c.id)
        .where(login.c.lookup == lookup, account.c.kind == "worker")
    )
    return (await session.execute(query)).scalar_one_or_none()


async def account_kind(session: AsyncSession, id: UUID) -> str | None:
    query = select(account.c.kind).where(account.c.id == id)
    return (await session.execute(query)).scalar_one_or_none()


async def is_registered_worker(session: AsyncSession, id: UUID) -> bool:
    query = select(worker.c.id).where(worker.c.id == id, worker.c.removed_at.is_(None))
    return (await session.execute(query)).one_or_none() is not None
