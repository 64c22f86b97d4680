"""New accounts: a row, the address they sign in with, and perhaps a password."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.addresses import Address
from services.profiles.accounts.errors import AccountExists
from services.profiles.accounts.models import account, login, membership, password
from services.profiles.accounts.one_time_passwords import (
    begin_enrolment,
    new_recovery_codes,
    provisioning_uri,
)
from services.profiles.accounts.sealed import (
    addresses_of,
    sealed_address,
    sealed_name,
)
from services.profiles.accounts.secrets import AccountSecrets
from services.profiles.models import Row
from shared.values import new_id


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """Shown to its owner once; the first sign-in with a code of it confirms it."""

    secret: str
    uri: str
    recovery_codes: list[str]


async def create_account(
    session: AsyncSession,
    keys: AccountSecrets,
    kind: str,
    address: Address,
    hash: str | None,
) -> UUID:
    """An account whose owner has shown that the address is theirs.

    Raises AccountExists.
    """
    id = new_id()
    await session.execute(insert(account).values(id=id, kind=kind))
    await add_login(session, keys, id, address)
    if hash is not None:
        await set_password(session, id, hash)
    return id


async def add_login(
    session: AsyncSession, keys: AccountSecrets, owner: UUID, address: Address
) -> Row:
    """A way to sign in, of whoever has shown that the address is theirs.

    Raises AccountExists.
    """
    row = upsert(login).values(
        id=new_id(),
        kind=address.kind.value,
        lookup=keys.lookup(address),
        account=owner,
        sealed_address=await sealed_address(session, owner, address),
    )
    made = await session.execute(
        row.on_conflict_do_nothing(index_elements=["lookup"]).returning(login)
    )
    added = made.mappings().one_or_none()
    if added is None:
        raise AccountExists
    return dict(added)


async def keep_address(
    session: AsyncSession, keys: AccountSecrets, owner: UUID, address: Address
) -> None:
    """Seal the address of a login of which none can be opened: one from before they
    were kept, or from before its owner's key was destroyed."""
    lookup = keys.lookup(address)
    query = select(login.c.id).where(login.c.lookup == lookup, login.c.account == owner)
    id = (await session.execute(query)).scalar_one_or_none()
    if id is not None and id not in await addresses_of(session, owner):
        sealed = await sealed_address(session, owner, address)
        await session.execute(
            update(login).where(login.c.id == id).values(sealed_address=sealed)
        )


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
        organisation=organisation,
        account=member,
        kind=kind,
        sealed_name=await sealed_name(session, member, name),
    )
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["organisation", "account"],
            set_={
                "kind": row.excluded.kind,
                "sealed_name": row.excluded.sealed_name,
                "state": "active",
                "version": membership.c.version + 1,
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
