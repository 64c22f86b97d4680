"""One-time codes: 6 digits, 10 minutes, at most 5 attempts, one use.

Whoever asks for a code gets a challenge, and the code counts with that challenge alone:
a code that somebody else asked for is worth nothing in one's own form.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.addresses import Address
from services.profiles.accounts.models import one_time_code
from services.profiles.accounts.secrets import AccountSecrets
from shared.values import new_id, now

DIGITS = 6
LIFETIME = timedelta(minutes=10)
MOST_ATTEMPTS = 5
MOST_MESSAGES = 5
MESSAGES_WITHIN = timedelta(minutes=15)


class Purpose(StrEnum):
    VERIFY = "verify"
    SIGN_IN = "sign-in"
    RESET = "reset"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class Challenge:
    """A code that was made; `sendable` is false once an address got too many."""

    id: UUID
    code: str
    expires_at: datetime
    sendable: bool


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A challenge whose code was right, used up now."""

    id: UUID
    login_kind: str
    lookup: bytes
    account: UUID | None
    detail: bytes | None


# one attempt more, whatever comes of it: parallel ones wait here for each other
ATTEMPT = text(
    """
    UPDATE profiles.one_time_code
    SET attempts = attempts + 1,
        used_at = CASE WHEN hash = :hash THEN now() END
    WHERE id = :id AND purpose = :purpose AND used_at IS NULL
        AND attempts < :most AND expires_at > now()
    RETURNING id, login_kind, lookup, account, detail, used_at
    """
)


async def new_challenge(
    session: AsyncSession,
    keys: AccountSecrets,
    purpose: Purpose,
    address: Address,
    *,
    account: UUID | None = None,
    detail: bytes | None = None,
    redeemable: bool = True,
) -> Challenge:
    """Make a code for whoever reads what is sent to `address`.

    One that is not redeemable looks the same to whoever asked.
    """
    id, lookup = new_id(), keys.lookup(address)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    expires_at = now() + LIFETIME
    recent = select(func.count()).where(
        one_time_code.c.lookup == lookup,
        one_time_code.c.created_at > now() - MESSAGES_WITHIN,
    )
    sent = (await session.execute(recent)).scalar_one()
    values: dict[str, Any] = {
        "id": id,
        "purpose": purpose.value,
        "hash": keys.code(id, code) if redeemable else secrets.token_bytes(32),
        "login_kind": address.kind.value,
        "lookup": lookup,
        "account": account,
        "detail": None if detail is None else keys.details.seal(detail, id),
        "expires_at": expires_at,
    }
    await session.execute(insert(one_time_code).values(**values))
    return Challenge(id, code, expires_at, sent < MOST_MESSAGES)


async def redeem(
    session: AsyncSession,
    keys: AccountSecrets,
    purpose: Purpose,
    challenge: UUID,
    code: str,
) -> Redeemed | None:
    """None for anything but the right code in time. Commit whatever comes of it: the
    attempt counts."""
    values = {
        "id": challenge,
        "purpose": purpose.value,
        "hash": keys.code(challenge, code),
        "most": MOST_ATTEMPTS,
    }
    row = (await session.execute(ATTEMPT, values)).one_or_none()
    if row is None or row.used_at is None:
        return None
    detail = None if row.detail is None else keys.details.open(row.detail, row.id)
    return Redeemed(row.id, row.login_kind, row.lookup, row.account, detail)


async def give_back(session: AsyncSession, challenge: UUID) -> None:
    """The code was right and something else is missing: it may be sent again."""
    await session.execute(
        update(one_time_code)
        .where(one_time_code.c.id == challenge)
        .values(used_at=None, attempts=one_time_code.c.attempts - 1)
    )


async def lookup_of(session: AsyncSession, challenge: UUID) -> bytes | None:
    query = select(one_time_code.c.lookup).where(one_time_code.c.id == challenge)
    return (await session.execute(query)).scalar_one_or_none()


async def forget_old_codes(session: AsyncSession) -> None:
    """Kept a while after they expired, to count what an address was sent."""
    gone = one_time_code.delete().where(
        one_time_code.c.expires_at < now() - MESSAGES_WITHIN
    )
    await session.execute(gone)
