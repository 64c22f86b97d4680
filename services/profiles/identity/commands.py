"""Telling people apart, and putting together who is one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.agencies.commands import carry_over_representations
from services.profiles.agencies.queries import is_represented
from services.profiles.errors import SuspicionDecided, WorkerMerged
from services.profiles.identity import queries
from services.profiles.identity.documents import keep_document
from services.profiles.identity.schemas import IdentityDocument, Suspicion
from services.profiles.models import Row, audit, outbox, suspected_duplicate
from services.profiles.privacy.registry import IDENTITY_DOCUMENT
from services.profiles.privacy.removal import empty_worker
from services.profiles.vault.envelope import open_with, seal_with
from services.profiles.vault.models import identity_document
from services.profiles.vault.sealing import keys_to_seal_with
from services.profiles.work_papers.commands import carry_over_papers
from services.profiles.workers.commands import change_worker, existing_worker
from services.profiles.workers.queries import find_worker
from shared.database import Database
from shared.identity import ORGANISATIONS, Caller
from shared.outbox import record_events
from shared.problems import Fault, InvalidRequest, NotFound

MERGED = "merged"
"""Why a worker is emptied who turned out to be another one."""


async def register_document(
    session: AsyncSession,
    database: Database,
    caller: Caller,
    worker_id: UUID,
    document: IdentityDocument,
) -> None:
    """By the worker, an agency that represents them, or an operator. The same again
    changes nothing; what the database finds by it, the caller is not told.

    Raises NotFound.
    """
    if caller.role in ORGANISATIONS and caller.tenant is not None:
        if not await is_represented(session, worker_id, caller.tenant):
            raise NotFound
        # the worker's key is behind a wall that no agency looks over
        async with database.as_system() as above:
            await _keep(above, caller, worker_id, document)
    else:
        await _keep(session, caller, worker_id, document)


async def _keep(
    session: AsyncSession, caller: Caller, worker_id: UUID, document: IdentityDocument
) -> None:
    if await find_worker(session, worker_id, lock=True) is None:
        raise NotFound
    await keep_document(
        session,
        worker_id,
        document.kind,
        document.country,
        document.number,
        by=caller.subject,
    )
    subject, told = ("worker", worker_id), {"kind": document.kind.value}
    await audit.by_another(session, caller, "identity.register", subject, detail=told)


async def dismiss_suspicion(session: AsyncSession, caller: Caller, id: UUID) -> Row:
    """They are two. Raises NotFound, SuspicionDecided."""
    row = await _decide(
        session, caller, suspected_duplicate.c.id == id, Suspicion.DISMISSED
    )
    if row is None:
        if await queries.knows_suspicion(session, id):
            raise SuspicionDecided
        raise NotFound
    told = {"other": str(row["later"])}
    subject = ("worker", row["earlier"])
    await audit(session, caller, "identity.dismiss", subject, detail=told)
    return row


async def merge_worker(
    session: AsyncSession, caller: Caller, loser_id: UUID, into: UUID
) -> Row:
    """They are one, and `into` stays. Documents, papers, rights to represent and
    blocked organisations are theirs now; the other profile is emptied, and its
    tombstone says who stays. Again, nothing more happens.

    Needs the system login. Raises InvalidRequest, NotFound, WorkerMerged.
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
    await _carry_over_documents(session, loser_id, into)
    carried = await carry_over_representations(session, caller, loser_id, into)
    papers = await carry_over_papers(session, loser_id, into)
    await _carry_over_blocks(session, loser, into, papers_changed=papers)
    gone = await empty_worker(session, caller, loser, MERGED, merged_into=into)
    if carried:
        # after the tombstone, which moves what was made by these rights
        await record_events(session, outbox, carried)
    table = suspected_duplicate
    of_loser = or_(table.c.earlier == loser_id, table.c.later == loser_id)
    await _decide(session, caller, of_loser, Suspicion.MERGED)
    for subject, told in (
        (loser_id, {"into": str(into)}),
        (into, {"of": str(loser_id)}),
    ):
        about = ("worker", subject)
        await audit(session, caller, "worker.merge", about, detail=told)
    return gone


async def _carry_over_documents(
    session: AsyncSession, loser: UUID, winner: UUID
) -> None:
    """Sealed anew, with the key of who stays; the other key is about to go."""
    table = identity_document
    taken = await session.execute(
        delete(table).where(table.c.subject == loser).returning(table)
    )
    rows = [dict(row) for row in taken.mappings()]
    if not rows:
        return
    keys = await keys_to_seal_with(session, (loser, winner))
    purpose = IDENTITY_DOCUMENT
    moved = [
        row
        | {
            "subject": winner,
            "sealed": seal_with(
                keys[winner],
                winner,
                purpose,
                open_with(keys[loser], loser, purpose, row["sealed"]),
            ),
        }
        for row in sorted(rows, key=lambda row: bytes(row["number_hash"]))
    ]
    await session.execute(insert(table).on_conflict_do_nothing(), moved)


async def _carry_over_blocks(
    session: AsyncSession, loser: Row, winner: UUID, *, papers_changed: bool
) -> None:
    """Whom either of the two would not work for, who stays will not."""
    stays = await existing_worker(session, winner)
    held = stays["blocked_organisations"]
    more = [id for id in loser["blocked_organisations"] if id not in held]
    changed: dict[str, Any] = {"blocked_organisations": [*held, *more]}
    await change_worker(
        session, stays, changed, own=False, papers_changed=papers_changed
    )


async def _decide(
    session: AsyncSession, caller: Caller, which: ColumnElement[bool], as_: Suspicion
) -> Row | None:
    """Of the open ones that `which` selects; the last of them."""
    table = suspected_duplicate
    statement = (
        update(table)
        .where(which, table.c.status == Suspicion.OPEN.value)
        .values(
            status=as_.value,
            decided_by=caller.subject,
            decided_at=func.now(),
        )
        .returning(table)
    )
    rows = (await session.execute(statement)).mappings().all()
    return dict(rows[-1]) if rows else None
