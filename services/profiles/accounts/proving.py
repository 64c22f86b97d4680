"""Showing again who one is, before the account itself is changed.

A stolen access token changes nothing of how its owner signs in: that takes what one
signs in with, freshly.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.codes import Purpose, redeem
from services.profiles.accounts.errors import (
    CodeRefused,
    NoAccountHere,
    PasswordRefused,
)
from services.profiles.accounts.lockout import Tried, count_attempt, settle
from services.profiles.accounts.one_time_passwords import check_second_factor
from services.profiles.accounts.registrar import Registrar
from services.profiles.accounts.schemas import Proof
from services.profiles.sign_ins.journal import note_attempt
from services.profiles.sign_ins.queries import Known, find_account
from shared.identity import Caller


async def check_password(
    registrar: Registrar, caller: Caller, password: str | None
) -> Known:
    """The caller's account, once they have shown their password again.

    Raises NoAccountHere, PasswordRefused, Overloaded.
    """
    tried = [Tried("password", caller.subject.bytes)]
    async with registrar.database.as_system() as session:
        known = await find_account(session, caller.subject)
        if known is None:
            raise NoAccountHere
        may_try = await count_attempt(session, tried)
    right = await registrar.passwords.verify(password or "", known.password_hash)
    async with registrar.database.as_system() as session:
        await settle(session, tried, good=right and may_try)
    if not (right and may_try):
        note_attempt("password-again", "refused", caller=caller)
        raise PasswordRefused
    return known


async def check_proof(registrar: Registrar, caller: Caller, proof: Proof) -> Known:
    """The caller's account, once they have shown all that signing in takes: the
    password, or without one a code sent to an address of theirs; and the second factor
    where they have one.

    Raises NoAccountHere, PasswordRefused, CodeRefused, Overloaded.
    """
    async with registrar.database.as_system() as session:
        known = await find_account(session, caller.subject)
    if known is None:
        raise NoAccountHere
    if known.password_hash is not None:
        await check_password(registrar, caller, proof.password)
    else:
        await _check_code(registrar, caller, proof)
    if known.has_totp:
        await check_totp(registrar, caller, proof.totp)
    return known


async def _check_code(registrar: Registrar, caller: Caller, proof: Proof) -> None:
    async with registrar.database.as_system() as session:
        tried, may_try = await _count(session, caller.subject)
        redeemed = None
        if proof.challenge is not None and proof.code is not None:
            redeemed = await redeem(
                session, registrar.keys, Purpose.SIGN_IN, proof.challenge, proof.code
            )
        good = may_try and redeemed is not None and redeemed.account == caller.subject
        await settle(session, tried, good)
    if not good:
        note_attempt("code-again", "refused", caller=caller)
        raise CodeRefused


async def check_totp(registrar: Registrar, caller: Caller, code: str | None) -> None:
    """The caller has their authenticator at hand, or a recovery code.

    Raises CodeRefused.
    """
    async with registrar.database.as_system() as session:
        tried, may_try = await _count(session, caller.subject)
    async with registrar.database.as_system() as session:
        right = may_try and await check_second_factor(
            session, registrar.keys, caller.subject, code or ""
        )
        await settle(session, tried, good=right)
    if not right:
        note_attempt("authenticator-again", "refused", caller=caller)
        raise CodeRefused


async def _count(session: AsyncSession, account: UUID) -> tuple[list[Tried], bool]:
    tried = [Tried("code", account.bytes)]
    return tried, await count_attempt(session, tried)
