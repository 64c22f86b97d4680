"""What is kept of an account's own words: sealed with the key of whoever has it.

A login's address is there to tell its owner what happens to the account; it is found by
its keyed hash alone. A member's name is what their organisation calls them.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.addresses import Address, AddressKind
from services.profiles.accounts.models import login
from services.profiles.models import Row
from services.profiles.vault.envelope import CannotOpen, open_with
from services.profiles.vault.sealing import keys_of, seal

LOGIN_ADDRESS = "login address"
MEMBER_NAME = "member name"


async def sealed_address(
    session: AsyncSession, account: UUID, address: Address
) -> bytes:
    content = orjson.dumps(address.normal)
    return await seal(session, account, LOGIN_ADDRESS, content)


async def addresses_of(session: AsyncSession, account: UUID) -> dict[UUID, Address]:
    """Login → address, of those that can be opened; needs the system login."""
    query = select(login.c.id, login.c.kind, login.c.sealed_address).where(
        login.c.account == account, login.c.sealed_address.is_not(None)
    )
    key = (await keys_of(session, {account})).get(account)
    if key is None:
        return {}
    found = {}
    for id, kind, sealed in await session.execute(query):
        # with a key that was destroyed, and another made since, it does not open
        with suppress(CannotOpen):
            content = open_with(key, account, LOGIN_ADDRESS, sealed)
            found[id] = Address(AddressKind(kind), orjson.loads(content))
    return found


async def sealed_name(session: AsyncSession, account: UUID, name: str) -> bytes:
    return await seal(session, account, MEMBER_NAME, orjson.dumps(name))


async def with_names(session: AsyncSession, rows: Sequence[Row]) -> list[Row]:
    """Memberships with their `name`, None where its key is destroyed; needs the system
    login."""
    keys = await keys_of(session, {row["account"] for row in rows})
    return [_named(row, keys.get(row["account"])) for row in rows]


def _named(row: Row, key: AESGCM | None) -> Row:
    name, sealed = None, row["sealed_name"]
    if key is not None and sealed is not None:
        name = orjson.loads(open_with(key, row["account"], MEMBER_NAME, sealed))
    open_values = {name: value for name, value in row.items() if name != "sealed_name"}
    return open_values | {"name": name}
