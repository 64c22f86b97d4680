"""Every select of accounts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.models import account, login, membership


async def describe_account(session: AsyncSession, id: UUID) -> dict[str, Any] | None:
    """The account with its logins and memberships; None behind the caller's wall."""
    found = await session.execute(select(account).where(account.c.id == id))
    row = found.mappings().one_or_none()
    if row is None:
        return None
    logins = await session.execute(
        select(login.c.kind, login.c.verified_at)
        .where(login.c.account == id)
        .order_by(login.c.verified_at)
    )
    memberships = await session.execute(
        select(membership.c.organisation, membership.c.kind, membership.c.name)
        .where(membership.c.account == id, membership.c.state == "active")
        .order_by(membership.c.since)
    )
    return {
        **row,
        "logins": [dict(each) for each in logins.mappings()],
        "memberships": [dict(each) for each in memberships.mappings()],
    }
