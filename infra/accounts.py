"""The first account of an installation, made on its own machine.

Everybody else of the staff is invited by an operator over HTTP; before there is one,
whoever holds the installation's secret and database may make one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

from services.profiles.accounts.addresses import any_address
from services.profiles.accounts.creating import (
    SecondFactor,
    create_account,
    give_second_factor,
)
from services.profiles.accounts.errors import AccountExists
from services.profiles.accounts.keeping import account_secrets
from services.profiles.accounts.passwords import Passwords, password_faults
from services.profiles.models import audit
from services.profiles.sign_ins.queries import NEEDS_TOTP
from shared.database import Database
from shared.settings import Settings


class NotMade(Exception):
    """The account could not be made; the message is one line."""


@dataclass(frozen=True, slots=True)
class StaffAccount:
    """A new account and, for operators and auditors, what their authenticator needs."""

    id: UUID
    totp: SecondFactor | None


def create_staff(
    settings: Settings, kind: str, address: str, password: str
) -> StaffAccount:
    """Raises NotMade."""
    return asyncio.run(_create(settings, kind, address, password))


async def _create(
    settings: Settings, kind: str, address: str, password: str
) -> StaffAccount:
    for fault in password_faults(password, told=[address]):
        raise NotMade(f"the password {fault.message}")
    try:
        normal = any_address(address)
    except ValueError as fault:
        raise NotMade(f"{address} {fault}") from None
    passwords = Passwords()
    database = Database(settings, "profiles")
    try:
        hash = await passwords.hash(password)
        async with database.as_system() as session:
            keys = await account_secrets(session)
            id = await create_account(session, keys, kind, normal, hash)
            factor = None
            if kind in NEEDS_TOTP:
                factor = await give_second_factor(session, keys, id, normal.normal)
            detail = {"kind": kind, "by": "cli"}
            await audit(session, None, "account.make", ("account", id), detail=detail)
        return StaffAccount(id, factor)
    except AccountExists as fault:
        raise NotMade(f"{address}: {fault}") from None
    finally:
        passwords.close()
        await database.dispose()
