"""TOTP (RFC 6238): a second factor from an authenticator, and recovery codes.

Operators and auditors cannot sign in without one. A code counts once; a recovery code
stands in for one, and is gone then.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Any
from uuid import UUID

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.models import recovery_code, totp
from services.profiles.accounts.secrets import AccountSecrets

STEP_SECONDS = 30
DRIFT_STEPS = 1
RECOVERY_CODES = 10
RECOVERY_BYTES = 14
"""112 bits: enough that a plain hash keeps them, as it does tokens."""


async def begin_enrolment(
    session: AsyncSession, keys: AccountSecrets, account: UUID
) -> str:
    """A new secret, which counts once a code of it was given; any older one stays good
    until then."""
    secret = pyotp.random_base32()
    sealed = keys.totp.seal(secret.encode(), account)
    row = insert(totp).values(account=account, pending=sealed)
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["account"], set_={"pending": row.excluded.pending}
        )
    )
    return secret


async def confirm_enrolment(
    session: AsyncSession, keys: AccountSecrets, account: UUID, code: str
) -> bool:
    """Whether `code` is of the pending secret, which then replaces any other."""
    row = await _locked(session, account)
    if row is None or row["pending"] is None:
        return False
    step = _step_of(keys.totp.open(row["pending"], account).decode(), code, 0)
    if step is None:
        return False
    await session.execute(
        update(totp)
        .where(totp.c.account == account)
        .values(
            secret=row["pending"],
            pending=None,
            last_step=step,
            confirmed_at=func.now(),
        )
    )
    return True


async def new_recovery_codes(session: AsyncSession, account: UUID) -> list[str]:
    """Ten codes to keep on paper; any older ones are void."""
    codes = [secrets.token_hex(RECOVERY_BYTES) for _ in range(RECOVERY_CODES)]
    await session.execute(
        delete(recovery_code).where(recovery_code.c.account == account)
    )
    rows = [{"account": account, "hash": _recovery_hash(code)} for code in codes]
    await session.execute(recovery_code.insert(), rows)
    return codes


async def check_second_factor(
    session: AsyncSession, keys: AccountSecrets, account: UUID, code: str
) -> bool:
    """Whether it is a code of this moment that has not been used, or a recovery code.

    A first code confirms an enrolment that was begun with the account itself.
    """
    row = await _locked(session, account)
    if row is None:
        return False
    if row["secret"] is None:
        return await confirm_enrolment(session, keys, account, code)
    secret = keys.totp.open(row["secret"], account).decode()
    step = _step_of(secret, code, row["last_step"])
    if step is not None:
        await session.execute(
            update(totp).where(totp.c.account == account).values(last_step=step)
        )
        return True
    used = await session.execute(
        delete(recovery_code)
        .where(
            recovery_code.c.account == account,
            recovery_code.c.hash == _recovery_hash(code),
        )
        .returning(recovery_code.c.account)
    )
    return used.one_or_none() is not None


def provisioning_uri(secret: str, label: str) -> str:
    """What an authenticator reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=label, issuer_name="Rollcall")


def _step_of(secret: str, code: str, after: int) -> int | None:
    """The time step that `code` belongs to, if it is near and later than `after`."""
    generator = pyotp.TOTP(secret)
    present = int(time.time()) // STEP_SECONDS
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        expected = generator.generate_otp(step)
        if step > after and secrets.compare_digest(expected.encode(), code.encode()):
            return step
    return None


async def _locked(session: AsyncSession, account: UUID) -> dict[str, Any] | None:
    query = select(totp).where(totp.c.account == account).with_for_update()
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else dict(row)


def _recovery_hash(code: str) -> bytes:
    plain = code.replace("-", "").replace(" ", "").lower()
    return hashlib.sha256(plain.encode()).digest()
