"""A second way to sign in, and one fewer."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts import queries
from services.profiles.accounts.addresses import Address, AddressKind
from services.profiles.accounts.codes import Challenge, Purpose, new_challenge, redeem
from services.profiles.accounts.creating import add_login
from services.profiles.accounts.errors import (
    CodeRefused,
    LastLogin,
    SecondFactorNeeded,
)
from services.profiles.accounts.lockout import Tried, count_attempt, settle
from services.profiles.accounts.models import (
    login,
    one_time_code,
    recovery_code,
    totp,
)
from services.profiles.accounts.notices import tell
from services.profiles.accounts.proving import check_proof
from services.profiles.accounts.registrar import Registrar
from services.profiles.accounts.schemas import NewLogin, Proof
from services.profiles.accounts.sealed import addresses_of
from services.profiles.delivery import messages
from services.profiles.delivery.outbox import queue
from services.profiles.models import Row, audit
from services.profiles.sign_ins.queries import NEEDS_TOTP, find_by_login
from services.profiles.sign_ins.sessions import revoke_other_sign_ins
from shared.identity import Caller
from shared.problems import NotFound


async def ask_to_add_login(
    registrar: Registrar, caller: Caller, asked: NewLogin
) -> Challenge:
    """Send a code to the new address; one that has an account is answered alike.

    Raises as `check_proof`.
    """
    known = await check_proof(registrar, caller, asked.proof)
    keys, address = registrar.keys, asked.address
    async with registrar.database.as_system() as session:
        taken = await find_by_login(session, keys.lookup(address)) is not None
        challenge = await new_challenge(
            session,
            keys,
            Purpose.LOGIN,
            address,
            account=known.id,
            detail=address.normal.encode(),
            redeemable=not taken,
        )
        text = messages.new_login(challenge.code)
        if taken:
            text = messages.already_known()
        await queue(
            session,
            keys,
            address,
            text,
            challenge.expires_at,
            sendable=challenge.sendable,
        )
    return challenge


async def finish_adding(
    registrar: Registrar, caller: Caller, challenge: UUID, code: str
) -> Row:
    """The login, once its address has proved to be one's own. Raises CodeRefused,
    AccountExists."""
    tried = [Tried("code", caller.subject.bytes)]
    async with registrar.database.as_system() as session:
        may_try = await count_attempt(session, tried)
        redeemed = await redeem(session, registrar.keys, Purpose.LOGIN, challenge, code)
        good = may_try and redeemed is not None
        await settle(session, tried, good)
    if redeemed is None or redeemed.account != caller.subject or not may_try:
        raise CodeRefused
    assert redeemed.detail is not None
    address = Address(AddressKind(redeemed.login_kind), redeemed.detail.decode())
    async with registrar.database.as_system() as session:
        await tell(session, registrar.keys, caller.subject, messages.login_added())
        row = await add_login(session, registrar.keys, caller.subject, address)
        await audit(session, caller, "login.add", ("account", caller.subject))
    return row


async def remove_login(
    session: AsyncSession,
    registrar: Registrar,
    caller: Caller,
    id: UUID,
    proof: Proof,
) -> None:
    """One's own, while another is left; every other sign-in ends, and so do codes that
    were sent there.

    `session` is behind the walls. Raises NotFound, LastLogin, and as `check_proof`.
    """
    if await queries.find_login(session, id) is None:
        raise NotFound
    known = await check_proof(registrar, caller, proof)
    async with registrar.database.as_system() as above:
        logins = await queries.locked_logins(above, known.id)
        gone = next((each for each in logins if each["id"] == id), None)
        if gone is None:
            raise NotFound
        if len(logins) == 1:
            raise LastLogin
        removed = (await addresses_of(above, known.id)).get(id)
        await above.execute(delete(login).where(login.c.id == id))
        await above.execute(
            delete(one_time_code).where(
                one_time_code.c.lookup == gone["lookup"],
                one_time_code.c.account == known.id,
            )
        )
        await revoke_other_sign_ins(above, caller, "login")
        text = messages.login_removed()
        also = () if removed is None else (removed,)
        await tell(above, registrar.keys, known.id, text, also)
        await audit(above, caller, "login.remove", ("account", known.id))


async def remove_totp(registrar: Registrar, caller: Caller, proof: Proof) -> None:
    """From now on signing in takes no code of the authenticator. Raises NotFound,
    SecondFactorNeeded, and as `check_proof`."""
    known = await check_proof(registrar, caller, proof)
    if known.kind in NEEDS_TOTP:
        raise SecondFactorNeeded
    async with registrar.database.as_system() as session:
        removed = await session.execute(
            delete(totp).where(totp.c.account == known.id).returning(totp.c.account)
        )
        if removed.one_or_none() is None:
            raise NotFound
        codes = recovery_code.c.account == known.id
        await session.execute(delete(recovery_code).where(codes))
        await revoke_other_sign_ins(session, caller, "login")
        await tell(session, registrar.keys, known.id, messages.totp_removed())
        await audit(session, caller, "account.totp_remove", ("account", known.id))
