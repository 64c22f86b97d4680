"""New accounts: a row, the address they sign in with, and perhaps a password."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.errors import AccountExists
from services.profiles.accounts.models import account, login, membership, password
from services.profiles.accounts.one_time_passwords import (
    begin_enrolment,
    new_recovery_codes,
    provisioning_uri,
)
from services.profiles.accounts.secrets import AccountSecrets
from shared.values import new_id


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """Shown to its owner once; the first sign-in with a code of it confirms it."""

    secret: str
    uri: str
    recovery_codes: list[str]


async def create_account(
    session: AsyncSession, kind: str, login_kind: str, lookup: bytes, hash: str | None
) -> UUID:
    """An account whose owner has shown that the address is theirs.

    Raises AccountExists.
    """
    id = new_id()
    await session.execute(insert(account).values(id=id, kind=kind))
    row = upsert(login).values(kind=login_kind, lookup=lookup, account=id)
    taken = await session.execute(
        row.on_conflict_do_nothing(index_elements=["lookup"]).returning(login.c.account)
    )
    if taken.one_or_none() is None:
        raise AccountExists
    if hash is not None:
        await set_password(session, id, hash)
    return id


async def set_password(session: AsyncSession, owner: UUID, hash: str) -> None:
    row = upsert(password).values(account=owner, hash=hash)
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["account"],
            set_={"hash": row.excluded.hash, "changed_at": func.now()},
        )
    )


async def make_member(
    session: AsyncSession, member: UUID, organisation: UUID, kind: str, name: str
) -> None:
    """A membership, new or taken up again."""
    row = upsert(membership).values(
        organisation=organisation, account=member, kind=kind, name=name
    )
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["organisation", "account"],
            set_={
                "kind": row.excluded.kind,
                "name": row.excluded.name,
                "state": "active",
                "since": func.now(),
            },
        )
    )


async def give_second_factor(
    session: AsyncSession, keys: AccountSecrets, owner: UUID, label: str
) -> SecondFactor:
    """For whoever cannot sign in without one."""
    secret = await begin_enrolment(session, keys, owner)
    codes = await new_recovery_codes(session, owner)
    return SecondFactor(secret, provisioning_uri(secret, label), codes)
