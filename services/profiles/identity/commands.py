"""Telling people apart, and putting together who is one."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, or_, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.agencies.commands import carry_over_representations
from services.profiles.errors import SuspicionDecided, WorkerMerged
from services.profiles.identity import queries
from services.profiles.identity.documents import digest
from services.profiles.identity.schemas import IdentityDocument, Suspicion
from services.profiles.models import (
    Row,
    audit,
    identity_document,
    suspected_duplicate,
)
from services.profiles.workers.commands import empty_worker
from services.profiles.workers.queries import find_worker
from shared.identity import ORGANISATIONS, Caller
from shared.problems import Fault, InvalidRequest, NotFound

CARRY_OVER_DOCUMENTS = text(
    """
    INSERT INTO profiles.identity_document
        (worker, digest, kind, country, registered_by, registered_at)
    SELECT :into, digest, kind, country, registered_by, registered_at
    FROM profiles.identity_document WHERE worker = :loser ORDER BY digest
    ON CONFLICT DO NOTHING
    """
)


async def register_document(
    session: AsyncSession,
    caller: Caller,
    worker_id: UUID,
    document: IdentityDocument,
    key: bytes,
) -> None:
    """By the worker, an agency that represents them, or an operator. The same again
    changes nothing; what the database finds by it, the caller is not told.

    Raises NotFound.
    """
    if caller.role in ORGANISATIONS and caller.tenant is not None:
        known = await queries.is_represented(session, worker_id, caller.tenant)
    else:
        known = await find_worker(session, worker_id) is not None
    if not known:
        raise NotFound
    values = {
        "worker": worker_id,
        "digest": digest(key, document.kind, document.country, document.number),
        "kind": document.kind.value,
        "country": document.country,
        "registered_by": caller.subject,
    }
    row = insert(identity_document).inline().values(values)
    await session.execute(row.on_conflict_do_nothing())
    subject, told = ("worker", worker_id), {"kind": document.kind.value}
    await audit.by_another(session, caller, "identity.register", subject, detail=told)


async def dismiss_suspicion(session: AsyncSession, caller: Caller, id: UUID) -> Row:
    """They are two. Raises NotFound, SuspicionDecided."""
    table = suspected_duplicate
    statement = (
        update(table)
        .where(table.c.id == id, table.c.status == Suspicion.OPEN.value)
        .values(
            status=Suspicion.DISMISSED.value,
            decided_by=caller.subject,
            decided_at=func.now(),
        )
        .returning(table)
    )
    row = (await session.execute(statement)).mappings().one_or_none()
    if row is None:
        if await queries.knows_suspicion(session, id):
            raise SuspicionDecided
        raise NotFound
    told = {"other": str(row["later"])}
    subject = ("worker", row["earlier"])
    await audit(session, caller, "identity.dismiss", subject, detail=told)
    return dict(row)


async def merge_worker(
    session: AsyncSession, caller: Caller, loser_id: UUID, into: UUID
) -> Row:
    """They are one, and `into` stays: documents and rights to represent are theirs now,
    the other profile is emptied and its tombstone names who stays. Again, nothing more
    happens.

    Raises InvalidRequest, NotFound, WorkerMerged.
    """
    if loser_id == into:
        fault = Fault("/into", "another", "must be another worker")
        raise InvalidRequest(faults=[fault])
    both = await queries.lock_workers(session, {loser_id, into})
    loser, winner = both.get(loser_id), both.get(into)
    if loser is None:
        raise NotFound
    if loser["merged_into"] is not None:
        if loser["merged_into"] == into:
            return loser
        raise WorkerMerged
    if loser["removed_at"] is not None:
        raise NotFound
    if winner is None or winner["removed_at"] is not None:
        raise InvalidRequest(faults=[Fault("/into", "unknown_worker", "is no worker")])
    names = {"loser": loser_id, "into": into}
    await session.execute(CARRY_OVER_DOCUMENTS, names)
    await carry_over_representations(session, caller, loser_id, into)
    gone = await empty_worker(session, caller, loser, merged_into=into)
    table = suspected_duplicate
    pair = or_(
        (table.c.earlier == loser_id) & (table.c.later == into),
        (table.c.earlier == into) & (table.c.later == loser_id),
    )
    await session.execute(
        update(table)
        .where(pair)
        .values(
            status=Suspicion.MERGED.value,
            decided_by=caller.subject,
            decided_at=func.now(),
        )
    )
    told, subject = {"into": str(into)}, ("worker", loser_id)
    await audit(session, caller, "worker.merge", subject, detail=told)
    return gone
