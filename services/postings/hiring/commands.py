"""The use cases of applications and submittals: each records its event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.postings.errors import (
    AlreadyApplied,
    AlreadySubmitted,
    NoMandate,
    NotPossible,
    NotRepresented,
    OrganisationBlocked,
    PostingNotOpen,
)
from services.postings.hiring import lifecycle, queries, state
from services.postings.hiring.lifecycle import STEPS, Noun, Status, Verb
from services.postings.hiring.queries import WhyNot
from services.postings.hiring.schemas import (
    DeclineReason,
    NewApplication,
    NewSubmittal,
)
from services.postings.hiring.storage import insert_candidacy, move_candidacies
from services.postings.models import audit, candidacy
from services.postings.postings.lifecycle import Status as PostingStatus
from services.postings.postings.posting import Posting
from services.postings.postings.queries import get_posting
from shared.etags import check_version
from shared.identity import Caller, Role
from shared.problems import Conflict, Fault, InvalidRequest, NotFound

Row = queries.Row


async def apply(session: AsyncSession, caller: Caller, wanted: NewApplication) -> Row:
    """A worker applies to an open posting, or an operator for them.

    Raises InvalidRequest, PostingNotFound, PostingNotOpen, OrganisationBlocked,
    NotPossible, AlreadyApplied.
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
    await queries.hold_worker(session, worker)
    await _check_may_be_up(session, posting, worker, own=own and caller.actor is None)
    return await _make(session, caller, posting, AlreadyApplied, worker=worker)


async def submit(session: AsyncSession, caller: Caller, wanted: NewSubmittal) -> Row:
    """An agency puts forward a worker who has given it the right to: for a posting of
    its own, or of an organisation that has given it a mandate.

    Whoever else has put the person forward stays untold. Raises PostingNotFound,
    PostingNotOpen, NoMandate, NotRepresented, NotPossible, AlreadySubmitted.
    """
    agency = caller.tenant
    assert agency is not None
    posting = await _open_posting(session, wanted.posting)
    client = posting.organisation
    if client != agency:
        await queries.hold_mandate(session, agency, client)
        if not await queries.has_mandate(session, agency, client):
            raise NoMandate
    await queries.hold_worker(session, wanted.worker)
    right = await queries.right_to_represent(session, agency, wanted.worker, client)
    if right is None:
        raise NotRepresented
    await _check_may_be_up(session, posting, wanted.worker, agency)
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
    (moved,) = await move_candidacies(session, candidacy.c.id == id, status, reason)
    await _note(session, caller, verb, moved)
    return moved


async def _open_posting(session: AsyncSession, posting_id: UUID) -> Posting:
    """Open until the commit, as far as ending its candidacies goes."""
    await queries.hold_posting(session, posting_id)
    posting = await get_posting(session, posting_id)
    if posting.status is not PostingStatus.OPEN:
        raise PostingNotOpen(
            f"The posting is {posting.status}.", posting_status=posting.status.value
        )
    return posting


async def _check_may_be_up(
    session: AsyncSession,
    posting: Posting,
    worker: UUID,
    agency: UUID | None = None,
    *,
    own: bool = False,
) -> None:
    """Nobody else is told who blocks whom, nor that it is that. Raises NotPossible,
    OrganisationBlocked."""
    why = await queries.why_not_up(session, worker, posting.organisation, agency)
    if why is WhyNot.BLOCKED_BY_WORKER and own:
        raise OrganisationBlocked
    if why is not None:
        raise NotPossible


async def _make(
    session: AsyncSession,
    caller: Caller,
    posting: Posting,
    already: type[Conflict],
    **values: Any,
) -> Row:
    row = await insert_candidacy(
        session, posting_id=posting.id, organisation=posting.organisation, **values
    )
    if row is None:
        raise already
    await _note(session, caller, "make", row)
    return row


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
            tenant=caller.tenant or row["organisation"],
            detail=told,
        )
