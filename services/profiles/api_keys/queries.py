"""Every select of API keys."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.models import api_key
from services.profiles.models import Row, organisation


async def keys_of(session: AsyncSession, tenant: UUID | None) -> list[Row]:
    """Of an organisation, or of operators for None; the newest first."""
    whose = api_key.c.organisation == tenant
    if tenant is None:
        whose = api_key.c.organisation.is_(None)
    query = (
        select(api_key).where(whose).order_by(api_key.c.created_at.desc()).limit(200)
    )
    return [dict(row) for row in (await session.execute(query)).mappings()]


async def is_registered(session: AsyncSession, tenant: UUID) -> bool:
    query = select(organisation.c.id).where(organisation.c.id == tenant)
    return (await session.execute(query)).one_or_none() is not None
