"""Every select of signing in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, literal, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.models import (
    account,
    api_key,
    login,
    membership,
    password,
    refresh_token,
    revocation,
    sign_in,
    totp,
)
from services.profiles.models import Row, organisation
from shared.database import Database
from shared.revocations import KEPT, RevocationPage, Source

NEEDS_TOTP = frozenset({"operator", "auditor"})


@dataclass(frozen=True, slots=True)
class Known:
    """An account as signing in looks at it."""

    id: UUID
    kind: str
    state: str
    password_hash: str | None
    has_totp: bool

    @property
    def active(self) -> bool:
        return self.state == "active"

    @property
    def second_factor(self) -> bool:
        return self.has_totp or self.kind in NEEDS_TOTP


@dataclass(frozen=True, slots=True)
class Membership:
    """Where a member may act, as the role that the organisation's kind makes it."""

    organisation: UUID
    organisation_kind: str
    kind: str


def _known() -> Select[tuple[UUID, str, str, str | None, bool]]:
    return select(
        account.c.id,
        account.c.kind,
        account.c.state,
        password.c.hash.label("password_hash"),
        func.coalesce(totp.c.confirmed_at.is_not(None), literal(False)).label(
            "has_totp"
        ),
    ).select_from(
        account.outerjoin(password, password.c.account == account.c.id).outerjoin(
            totp, totp.c.account == account.c.id
        )
    )


async def find_by_login(session: AsyncSession, lookup: bytes) -> Known | None:
    query = _known().where(
        account.c.id
        == select(login.c.account).where(login.c.lookup == lookup).scalar_subquery()
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else Known(**row._mapping)


async def find_account(session: AsyncSession, id: UUID) -> Known | None:
    query = _known().where(account.c.id == id)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else Known(**row._mapping)


async def memberships_of(session: AsyncSession, member: UUID) -> list[Membership]:
    """Where `member` is active, in organisations that are, the longest first."""
    query = (
        select(membership.c.organisation, organisation.c.kind, membership.c.kind)
        .join(organisation, organisation.c.id == membership.c.organisation)
        .where(
            membership.c.account == member,
            membership.c.state == "active",
            organisation.c.active == true(),
        )
        .order_by(membership.c.since, membership.c.organisation)
    )
    return [Membership(*row) for row in (await session.execute(query)).all()]


async def find_refresh_token(session: AsyncSession, hash: bytes) -> UUID | None:
    """The sign-in that a refresh token belongs to, used or not."""
    query = select(refresh_token.c.sign_in).where(refresh_token.c.hash == hash)
    return (await session.execute(query)).scalar_one_or_none()


async def sign_ins_of(session: AsyncSession, owner: UUID) -> list[Row]:
    """Those that are not over, the newest first."""
    query = (
        select(sign_in)
        .where(
            sign_in.c.account == owner,
            sign_in.c.revoked_at.is_(None),
            sign_in.c.ends_at > func.now(),
        )
        .order_by(sign_in.c.started_at.desc())
        .limit(200)
    )
    return [dict(row) for row in (await session.execute(query)).mappings()]


async def begin_of(session: AsyncSession, id: UUID | None) -> datetime | None:
    """When a sign-in began; None where there is none."""
    query = select(sign_in.c.started_at).where(sign_in.c.id == id)
    return (await session.execute(query)).scalar_one_or_none()


async def find_key(session: AsyncSession, id: UUID) -> Row | None:
    """An API key with the kind of the organisation it works for."""
    query = (
        select(api_key, organisation.c.kind, organisation.c.active)
        .outerjoin(organisation, organisation.c.id == api_key.c.organisation)
        .where(api_key.c.id == id)
    )
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else dict(row)


async def revocations(session: AsyncSession) -> RevocationPage:
    """All that a token may still be presented for, and a name of this state of things.

    Whole each time: a revocation that commits late is never skipped.
    """
    query = (
        select(revocation.c.id, revocation.c.target)
        .where(revocation.c.revoked_at > func.clock_timestamp() - KEPT)
        .order_by(revocation.c.id)
    )
    rows: Sequence[tuple[int, UUID]] = [
        (row.id, row.target) for row in (await session.execute(query)).all()
    ]
    newest = rows[-1][0] if rows else 0
    return RevocationPage(
        revoked=[target for _, target in rows], next=f"{len(rows)}-{newest}"
    )


def own_revocations(database: Database) -> Source:
    """For the API of profiles itself, which need not ask over HTTP."""

    async def read() -> list[UUID]:
        async with database.as_system() as session:
            return (await revocations(session)).revoked

    return read
