"""Every select of accounts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.models import account, login, membership
from services.profiles.models import Row


async def describe_account(session: AsyncSession, id: UUID) -> dict[str, Any] | None:
    """The account with its logins and memberships, whose names are still sealed; None
    behind the caller's wall."""
    found = await session.execute(select(account).where(account.c.id == id))
    row = found.mappings().one_or_none()
    if row is None:
        return None
    logins = await session.execute(
        select(login.c.id, login.c.kind, login.c.verified_at)
        .where(login.c.account == id)
        .order_by(login.c.verified_at)
    )
    memberships = await session.execute(
        select(
            membership.c.organisation,
            membership.c.account,
            membership.c.kind,
            membership.c.sealed_name,
        )
        .where(membership.c.account == id, membership.c.state == "active")
        .order_by(membership.c.since)
    )
    return {
        **row,
        "logins": [dict(each) for each in logins.mappings()],
        "memberships": [dict(each) for each in memberships.mappings()],
    }


async def find_login(session: AsyncSession, id: UUID) -> Row | None:
    """The login, unless it is behind the caller's wall."""
    found = await session.execute(select(login).where(login.c.id == id))
    row = found.mappings().one_or_none()
    return None if row is None else dict(row)


async def locked_logins(session: AsyncSession, owner: UUID) -> list[Row]:
    """Of an account, held until the commit: two cannot both be removed at once."""
    query = (
        select(login)
        .where(login.c.account == owner)
        .order_by(login.c.id)
        .with_for_update()
    )
    return [dict(row) for row in (await session.execute(query)).mappings()]
