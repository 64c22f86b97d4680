"""Consents given and withdrawn; what of a person is shown and exported."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.models import Row, audit
from services.profiles.privacy.models import consent
from services.profiles.privacy.queries import (
    consents,
    is_disclosed,
    kind_in_use,
    standing_consent,
)
from services.profiles.privacy.registry import PERSONS
from services.profiles.vault.envelope import open_with
from services.profiles.vault.sealing import keys_of
from services.profiles.workers.queries import find_worker
from shared.database import Database
from shared.identity import Caller
from shared.persons.registry import Rows
from shared.problems import Fault, InvalidRequest, NotFound
from shared.values import new_id


async def give_consent(
    session: AsyncSession, caller: Caller, worker_id: UUID, kind: str, version: int
) -> Row:
    """Consent to the wording of this version; twice is the same as once.

    Raises NotFound, InvalidRequest.
    """
    known = await kind_in_use(session, kind)
    if known is None or await find_worker(session, worker_id) is None:
        raise NotFound
    if version != known["version"]:
        message = f"the wording is at version {known['version']}; read it again"
        fault = Fault("/version", "wording_changed", message)
        raise InvalidRequest(faults=[fault])
    standing = await standing_consent(session, worker_id, kind)
    if standing is None or standing["version"] != version:
        if standing is not None:
            await _withdraw(session, caller, standing["id"])
        given = {
            "id": new_id(),
            "worker": worker_id,
            "kind": kind,
            "version": version,
            "given_through": _through(caller),
        }
        await session.execute(insert(consent).values(given))
        told = {"kind": kind, "version": version}
        subject = ("worker", worker_id)
        await audit.by_another(session, caller, "consent.give", subject, detail=told)
    return await _said(session, worker_id, kind)


async def withdraw_consent(
    session: AsyncSession, caller: Caller, worker_id: UUID, kind: str
) -> Row:
    """As easily as it was given; twice is the same as once. Raises NotFound."""
    standing = await standing_consent(session, worker_id, kind)
    if standing is not None:
        await _withdraw(session, caller, standing["id"])
        subject, told = ("worker", worker_id), {"kind": kind}
        await audit.by_another(
            session, caller, "consent.withdraw", subject, detail=told
        )
    else:
        known = await kind_in_use(session, kind)
        if known is None or await find_worker(session, worker_id) is None:
            raise NotFound
    return await _said(session, worker_id, kind)


async def contact_for(database: Database, caller: Caller, worker_id: UUID) -> Row:
    """Name and contact, for an organisation that a candidacy lets know them.

    The organisation's own transaction decides and is written down; only then is the
    profile opened with the system login. Raises NotFound.
    """
    async with database.as_caller(caller) as session:
        if not caller.sees_all:
            assert caller.tenant is not None
            if not await is_disclosed(session, worker_id, caller.tenant):
                raise NotFound
        await audit(session, caller, "worker.contact", ("worker", worker_id))
    async with database.as_system() as session:
        row = await find_worker(session, worker_id)
    if row is None:
        raise NotFound
    return row | {"worker": worker_id}


async def allow_export(database: Database, caller: Caller, worker_id: UUID) -> None:
    """The worker is there for the caller, whose export is written down.

    Raises NotFound.
    """
    async with database.as_caller(caller) as session:
        if await find_worker(session, worker_id) is None:
            raise NotFound
        await audit.by_another(session, caller, "worker.export", ("worker", worker_id))


async def held_here(session: AsyncSession, person: UUID) -> dict[str, Rows]:
    """All that profiles holds of a person, with what is sealed opened.

    Needs the system login.
    """
    tables = await PERSONS.export(session, person)
    key = (await keys_of(session, [person])).get(person)
    for table in PERSONS.tables:
        for column, purpose in table.sealed.items():
            for row in tables[table.table]:
                sealed = row[column]
                row[column] = key and sealed and _opened(key, person, purpose, sealed)
    return tables


def _opened(key: Any, person: UUID, purpose: str, sealed: bytes) -> Any:
    return orjson.loads(open_with(key, person, purpose, sealed))


async def _withdraw(session: AsyncSession, caller: Caller, consent_id: UUID) -> None:
    withdrawn = {
        "withdrawn_at": func.now(),
        "withdrawn_through": _through(caller),
    }
    mine = update(consent).where(consent.c.id == consent_id)
    await session.execute(mine.values(withdrawn))


async def _said(session: AsyncSession, worker_id: UUID, kind: str) -> Row:
    [row] = [r for r in await consents(session, worker_id) if r["kind"] == kind]
    return row


def _through(caller: Caller) -> UUID | None:
    """Whoever acts for the worker, or decides in their place."""
    if caller.actor is not None:
        return caller.actor.subject
    return caller.subject if caller.sees_all else None
