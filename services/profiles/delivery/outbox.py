"""The outbox of messages: queued in the transaction that causes them, sealed.

A row holds recipient and text sealed under a key outside the database and is deleted
once sent or too late, so nothing of a message stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import delete, func, insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.addresses import Address, AddressKind
from services.profiles.accounts.models import delivery
from services.profiles.accounts.secrets import AccountSecrets
from services.profiles.delivery.messages import Text
from shared.values import new_id, now


@dataclass(frozen=True, slots=True)
class Message:
    """A message about to be sent."""

    id: UUID
    channel: AddressKind
    to: str
    text: Text


async def queue(
    session: AsyncSession,
    keys: AccountSecrets,
    to: Address,
    message: Text,
    expires_at: datetime,
    *,
    sendable: bool = True,
) -> None:
    """Have it sent soon; after `expires_at` it is dropped.

    What is not sendable is queued all the same and dropped at once: whoever measures
    learns nothing.
    """
    id = new_id()
    content = orjson.dumps(
        {"to": to.normal, "subject": message.subject, "body": message.body}
    )
    await session.execute(
        insert(delivery)
        .inline()  # nothing is read back: the app login may not
        .values(
            id=id,
            channel=to.kind.value,
            sealed=keys.deliveries.seal(content, id),
            expires_at=expires_at if sendable else now(),
        )
    )


# Whoever claims a message has until its next time to send it: several processes never
# send the same one, unless one of them dies in between.
CLAIM = text(
    """
    UPDATE profiles.delivery SET attempts = attempts + 1,
        next_at = now() + make_interval(secs => least(30 * power(2, attempts), 600))
    WHERE id IN (
        SELECT id FROM profiles.delivery WHERE next_at <= now()
        ORDER BY next_at LIMIT :limit FOR UPDATE SKIP LOCKED)
    RETURNING id, channel, sealed
    """
)


async def claim_due(
    session: AsyncSession, keys: AccountSecrets, limit: int
) -> Sequence[Message]:
    """Drop what is too late and take what is due; its next attempt is 30 s later, then
    a minute, two … 10 at most."""
    await session.execute(delete(delivery).where(delivery.c.expires_at <= func.now()))
    rows = (await session.execute(CLAIM, {"limit": limit})).all()
    return [_opened(keys, row.id, row.channel, row.sealed) for row in rows]


async def forget_sent(session: AsyncSession, id: UUID) -> None:
    await session.execute(delete(delivery).where(delivery.c.id == id))


def _opened(keys: AccountSecrets, id: UUID, channel: str, sealed: bytes) -> Message:
    content = orjson.loads(keys.deliveries.open(sealed, id))
    text = Text(content["subject"], content["body"])
    return Message(id, AddressKind(channel), content["to"], text)
