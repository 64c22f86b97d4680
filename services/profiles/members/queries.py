"""Every select of members and invitations."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.models import invitation, membership
from services.profiles.models import Row, organisation


async def members_of(session: AsyncSession, tenant: UUID) -> list[Row]:
    query = (
        select(membership)
        .where(membership.c.organisation == tenant, membership.c.state == "active")
        .order_by(membership.c.since, membership.c.account)
    )
    return [dict(row) for row in (await session.execute(query)).mappings()]


async def locked_members(session: AsyncSession, tenant: UUID) -> Sequence[Row]:
    """As members_of, held until the commit: two owners cannot both leave at once."""
    query = (
        select(membership)
        .where(membership.c.organisation == tenant, membership.c.state == "active")
        .order_by(membership.c.account)
        .with_for_update()
    )
    return [dict(row) for row in (await session.execute(query)).mappings()]


async def open_invitations(session: AsyncSession, tenant: UUID | None) -> list[Row]:
    """Of an organisation, or of the installation's own staff for None."""
    whose = invitation.c.organisation == tenant
    if tenant is None:
        whose = invitation.c.organisation.is_(None)
    query = (
        select(invitation)
        .where(whose, *_still_open())
        .order_by(invitation.c.invited_at.desc())
        .limit(200)
    )
    return [dict(row) for row in (await session.execute(query)).mappings()]


async def find_invitation(session: AsyncSession, token_hash: bytes) -> Row | None:
    """The open invitation with this word."""
    query = select(invitation).where(
        invitation.c.token_hash == token_hash, *_still_open()
    )
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else dict(row)


async def organisation_name(session: AsyncSession, id: UUID) -> str | None:
    query = select(organisation.c.name).where(organisation.c.id == id)
    return (await session.execute(query)).scalar_one_or_none()


def _still_open() -> tuple[ColumnElement[bool], ...]:
    return (
        invitation.c.accepted_at.is_(None),
        invitation.c.revoked_at.is_(None),
        invitation.c.expires_at > func.now(),
    )
