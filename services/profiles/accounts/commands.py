"""What happens to an account: codes asked for, passwords, second factor, state."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.addresses import Address, AddressKind
from services.profiles.accounts.codes import (
    Challenge,
    Purpose,
    give_back,
    new_challenge,
    redeem,
)
from services.profiles.accounts.creating import set_password
from services.profiles.accounts.errors import (
    CodeRefused,
    NoAccountHere,
    SignInTooOld,
)
from services.profiles.accounts.lockout import Tried, count_attempt, settle
from services.profiles.accounts.models import sign_in
from services.profiles.accounts.notices import tell
from services.profiles.accounts.one_time_passwords import (
    begin_enrolment,
    confirm_enrolment,
    new_recovery_codes,
    provisioning_uri,
)
from services.profiles.accounts.passwords import password_faults
from services.profiles.accounts.proving import check_password, check_totp
from services.profiles.accounts.registrar import Registrar
from services.profiles.accounts.schemas import AccountState
from services.profiles.accounts.sealed import with_names
from services.profiles.delivery import messages
from services.profiles.delivery.outbox import queue
from services.profiles.models import Row, audit
from services.profiles.sign_ins.journal import note_attempt
from services.profiles.sign_ins.queries import (
    NEEDS_TOTP,
    begin_of,
    find_account,
    find_by_login,
)
from services.profiles.sign_ins.sessions import (
    end_account,
    revoke_other_sign_ins,
    revoke_sign_ins,
)
from shared.identity import Caller
from shared.problems import InvalidRequest, NotFound
from shared.values import now

RECENT = timedelta(minutes=15)


async def ask_for_code(
    registrar: Registrar, address: Address, purpose: Purpose
) -> Challenge:
    """Send a code to sign in or to choose a new password; answers an unknown address
    as a known one, with as many queries."""
    keys = registrar.keys
    async with registrar.database.as_system() as session:
        known = await find_by_login(session, keys.lookup(address))
        usable = known is not None and known.active
        if purpose is Purpose.SIGN_IN and known is not None:
            usable = usable and known.kind not in NEEDS_TOTP
        challenge = await new_challenge(
            session,
            keys,
            purpose,
            address,
            account=known.id if known is not None and usable else None,
            detail=address.normal.encode(),
            redeemable=usable,
        )
        wording = messages.sign_in if purpose is Purpose.SIGN_IN else messages.reset
        await queue(
            session,
            keys,
            address,
            wording(challenge.code),
            challenge.expires_at,
            sendable=usable and challenge.sendable,
        )
    return challenge


async def reset_password(
    registrar: Registrar, challenge: UUID, code: str, password: str, host: str
) -> None:
    """Set the password of whoever reads the address, and end every sign-in.

    Raises InvalidRequest, CodeRefused, Overloaded.
    """
    if faults := password_faults(password):
        raise InvalidRequest(faults=faults)
    hash = await registrar.passwords.hash(password)
    keys = registrar.keys
    tried = [Tried("address", keys.network(host))]
    async with registrar.database.as_system() as session:
        may_try = await count_attempt(session, tried)
        redeemed = await redeem(session, keys, Purpose.RESET, challenge, code)
    if redeemed is None or redeemed.account is None or not may_try:
        note_attempt("password-reset", "refused", client=host)
        raise CodeRefused
    assert redeemed.detail is not None
    address = Address(AddressKind(redeemed.login_kind), redeemed.detail.decode())
    if faults := password_faults(password, told=[address.normal]):
        async with registrar.database.as_system() as session:
            await give_back(session, challenge)
        raise InvalidRequest(faults=faults)
    async with registrar.database.as_system() as session:
        locked = [*tried, Tried("password", redeemed.lookup)]
        await settle(session, locked, good=True)
        await set_password(session, redeemed.account, hash)
        await revoke_sign_ins(
            session, sign_in.c.account == redeemed.account, "password"
        )
        notice = messages.password_changed()
        await tell(session, keys, redeemed.account, notice, [address])
        await audit(session, None, "account.password", ("account", redeemed.account))
    note_attempt("password-reset", "accepted", client=host, login=redeemed.lookup)


async def change_password(
    registrar: Registrar, caller: Caller, current: str, new: str
) -> None:
    """Replace one's own, end one's other sign-ins, and tell every address of it.

    Raises InvalidRequest, NoAccountHere, PasswordRefused, Overloaded.
    """
    if faults := password_faults(new, "/new"):
        raise InvalidRequest(faults=faults)
    known = await check_password(registrar, caller, current)
    hash = await registrar.passwords.hash(new)
    async with registrar.database.as_system() as session:
        await set_password(session, known.id, hash)
        await revoke_other_sign_ins(session, caller, "password")
        notice = messages.password_changed()
        await tell(session, registrar.keys, known.id, notice)
        await audit(session, caller, "account.password", ("account", known.id))


async def begin_totp(
    registrar: Registrar, caller: Caller, password: str | None, totp: str | None
) -> tuple[str, str]:
    """A secret for the authenticator and its URI, for who has shown again what they
    sign in with. Raises as `check_password`, SignInTooOld, CodeRefused."""
    async with registrar.database.as_system() as session:
        known = await find_account(session, caller.subject)
        began = await begin_of(session, caller.session)
    if known is None:
        raise NoAccountHere
    if known.password_hash is not None:
        await check_password(registrar, caller, password)
    elif began is None or began + RECENT <= now():
        raise SignInTooOld
    if known.has_totp:
        await check_totp(registrar, caller, totp)
    async with registrar.database.as_system() as session:
        secret = await begin_enrolment(session, registrar.keys, known.id)
    return secret, provisioning_uri(secret, str(known.id))


async def confirm_totp(registrar: Registrar, caller: Caller, code: str) -> list[str]:
    """From now on signing in takes a code of it, and one's other sign-ins, which began
    without, are over. Raises CodeRefused."""
    tried = [Tried("code", caller.subject.bytes)]
    async with registrar.database.as_system() as session:
        may_try = await count_attempt(session, tried)
    async with registrar.database.as_system() as session:
        if not may_try or not await confirm_enrolment(
            session, registrar.keys, caller.subject, code
        ):
            raise CodeRefused
        await settle(session, tried, good=True)
        await revoke_other_sign_ins(session, caller, "totp")
        await audit(session, caller, "account.totp", ("account", caller.subject))
        return await new_recovery_codes(session, caller.subject)


async def set_state(
    session: AsyncSession, caller: Caller, id: UUID, state: AccountState
) -> None:
    """Lock, close or open an account. Raises NotFound."""
    if not await end_account(session, id, state.value):
        raise NotFound
    detail = {"state": state.value}
    await audit(session, caller, "account.state", ("account", id), detail=detail)


async def with_names_opened(registrar: Registrar, found: Row) -> Row:
    """An account with the names of its memberships: above the walls, which let nobody
    open what is sealed for a person who is no worker."""
    async with registrar.database.as_system() as session:
        return found | {"memberships": await with_names(session, found["memberships"])}


async def note_reading(session: AsyncSession, caller: Caller, id: UUID) -> None:
    """Somebody looks at another's account."""
    await audit.by_another(session, caller, "account.read", ("account", id))
