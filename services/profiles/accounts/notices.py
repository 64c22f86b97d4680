"""Telling people what happens to their accounts, at every address they sign in with."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.addresses import Address
from services.profiles.accounts.sealed import addresses_of
from services.profiles.accounts.secrets import AccountSecrets
from services.profiles.delivery.messages import Text
from services.profiles.delivery.outbox import queue
from shared.values import now

LASTS = timedelta(hours=1)


async def tell(
    session: AsyncSession,
    keys: AccountSecrets,
    account: UUID,
    text: Text,
    also: Collection[Address] = (),
) -> None:
    """Send `text` to all addresses of the account, and to those of `also` that are
    none of its any more; needs the system login."""
    known = (await addresses_of(session, account)).values()
    for address in dict.fromkeys((*known, *also)):
        await queue(session, keys, address, text, now() + LASTS)
