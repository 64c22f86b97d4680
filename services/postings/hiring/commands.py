"""The use cases of applications and submittals: each records its event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.postings.errors import (
    AlreadyApplied,
    AlreadySubmitted,
    NoMandate,
    NotRepresented,
    PostingNotOpen,
)
from services.postings.hiring import lifecycle, queries, state
from services.postings.hiring.lifecycle import STEPS, Noun, Status, Verb
from services.postings.hiring.schemas import (
    DeclineReason,
    EndReason,
    NewApplication,
    NewSubmittal,
)
from services.postings.models import audit, candidacy, outbox
from services.postings.postings.lifecycle import Status as PostingStatus
from services.postings.postings.posting import Posting
from services.postings.postings.queries import get_posting
from shared.etags import check_version
from shared.identity import Caller, Role
from shared.outbox import record_events
from shared.problems import Conflict, Fault, InvalidRequest, NotFound
from shared.values import new_id

Row = queries.Row


async def apply(session: AsyncSession, caller: Caller, wanted: NewApplication) -> Row:
    """A worker applies to an open posting, or an operator for them.

    Raises InvalidRequest, PostingNotFound, PostingNotOpen, AlreadyApplied.
    """
    own = caller.role is Role.WORKER
    if own and wanted.worker not in (None, caller.subject):
        fault = Fault("/worker", "own_id", "must be your own id, or left out")
        raise InvalidRequest(faults=[fault])
    worker = caller.subject if own else wanted.worker
    if worker is None:
        fault = Fault("/worker", "worker", "an operator names the worker")
        raise InvalidRequest(faults=[fault])
    posting = await _open_posting(session, wanted.posting)
    return await _make(session, caller, posting, AlreadyApplied, worker=worker)


async def submit(session: AsyncSession, caller: Caller, wanted: NewSubmittal) -> Row:
    """An agency puts forward a worker who has given it the right to: for a posting of
    its own, or of an organisation that has given it a mandate.

    Whoever else has put the person forward stays untold. Raises PostingNotFound,
    PostingNotOpen, NoMandate, NotRepresented, AlreadySubmitted.
    """
    agency = caller.tenant
    assert agency is not None
    posting = await _open_posting(session, wanted.posting)
    client = posting.organisation
    if client != agency and not await queries.has_mandate(session, agency, client):
        raise NoMandate
    await queries.hold_worker(session, wanted.worker)
    right = await queries.right_to_represent(session, agency, wanted.worker, client)
    if right is None:
        raise NotRepresented
    return await _make(
        session,
        caller,
        posting,
        AlreadySubmitted,
        worker=wanted.worker,
        agency=agency,
        representation=right,
    )


async def move(
    session: AsyncSession,
    caller: Caller,
    noun: Noun,
    id: UUID,
    verb: Verb,
    if_match: str | None,
    reason: DeclineReason | None = None,
) -> Row:
    """Take one step of the lifecycle, on the side of it that takes it.

    Raises NotFound, VersionMismatch, AlreadyDecided.
    """
    whose = queries.on_side(caller, STEPS[verb].by)
    row = await queries.find_candidacy(session, noun, id, whose, lock=True)
    if row is None:
        raise NotFound
    check_version(if_match, row["version"])
    status = lifecycle.after(verb, Status(row["status"]))
    (moved,) = await _write(session, candidacy.c.id == id, status, reason)
    await _note(session, caller, verb, moved)
    return moved


async def end_of_worker(session: AsyncSession, worker: UUID) -> None:
    """Of somebody who has left: nothing of theirs goes on."""
    living = candidacy.c.status.in_(sorted(lifecycle.LIVE))
    of_worker = (candidacy.c.worker == worker) & living
    await _write(session, of_worker, Status.ENDED, EndReason.WORKER_LEFT)


async def end_unrepresented(session: AsyncSession, which: ColumnElement[bool]) -> None:
    """Submittals that nobody has accepted and whose right to represent is over."""
    waiting = candidacy.c.agency.is_not(None) & (
        candidacy.c.status == Status.MADE.value
    )
    await _write(session, waiting & which, Status.ENDED, EndReason.NOT_REPRESENTED)


async def _open_posting(session: AsyncSession, posting_id: UUID) -> Posting:
    posting = await get_posting(session, posting_id)
    if posting.status is not PostingStatus.OPEN:
        raise PostingNotOpen(
            f"The posting is {posting.status}.", posting_status=posting.status.value
        )
    return posting


async def _make(
    session: AsyncSession,
    caller: Caller,
    posting: Posting,
    already: type[Conflict],
    **values: Any,
) -> Row:
    statement = (
        insert(candidacy)
        .values(
            **values,
            id=new_id(),
            version=1,
            posting_id=posting.id,
            organisation=posting.organisation,
            status=Status.MADE.value,
            made_at=func.now(),
            updated_at=func.now(),
        )
        # of several at once one is made, whoever they are
        .on_conflict_do_nothing()
        .returning(candidacy)
    )
    row = (await session.execute(statement)).mappings().one_or_none()
    if row is None:
        raise already
    made = dict(row)
    await record_events(session, outbox, [state.event(made)])
    await _note(session, caller, "make", made)
    return made


async def _write(
    session: AsyncSession,
    which: ColumnElement[bool],
    status: Status,
    reason: DeclineReason | EndReason | None,
) -> list[Row]:
    statement = (
        update(candidacy)
        .where(which)
        .values(
            version=candidacy.c.version + 1,
            status=status.value,
            reason=reason.value if reason else None,
            updated_at=func.now(),
        )
        .returning(candidacy)
    )
    rows = [dict(row) for row in (await session.execute(statement)).mappings()]
    if rows:
        await record_events(session, outbox, [state.event(row) for row in rows])
    return rows


async def _note(
    session: AsyncSession, caller: Caller, verb: str, row: Mapping[str, Any]
) -> None:
    """What others do about a person is on the audit log."""
    told = {"candidacy": str(row["id"]), "posting": str(row["posting_id"])}
    if caller.subject != row["worker"] or caller.actor is not None:
        await audit(
            session,
            caller,
            f"{state.noun_of(row)}.{verb}",
            ("worker", row["worker"]),
            detail=told,
        )
