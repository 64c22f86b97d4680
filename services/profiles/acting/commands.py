"""Consents: recorded, confirmed by the worker's code, withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, insert, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.codes import Challenge, Purpose, new_challenge, redeem
from services.profiles.accounts.errors import CodeRefused
from services.profiles.accounts.models import account, acting, acting_consent
from services.profiles.accounts.registrar import Registrar
from services.profiles.acting.queries import (
    account_kind,
    find_consent,
    is_registered_worker,
    worker_by_login,
)
from services.profiles.acting.schemas import LONGEST_DAYS, Given, NewConsent
from services.profiles.delivery import messages
from services.profiles.delivery.outbox import queue
from services.profiles.models import Row, audit
from services.profiles.sign_ins.sessions import revoke_acting
from shared.audit.log import listed
from shared.identity import Caller
from shared.problems import Fault, InvalidRequest, NotFound
from shared.values import new_id, now


async def record_consent(
    session: AsyncSession, registrar: Registrar, caller: Caller, asked: NewConsent
) -> Row:
    """On paper it counts at once; by code once the worker has told theirs.

    Raises InvalidRequest.
    """
    left = asked.until - now()
    if not timedelta(0) < left <= timedelta(days=LONGEST_DAYS):
        message = f"must lie ahead, by {LONGEST_DAYS} days at most"
        raise InvalidRequest(faults=[Fault("/until", "consent_until", message)])
    worker, challenge = await _worker(registrar, asked)
    made = await session.execute(
        insert(acting_consent)
        .values(
            id=new_id(),
            worker=worker,
            given=asked.given.value,
            purpose=asked.purpose,
            reference=asked.reference,
            recorded_by=caller.subject,
            confirmed_at=func.now() if challenge is None else None,
            challenge=None if challenge is None else challenge.id,
            until=asked.until,
        )
        .returning(acting_consent)
    )
    row = dict(made.mappings().one())
    if challenge is not None and asked.address is not None:
        text = messages.consent(challenge.code, asked.purpose)
        await queue(
            session,
            registrar.keys,
            asked.address,
            text,
            challenge.expires_at,
            sendable=challenge.sendable,
        )
    detail = {"consent": str(row["id"]), "given": asked.given.value}
    await audit(session, caller, "consent.record", ("worker", worker), detail=detail)
    return row


async def confirm_consent(
    session: AsyncSession, registrar: Registrar, caller: Caller, id: UUID, code: str
) -> Row:
    """Raises NotFound, CodeRefused."""
    row = await find_consent(session, id, lock=True)
    if row is None or row["challenge"] is None or row["withdrawn_at"] is not None:
        raise NotFound
    # in a transaction of its own: the attempt counts though this one ends here
    async with registrar.database.as_system() as counting:
        redeemed = await redeem(
            counting, registrar.keys, Purpose.CONSENT, row["challenge"], code
        )
    if redeemed is None:
        raise CodeRefused
    confirmed = await session.execute(
        update(acting_consent)
        .where(acting_consent.c.id == id)
        .values(confirmed_at=func.now())
        .returning(acting_consent)
    )
    detail = {"consent": str(id)}
    subject = ("worker", row["worker"])
    await audit(session, caller, "consent.confirm", subject, detail=detail)
    return dict(confirmed.mappings().one())


async def withdraw_consent(session: AsyncSession, caller: Caller, id: UUID) -> None:
    """By the worker, or whoever recorded it; nobody acts on it from now on.

    Raises NotFound.
    """
    row = await find_consent(session, id, lock=True)
    if row is None or row["withdrawn_at"] is not None:
        raise NotFound
    await session.execute(
        update(acting_consent)
        .where(acting_consent.c.id == id)
        .values(withdrawn_at=func.now(), withdrawn_by=caller.subject)
    )
    await revoke_acting(session, acting.c.basis_id == id)
    detail = {"consent": str(id)}
    subject = ("worker", row["worker"])
    await audit(session, caller, "consent.withdraw", subject, detail=detail)


async def note_reading(
    session: AsyncSession, caller: Caller, rows: Sequence[Row]
) -> None:
    """An operator looks at what others gave."""
    if caller.sees_all:
        seen = listed([row["worker"] for row in rows])
        await audit(session, caller, "consent.list", detail=seen)


async def _worker(
    registrar: Registrar, asked: NewConsent
) -> tuple[UUID, Challenge | None]:
    """Who it is about, above the walls: the clerk knows nobody's account. Somebody new
    on paper gets an account without a login, and so does a worker who has only a
    profile."""
    keys = registrar.keys
    async with registrar.database.as_system() as session:
        if asked.address is not None:
            id = await worker_by_login(session, keys.lookup(asked.address))
            if id is None:
                pointer = "/email" if asked.email is not None else "/phone"
                raise InvalidRequest(faults=[_unknown(pointer)])
        elif asked.worker is not None:
            id = asked.worker
            kind = await account_kind(session, id)
            if kind not in (None, "worker") or (
                kind is None and not await is_registered_worker(session, id)
            ):
                raise InvalidRequest(faults=[_unknown("/worker")])
            await session.execute(
                upsert(account)
                .values(id=id, kind="worker")
                .on_conflict_do_nothing(index_elements=["id"])
            )
        else:
            id = new_id()
            await session.execute(insert(account).values(id=id, kind="worker"))
        challenge = None
        if asked.given is Given.CODE and asked.address is not None:
            challenge = await new_challenge(
                session, keys, Purpose.CONSENT, asked.address, account=id
            )
    return id, challenge


def _unknown(pointer: str) -> Fault:
    return Fault(pointer, "worker", "is no worker's who is known here")
