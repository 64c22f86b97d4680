"""/v1/applications and /v1/submittals: who is up for a posting.

A worker applies; an agency submits a worker who has given it the right to, to a posting
of its own or of a client it has a mandate of. Each side sees its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.postings.errors import (
    AlreadyApplied,
    AlreadyDecided,
    AlreadySubmitted,
    NoMandate,
    NotPossible,
    NotRepresented,
    OrganisationBlocked,
    PostingNotFound,
    PostingNotOpen,
)
from services.postings.hiring import commands, queries
from services.postings.hiring.lifecycle import Noun, Verb
from services.postings.hiring.schemas import (
    ApplicationView,
    CandidacyFilters,
    Decline,
    DeclineReason,
    NewApplication,
    NewSubmittal,
    SubmittalView,
)
from services.postings.models import audit
from shared.access import Own, Who, allow
from shared.audit.log import listed
from shared.database import SessionDep
from shared.etags import (
    NOT_MODIFIED,
    IfMatch,
    IfNoneMatch,
    check_unknown,
    set_etag,
    versioned,
)
from shared.idempotency import KeyedRoute
from shared.identity import ORGANISATIONS, Role, Scope
from shared.openapi import problems
from shared.paging import Page, link_next
from shared.problems import NotFound, VersionMismatch

router = APIRouter(prefix="/v1", tags=["hiring"], route_class=KeyedRoute)

READING = [
    allow(
        ORGANISATIONS,
        Role.WORKER,
        Role.OPERATOR,
        scope=Scope.HIRING_READ,
        own=Own.PARTY,
    )
]
DECIDING = [
    allow(ORGANISATIONS, Role.OPERATOR, scope=Scope.HIRING_WRITE, own=Own.PARTY)
]
STEP = problems(NotFound, VersionMismatch, AlreadyDecided) | versioned()
READ = problems(NotFound) | versioned() | NOT_MODIFIED


@dataclass(frozen=True)
class StepAsked:
    """One step of a candidacy's lifecycle, as the request asks for it."""

    session: SessionDep
    caller: Who
    response: Response
    if_match: IfMatch = None

    async def take(
        self, noun: Noun, id: UUID, verb: Verb, reason: DeclineReason | None = None
    ) -> queries.Row:
        row = await commands.move(
            self.session, self.caller, noun, id, verb, self.if_match, reason
        )
        set_etag(self.response, row["version"])
        return row


@dataclass(frozen=True)
class ListAsked:
    """A page of candidacies, as the request asks for it."""

    filters: Annotated[CandidacyFilters, Query()]
    session: SessionDep
    caller: Who
    request: Request
    response: Response

    async def read(self, noun: Noun) -> tuple[Sequence[queries.Row], str | None]:
        whose = queries.on_side(self.caller)
        rows, following = await queries.page_of_candidacies(
            self.session, noun, whose, self.filters
        )
        others = {row["worker"] for row in rows} - {self.caller.subject}
        if others:
            action = f"{noun}.list"
            seen = listed(sorted(others))
            await audit(self.session, self.caller, action, detail=seen)
        link_next(self.request, self.response, following)
        return rows, following


@dataclass(frozen=True)
class ReadAsked:
    """One candidacy, as the request asks for it."""

    session: SessionDep
    caller: Who
    response: Response
    if_none_match: IfNoneMatch = None

    async def read(self, noun: Noun, id: UUID) -> queries.Row:
        whose = queries.on_side(self.caller)
        row = await queries.find_candidacy(self.session, noun, id, whose)
        if row is None:
            raise NotFound
        check_unknown(self.if_none_match, row["version"])
        subject = ("worker", row["worker"])
        await audit.by_another(self.session, self.caller, f"{noun}.read", subject)
        set_etag(self.response, row["version"])
        return row


Step = Annotated[StepAsked, Depends()]
Listing = Annotated[ListAsked, Depends()]
Reading = Annotated[ReadAsked, Depends()]


@router.post(
    "/applications",
    status_code=201,
    summary="Apply to a posting",
    dependencies=[
        allow(Role.WORKER, Role.OPERATOR, scope=Scope.HIRING_WRITE, own=Own.WORKER)
    ],
    responses=problems(
        PostingNotFound,
        PostingNotOpen,
        OrganisationBlocked,
        NotPossible,
        AlreadyApplied,
    )
    | versioned(201),
)
async def apply_to_posting(
    body: NewApplication, session: SessionDep, caller: Who, response: Response
) -> ApplicationView:
    """A worker is up for a posting once at a time: by themself or by an agency."""
    row = await commands.apply(session, caller, body)
    response.headers["Location"] = f"/v1/applications/{row['id']}"
    set_etag(response, row["version"])
    return _application(row)


@router.get(
    "/applications",
    summary="List applications",
    dependencies=READING,
    responses=problems(),
)
async def list_applications(listing: Listing) -> Page[ApplicationView]:
    """The newest first: a worker's own, an organisation's those to its postings."""
    rows, following = await listing.read(Noun.APPLICATION)
    return Page(items=[_application(row) for row in rows], next=following)


@router.get(
    "/applications/{application_id}",
    summary="Read an application",
    dependencies=READING,
    responses=READ,
)
async def read_application(application_id: UUID, reading: Reading) -> ApplicationView:
    """As the worker and the organisation see it."""
    return _application(await reading.read(Noun.APPLICATION, application_id))


@router.post(
    "/applications/{application_id}/withdraw",
    summary="Withdraw an application",
    dependencies=[
        allow(Role.WORKER, Role.OPERATOR, scope=Scope.HIRING_WRITE, own=Own.WORKER)
    ],
    responses=STEP,
)
async def withdraw_application(application_id: UUID, step: Step) -> ApplicationView:
    """Also an accepted one; the worker may apply again."""
    return _application(
        await step.take(Noun.APPLICATION, application_id, Verb.WITHDRAW)
    )


@router.post(
    "/applications/{application_id}/accept",
    summary="Accept an application",
    dependencies=DECIDING,
    responses=STEP,
)
async def accept_application(application_id: UUID, step: Step) -> ApplicationView:
    """The organisation whose posting it is wants to go on with the worker."""
    return _application(await step.take(Noun.APPLICATION, application_id, Verb.ACCEPT))


@router.post(
    "/applications/{application_id}/decline",
    summary="Decline an application",
    dependencies=DECIDING,
    responses=STEP,
)
async def decline_application(
    application_id: UUID, body: Decline, step: Step
) -> ApplicationView:
    """With a reason, which the worker is told."""
    return _application(
        await step.take(Noun.APPLICATION, application_id, Verb.DECLINE, body.reason)
    )


@router.post(
    "/submittals",
    status_code=201,
    summary="Put a worker forward for a posting",
    dependencies=[allow(Role.AGENCY, scope=Scope.HIRING_WRITE, own=Own.PARTY)],
    responses=problems(
        PostingNotFound,
        PostingNotOpen,
        NoMandate,
        NotRepresented,
        NotPossible,
        AlreadySubmitted,
    )
    | versioned(201),
)
async def submit_worker(
    body: NewSubmittal, session: SessionDep, caller: Who, response: Response
) -> SubmittalView:
    """For a posting of the agency's own, or of an organisation that has given it a
    mandate. Who has put the same person forward before is not told."""
    row = await commands.submit(session, caller, body)
    response.headers["Location"] = f"/v1/submittals/{row['id']}"
    set_etag(response, row["version"])
    return _submittal(row)


@router.get(
    "/submittals",
    summary="List submittals",
    dependencies=READING,
    responses=problems(),
)
async def list_submittals(listing: Listing) -> Page[SubmittalView]:
    """The newest first: an agency's own, an organisation's those to its postings, and
    those of a worker by whomever."""
    rows, following = await listing.read(Noun.SUBMITTAL)
    return Page(items=[_submittal(row) for row in rows], next=following)


@router.get(
    "/submittals/{submittal_id}",
    summary="Read a submittal",
    dependencies=READING,
    responses=READ,
)
async def read_submittal(submittal_id: UUID, reading: Reading) -> SubmittalView:
    """As the worker, the agency and the organisation see it."""
    return _submittal(await reading.read(Noun.SUBMITTAL, submittal_id))


@router.post(
    "/submittals/{submittal_id}/withdraw",
    summary="Withdraw a submittal",
    dependencies=[
        allow(
            Role.AGENCY,
            Role.WORKER,
            Role.OPERATOR,
            scope=Scope.HIRING_WRITE,
            own=Own.PARTY,
        )
    ],
    responses=STEP,
)
async def withdraw_submittal(submittal_id: UUID, step: Step) -> SubmittalView:
    """The agency may, and the worker themself."""
    return _submittal(await step.take(Noun.SUBMITTAL, submittal_id, Verb.WITHDRAW))


@router.post(
    "/submittals/{submittal_id}/accept",
    summary="Accept a submittal",
    dependencies=DECIDING,
    responses=STEP,
)
async def accept_submittal(submittal_id: UUID, step: Step) -> SubmittalView:
    """The organisation whose posting it is wants to go on with the worker."""
    return _submittal(await step.take(Noun.SUBMITTAL, submittal_id, Verb.ACCEPT))


@router.post(
    "/submittals/{submittal_id}/decline",
    summary="Decline a submittal",
    dependencies=DECIDING,
    responses=STEP,
)
async def decline_submittal(
    submittal_id: UUID, body: Decline, step: Step
) -> SubmittalView:
    """With a reason, which the agency and the worker are told."""
    return _submittal(
        await step.take(Noun.SUBMITTAL, submittal_id, Verb.DECLINE, body.reason)
    )


def _application(row: queries.Row) -> ApplicationView:
    return ApplicationView.model_validate(row | {"posting": row["posting_id"]})


def _submittal(row: queries.Row) -> SubmittalView:
    return SubmittalView.model_validate(row | {"posting": row["posting_id"]})
