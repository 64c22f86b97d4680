"""The loop that sends what is due."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import structlog

from services.profiles.accounts.addresses import AddressKind
from services.profiles.accounts.keeping import account_secrets
from services.profiles.accounts.secrets import AccountSecrets
from services.profiles.delivery.outbox import Message, claim_due, forget_sent
from services.profiles.delivery.senders import Sender
from shared.database import Database

log = structlog.get_logger(__name__)

LOOK_EVERY = timedelta(seconds=0.5)
AT_ONCE = 20


class Sending:
    """The work of the loop; the keys are read once the database answers."""

    def __init__(
        self, database: Database, senders: Mapping[AddressKind, Sender]
    ) -> None:
        self._database = database
        self._senders = senders
        self._keys: AccountSecrets | None = None

    async def __call__(self) -> int:
        if self._keys is None:
            async with self._database.as_system() as session:
                self._keys = await account_secrets(session)
        return await send_due(self._database, self._keys, self._senders)


async def send_due(
    database: Database, keys: AccountSecrets, senders: Mapping[AddressKind, Sender]
) -> int:
    """Send what is due, all at once; how many were sent. A failure is tried again."""
    async with database.as_system() as session:
        messages = await claim_due(session, keys, AT_ONCE)
    sent = await asyncio.gather(*(_send(database, senders, each) for each in messages))
    return sum(sent)


async def _send(
    database: Database, senders: Mapping[AddressKind, Sender], message: Message
) -> bool:
    try:
        await senders[message.channel](message)
    except Exception as error:
        # the error's own words may quote the recipient
        log.warning("message not sent", id=str(message.id), error=type(error).__name__)
        return False
    async with database.as_system() as session:
        await forget_sent(session, message.id)
    return True
