"""Every select of organisations."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.models import Row, organisation
from services.profiles.organisations.sealed import opened_rows


@dataclass(frozen=True, slots=True)
class OrganisationFilter:
    """What a list of organisations is narrowed by; None leaves a field free.

    `isic` takes every code below it: "52" also 5210.
    """

    kind: str | None = None
    country: str | None = None
    isic: str | None = None
    active: bool | None = None


async def find_organisation(
    session: AsyncSession, organisation_id: UUID, lock: bool = False
) -> Row | None:
    """The organisation, unless it is behind the caller's wall."""
    query = select(organisation).where(organisation.c.id == organisation_id)
    if lock:
        query = query.with_for_update()
    row = (await session.execute(query)).mappings().one_or_none()
    if row is None:
        return None
    [opened] = await opened_rows(session, [dict(row)])
    return opened


async def page_of_organisations(
    session: AsyncSession, wanted: OrganisationFilter, after: UUID | None, limit: int
) -> list[Row]:
    """Up to `limit` rows by id, with what is sealed still closed."""
    query = select(organisation).order_by(organisation.c.id).limit(limit)
    if after is not None:
        query = query.where(organisation.c.id > after)
    if wanted.kind is not None:
        query = query.where(organisation.c.kind == wanted.kind)
    if wanted.country is not None:
        query = query.where(organisation.c.country == wanted.country)
    if wanted.isic is not None:
        query = query.where(organisation.c.isic.startswith(wanted.isic))
    if wanted.active is not None:
        query = query.where(organisation.c.active == wanted.active)
    return [dict(row) for row in (await session.execute(query)).mappings()]
