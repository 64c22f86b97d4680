"""The use cases of postings: each changes rows and records one event for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.postings.errors import PostingNotFound, PostingOfAnother
from services.postings.models import audit, known_concept, outbox
from services.postings.postings import lifecycle, queries, storage
from services.postings.postings.content import CONCEPTS, content_of, merged
from services.postings.postings.lifecycle import EDITED, EVENTS, Status, Verb
from services.postings.postings.posting import Posting
from services.postings.postings.rules import PostingDocument, posting_faults
from services.postings.postings.schemas import NewPosting, PostingContent, Reason
from services.postings.postings.shifts import keep_shift_ids, unknown_shifts
from shared.documents import read
from shared.etags import check_version
from shared.identity import Caller
from shared.outbox import NewEvent, record_events
from shared.problems import Fault, InvalidRequest
from shared.values import new_id, now
from shared.vocabulary import Mention, mentions, unknown_concepts

SWEEP = 500


async def create_posting(session: AsyncSession, caller: Caller, raw: Any) -> Posting:
    """A draft; open at once with `publish`, held for review with `hold`.

    Raises InvalidRequest with every fault of the document.
    """
    moment = now()
    wanted, faults = read(NewPosting, raw)
    fields: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
    publishing = fields.get("publish") is True and fields.get("hold") is None
    faults += posting_faults(PostingDocument(fields, moment, publishing))
    faults += await unknown_concepts(session, known_concept, mentions(raw, CONCEPTS))
    if wanted is not None:
        faults += unknown_shifts(wanted.shifts, ())
        faults += _organisation_faults(caller, wanted.organisation)
    if faults or wanted is None:
        raise InvalidRequest(faults=faults)
    made = new_posting(
        organisation_of(caller, wanted.organisation),
        wanted,
        publish=wanted.publish,
        hold=wanted.hold,
        moment=moment,
    )
    await storage.insert_postings(session, [made])
    await record(session, [(EVENTS[made.status], made)])
    await _note(session, caller, "posting.create", made)
    return made


async def edit_posting(
    session: AsyncSession,
    caller: Caller,
    posting_id: UUID,
    change: Any,
    if_match: str | None,
    *,
    whole: bool,
) -> Posting:
    """Put a `whole` new content, or lay a merge patch (RFC 7396) over the old one.

    Nothing is written and no event recorded when nothing changes. Raises
    PostingHasEnded, VersionMismatch, and InvalidRequest with every fault.
    """
    before = await _own(session, posting_id)
    check_version(if_match, before.version)
    lifecycle.check_editable(before.status)
    moment = now()
    whole_object = whole or not isinstance(change, Mapping)
    document = change if whole_object else merged(before.content, change)
    wanted, faults = read(PostingContent, document)
    faults += edit_faults(before, document, wanted, before.status, moment)
    faults += await unknown_concepts(
        session, known_concept, new_mentions(before, document)
    )
    if faults or wanted is None:
        raise InvalidRequest(faults=faults)
    content = keep_shift_ids(content_of(wanted), before.content["shifts"])
    if content == before.content:
        return before
    edited = replace(
        before, version=before.version + 1, content=content, updated_at=moment
    )
    await storage.update_posting(session, before, edited)
    await record(session, [(EDITED, edited)])
    await _note(session, caller, "posting.edit", edited)
    return edited


async def move_posting(
    session: AsyncSession,
    caller: Caller,
    posting_id: UUID,
    verb: Verb,
    if_match: str | None,
    reason: Reason | None = None,
) -> Posting:
    """Take one step of the lifecycle; who may is declared with each route.

    Raises the Conflict that names the situation, VersionMismatch, and InvalidRequest
    when the posting lacks what an open one needs.
    """
    before = await _own(session, posting_id)
    check_version(if_match, before.version)
    status = lifecycle.after(verb, before.status)
    moment = now()
    if status is Status.OPEN:
        kept = before.shift_intervals() if before.opened_at else frozenset()
        document = PostingDocument(before.content, moment, True, kept)
        faults = posting_faults(document)
        if faults:
            raise InvalidRequest("The posting cannot open like this.", faults=faults)
    moved = before.moved(status, reason.reason if reason else None, moment)
    await storage.update_posting(session, before, moved)
    await record(session, [(lifecycle.event_of(verb), moved)])
    await _note(session, caller, f"posting.{verb}", moved)
    return moved


async def expire_postings(session: AsyncSession, limit: int = SWEEP) -> int:
    """Expire up to `limit` postings whose deadline has passed; returns how many."""
    overdue = await queries.lock_overdue(session, limit)
    moment = now()
    expired = [posting.moved(Status.EXPIRED, None, moment) for posting in overdue]
    if expired:
        await storage.move_postings(session, expired)
        await record(session, [(EVENTS[Status.EXPIRED], item) for item in expired])
    return len(expired)


async def open_postings(
    session: AsyncSession, rows: Sequence[tuple[UUID, Mapping[str, Any]]]
) -> list[UUID]:
    """Open many postings at once: (organisation, document of PostingContent) each.

    All or none: raises InvalidRequest whose pointers begin with the row's number. The
    caller commits, at most 1,000 rows a transaction, on a session of the system login.
    """
    moment = now()
    faults: list[Fault] = []
    made: list[Posting] = []
    for number, (organisation, raw) in enumerate(rows):
        wanted, found = read(PostingContent, raw)
        found += posting_faults(PostingDocument(raw, moment, publishing=True))
        faults += [replace(item, pointer=f"/{number}{item.pointer}") for item in found]
        if wanted is not None:
            made.append(new_posting(organisation, wanted, publish=True, moment=moment))
    documents = [dict(raw) for _, raw in rows]
    places = {f"/*{pattern}": kind for pattern, kind in CONCEPTS.items()}
    named = mentions(documents, places)
    faults += await unknown_concepts(session, known_concept, named)
    if faults:
        raise InvalidRequest(faults=faults)
    if made:
        await storage.insert_postings(session, made)
        await record(session, [(EVENTS[item.status], item) for item in made])
    return [item.id for item in made]


def organisation_of(caller: Caller, named: UUID | None) -> UUID:
    """Whose posting the caller writes; raises InvalidRequest."""
    faults = _organisation_faults(caller, named)
    organisation = named or caller.tenant
    if faults or organisation is None:
        raise InvalidRequest(faults=faults)
    return organisation


def new_posting(
    organisation: UUID,
    wanted: PostingContent,
    *,
    publish: bool = False,
    hold: str | None = None,
    moment: datetime,
) -> Posting:
    """Version 1: held if there is a reason to, else open or a draft."""
    status = Status.OPEN if publish else Status.DRAFT
    if hold is not None:
        status = Status.HELD
    return Posting(
        id=new_id(),
        version=1,
        organisation=organisation,
        status=status,
        content=keep_shift_ids(content_of(wanted), ()),
        created_at=moment,
        updated_at=moment,
        reason=hold,
        opened_at=moment if status is Status.OPEN else None,
    )


def edit_faults(
    before: Posting,
    document: Any,
    wanted: PostingContent | None,
    status: Status,
    moment: datetime,
) -> list[Fault]:
    """What forbids this edit of a posting that will then be in `status`."""
    if not isinstance(document, Mapping):
        return []
    opening = status is Status.OPEN
    kept = before.shift_intervals() if before.opened_at else frozenset()
    faults = posting_faults(PostingDocument(document, moment, opening, kept))
    if before.status is Status.OPEN:
        message = "cannot change while the posting is open: that is another job"
        faults += [
            Fault(f"/{name}", "fixed_once_open", message)
            for name in lifecycle.FIXED_ONCE_OPEN
            if before.content[name] not in (None, document.get(name))
        ]
    if wanted is not None:
        faults += unknown_shifts(wanted.shifts, before.content["shifts"])
    return faults


def new_mentions(before: Posting, document: Any) -> list[Mention]:
    """Concepts the edit brings in: one retired since may stay where it is."""
    held = {(item.kind, item.id) for item in mentions(before.content, CONCEPTS)}
    return [
        item
        for item in mentions(document, CONCEPTS)
        if (item.kind, item.id) not in held
    ]


async def record(session: AsyncSession, events: Sequence[tuple[str, Posting]]) -> None:
    await record_events(
        session,
        outbox,
        [
            NewEvent(type, str(posting.id), posting.version, posting.state())
            for type, posting in events
        ],
    )


async def _note(
    session: AsyncSession, caller: Caller, action: str, posting: Posting
) -> None:
    """What somebody does to another organisation's posting is on the audit log."""
    await audit.by_another(
        session,
        caller,
        action,
        ("posting", posting.id),
        tenant=posting.organisation,
        detail={"version": posting.version},
    )


async def _own(session: AsyncSession, posting_id: UUID) -> Posting:
    """The posting, locked; raises PostingNotFound, PostingOfAnother."""
    found = await queries.lock_posting(session, posting_id)
    if found is not None:
        return found
    if await queries.find_posting(session, posting_id) is not None:
        raise PostingOfAnother
    raise PostingNotFound


def _organisation_faults(caller: Caller, organisation: UUID | None) -> list[Fault]:
    """Members write for their own organisation, operators say for which."""
    if caller.tenant is None and organisation is None:
        message = "an operator names the organisation"
        return [Fault("/organisation", "organisation", message)]
    if caller.tenant is not None and organisation not in (None, caller.tenant):
        message = "must be the caller's own"
        return [Fault("/organisation", "organisation", message)]
    return []
