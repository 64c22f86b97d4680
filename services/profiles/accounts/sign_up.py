"""Signing up: nothing is made until the address has proved to be one's own.

A known address is answered as a new one is; its owner reads in the message that they
have an account. What was asked for waits sealed beside its code.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.addresses import Address, AddressKind
from services.profiles.accounts.codes import (
    Challenge,
    Purpose,
    Redeemed,
    new_challenge,
    redeem,
)
from services.profiles.accounts.creating import create_account, make_member
from services.profiles.accounts.errors import CodeRefused
from services.profiles.accounts.lockout import Tried, count_attempt, settle
from services.profiles.accounts.passwords import password_faults
from services.profiles.accounts.registrar import Registrar
from services.profiles.accounts.schemas import OwnerSignUp, WorkerSignUp
from services.profiles.accounts.secrets import AccountSecrets
from services.profiles.delivery import messages
from services.profiles.delivery.outbox import queue
from services.profiles.organisations.commands import register_organisation
from services.profiles.organisations.schemas import OrganisationRegistration
from services.profiles.sign_ins import sessions
from services.profiles.sign_ins.journal import note_attempt
from services.profiles.sign_ins.oauth import Issued
from services.profiles.sign_ins.queries import find_account, find_by_login
from shared.identity import Caller, Role
from shared.problems import InvalidRequest
from shared.values import new_id


async def ask_to_sign_up(
    registrar: Registrar, asked: WorkerSignUp | OwnerSignUp
) -> Challenge:
    """Send a code with which the account will be made. Raises InvalidRequest,
    Overloaded."""
    hash = None
    if asked.password is not None:
        if faults := password_faults(asked.password, told=_told(asked)):
            raise InvalidRequest(faults=faults)
        hash = await registrar.passwords.hash(asked.password)
    detail = asked.model_dump(mode="json", exclude={"password", "email", "phone"})
    keys, address = registrar.keys, asked.address
    detail |= {"hash": hash, "address": address.normal}
    async with registrar.database.as_system() as session:
        known = await find_by_login(session, keys.lookup(address))
        challenge = await new_challenge(
            session,
            keys,
            Purpose.VERIFY,
            address,
            detail=orjson.dumps(detail),
            redeemable=known is None,
        )
        text = messages.verification(challenge.code)
        if known is not None:
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


def _told(asked: WorkerSignUp | OwnerSignUp) -> list[str]:
    told = [asked.address.normal]
    if isinstance(asked, OwnerSignUp):
        told += [asked.name, asked.organisation.name]
    return told


async def finish_sign_up(
    registrar: Registrar, challenge: UUID, code: str, host: str
) -> tuple[Caller, Issued]:
    """Make the account that was asked for, and sign in. Raises CodeRefused,
    AccountExists."""
    tried = [Tried("address", registrar.keys.network(host))]
    async with registrar.database.as_system() as session:
        may_try = await count_attempt(session, tried)
        redeemed = await redeem(
            session, registrar.keys, Purpose.VERIFY, challenge, code
        )
    if redeemed is None or not may_try:
        note_attempt("sign-up", "refused", client=host)
        raise CodeRefused
    async with registrar.database.as_system() as session:
        await settle(session, tried, good=True)
        caller = await _make(session, registrar.keys, redeemed)
        known = await find_account(session, caller.subject)
        assert known is not None
        signed_in = await sessions.principal(session, known, caller.tenant)
        issued = await sessions.begin(session, registrar, signed_in, known, "sign-up")
    note_attempt("sign-up", "issued", client=host, caller=issued.caller)
    return caller, issued


async def _make(
    session: AsyncSession, keys: AccountSecrets, redeemed: Redeemed
) -> Caller:
    """The account, and for an owner their organisation."""
    assert redeemed.detail is not None
    asked = orjson.loads(redeemed.detail)
    owner = asked["kind"] == "owner"
    kind = "member" if owner else "worker"
    address = Address(AddressKind(redeemed.login_kind), asked["address"])
    id = await create_account(session, keys, kind, address, asked["hash"])
    if not owner:
        return Caller(id, Role.WORKER)
    registration = OrganisationRegistration.model_validate(asked["organisation"])
    role = Role(registration.kind.value)
    caller = Caller(id, role, new_id())
    row = await register_organisation(session, caller, registration)
    await make_member(session, id, row["id"], "owner", asked["name"])
    return replace(caller, tenant=row["id"])
