"""/v1/postings over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from pydantic import SkipValidation

from services.postings.errors import (
    PostingAlreadyHeld,
    PostingHasEnded,
    PostingNotDraft,
    PostingNotHeld,
    PostingNotOpen,
)
from services.postings.models import audit, known_concept
from services.postings.postings import batch, commands, queries, remapping
from services.postings.postings.filters import PostingFilters, check_together
from services.postings.postings.lifecycle import MEMBERS, STEPS, Verb
from services.postings.postings.openapi import (
    BATCH_EXAMPLE,
    ON_AN_OWN_POSTING,
    ON_ONE_POSTING,
    OWN_EXAMPLE,
    POSTING_EXAMPLE,
    RESULT_EXAMPLE,
    MergePatch,
    answers,
)
from services.postings.postings.posting import Posting
from services.postings.postings.schemas import (
    EXAMPLE,
    NewBatch,
    NewPosting,
    PostingContent,
    Reason,
)
from services.postings.postings.views import BatchResult, OwnPosting, PostingView
from shared.access import Own, Who, allow
from shared.database import SessionDep
from shared.etags import (
    NOT_MODIFIED,
    IfMatch,
    IfNoneMatch,
    check_unknown,
    set_etag,
)
from shared.idempotency import KeyedRoute
from shared.identity import SIGNED_IN, Caller, Role, Scope
from shared.openapi import problems
from shared.paging import Page, link_next
from shared.rate_limits.declared import rated
from shared.rates import RateClass
from shared.remapping import (
    RemapAnswer,
    RemapRequest,
    answer,
    replaced_concepts,
)

router = APIRouter(prefix="/v1/postings", tags=["postings"], route_class=KeyedRoute)

# bodies are read by the commands, which tell all faults at once: those of the schema,
# of the rules between fields, and unknown concepts
Creation = Annotated[
    NewPosting, SkipValidation, Body(examples=[EXAMPLE | {"publish": True}])
]
Content = Annotated[PostingContent, SkipValidation, Body(examples=[EXAMPLE])]
Patch = Annotated[
    PostingContent,
    SkipValidation,
    MergePatch(),
    Body(
        description="A merge patch (RFC 7396): null takes a field away.",
        examples=[{"title": "Forklift driver, two nights", "pay": {"maximum": 1900}}],
    ),
]
Given = Annotated[Reason, Body(examples=[{"reason": "The client has withdrawn."}])]


@router.post(
    "",
    status_code=201,
    dependencies=[allow(MEMBERS, scope=Scope.POSTINGS_WRITE, own=Own.TENANT)],
    summary="Create a posting: a draft, or open at once with `publish`",
    responses=answers(201, OWN_EXAMPLE, description="Created."),
)
async def create_posting(
    body: Creation, session: SessionDep, caller: Who, response: Response
) -> OwnPosting:
    """Every fault of the document is told at once, each with its JSON pointer."""
    made = await commands.create_posting(session, caller, body)
    response.headers["Location"] = f"/v1/postings/{made.id}"
    return _own(response, made)


@router.post(
    "/batch",
    dependencies=[
        allow(MEMBERS, scope=Scope.POSTINGS_WRITE, own=Own.TENANT),
        rated(RateClass.HEAVY),
    ],
    summary="Import up to 500 postings, idempotent by source",
    responses=answers(200, RESULT_EXAMPLE),
)
async def import_postings(
    body: Annotated[NewBatch, Body(examples=[BATCH_EXAMPLE])],
    session: SessionDep,
    caller: Who,
) -> BatchResult:
    """Valid rows land in one transaction; the others are rejected with all their
    faults."""
    organisation = commands.organisation_of(caller, body.organisation)
    return await batch.import_postings(session, caller, organisation, body.postings)


@router.post(
    "/remap",
    dependencies=[
        allow(Role.OPERATOR, scope=Scope.POSTINGS_WRITE, own=Own.SYSTEM),
        rated(RateClass.HEAVY),
    ],
    summary="Re-map what names replaced concepts",
    responses=problems(),
)
async def remap_postings(
    body: RemapRequest, session: SessionDep, caller: Who
) -> RemapAnswer:
    """What the taxonomy replaced, in up to 500 postings at once that are not over; the
    loops of this service do the same every few seconds."""
    replaced = await replaced_concepts(session, known_concept)
    if body.dry_run:
        done = await remapping.postings_to_remap(session, replaced)
    else:
        done = await remapping.remap_postings(session, replaced)
        await audit(session, caller, "posting.remap", detail={"rows": done.rows})
    return answer(done, replaced, body.dry_run)


@router.get(
    "",
    dependencies=[allow(SIGNED_IN, scope=Scope.POSTINGS_READ, own=Own.SHARED)],
    summary="Search postings",
    responses=answers(200, {"items": [POSTING_EXAMPLE], "next": None}),
)
async def list_postings(
    filters: Annotated[PostingFilters, Query()],
    session: SessionDep,
    caller: Who,
    request: Request,
    response: Response,
) -> Page[OwnPosting | PostingView]:
    """The newest first. Organisations search their own postings in every state, or the
    open ones of the `organisation` they name; workers all that are open."""
    check_together(filters)
    found, following = await queries.search_postings(
        session, filters, caller.tenant, caller.sees_all
    )
    link_next(request, response, following)
    items = [_view(caller, item) for item in found]
    return Page[OwnPosting | PostingView](items=items, next=following)


@router.get(
    "/{posting_id}",
    dependencies=[allow(SIGNED_IN, scope=Scope.POSTINGS_READ, own=Own.SHARED)],
    summary="Read a posting",
    responses=answers(200, POSTING_EXAMPLE, *ON_ONE_POSTING) | NOT_MODIFIED,
)
async def read_posting(
    posting_id: UUID,
    session: SessionDep,
    caller: Who,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> OwnPosting | PostingView:
    """Those of other organisations exist only while they are open."""
    found = await queries.get_posting(session, posting_id)
    check_unknown(if_none_match, found.version)
    set_etag(response, found.version)
    return _view(caller, found)


@router.put(
    "/{posting_id}",
    dependencies=[allow(MEMBERS, scope=Scope.POSTINGS_WRITE, own=Own.TENANT)],
    summary="Replace the content of a posting",
    responses=answers(200, OWN_EXAMPLE, *ON_AN_OWN_POSTING, PostingHasEnded),
)
async def replace_posting(
    posting_id: UUID,
    body: Content,
    session: SessionDep,
    caller: Who,
    response: Response,
    if_match: IfMatch = None,
) -> OwnPosting:
    """Drafts, held and open postings can be edited; market, kind and occupation of an
    open one stay. A shift keeps its id by naming it or by keeping its times."""
    return _own(
        response,
        await commands.edit_posting(
            session, caller, posting_id, body, if_match, whole=True
        ),
    )


@router.patch(
    "/{posting_id}",
    dependencies=[allow(MEMBERS, scope=Scope.POSTINGS_WRITE, own=Own.TENANT)],
    summary="Change some of the content of a posting",
    responses=answers(200, OWN_EXAMPLE, *ON_AN_OWN_POSTING, PostingHasEnded),
)
async def edit_posting(
    posting_id: UUID,
    body: Patch,
    session: SessionDep,
    caller: Who,
    response: Response,
    if_match: IfMatch = None,
) -> OwnPosting:
    """As replacing it with the old content under the patch."""
    return _own(
        response,
        await commands.edit_posting(
            session, caller, posting_id, body, if_match, whole=False
        ),
    )


def _step(verb: Verb, summary: str, *problems: Any) -> dict[str, Any]:
    """What the routes of the lifecycle have in common."""
    return {
        "path": f"/{{posting_id}}/{verb}",
        "dependencies": [
            allow(STEPS[verb].by, scope=Scope.POSTINGS_WRITE, own=Own.TENANT)
        ],
        "summary": summary,
        "responses": answers(200, OWN_EXAMPLE, *ON_AN_OWN_POSTING, *problems),
    }


@dataclass(frozen=True)
class StepAsked:
    """One step of a posting's lifecycle, as the request asks for it."""

    posting_id: UUID
    session: SessionDep
    caller: Who
    response: Response
    if_match: IfMatch = None

    async def take(self, verb: Verb, reason: Reason | None = None) -> OwnPosting:
        moved = await commands.move_posting(
            self.session, self.caller, self.posting_id, verb, self.if_match, reason
        )
        return _own(self.response, moved)


Asked = Annotated[StepAsked, Depends()]


@router.post(**_step(Verb.PUBLISH, "Open a draft", PostingNotDraft))
async def publish_posting(step: Asked) -> OwnPosting:
    """It needs a market, a kind, a title, and a place unless it is remote."""
    return await step.take(Verb.PUBLISH)


@router.post(
    **_step(
        Verb.HOLD,
        "Hold a draft or open posting for review",
        PostingAlreadyHeld,
        PostingHasEnded,
    )
)
async def hold_posting(step: Asked, body: Given) -> OwnPosting:
    """It is out of the market until it is released."""
    return await step.take(Verb.HOLD, body)


@router.post(**_step(Verb.RELEASE, "Open a held posting", PostingNotHeld))
async def release_posting(step: Asked) -> OwnPosting:
    """It needs what publishing needs."""
    return await step.take(Verb.RELEASE)


@router.post(**_step(Verb.FILL, "Say that everybody needed was found", PostingNotOpen))
async def fill_posting(step: Asked) -> OwnPosting:
    """The end of an open posting."""
    return await step.take(Verb.FILL)


@router.post(**_step(Verb.CLOSE, "Stop looking", PostingNotOpen))
async def close_posting(step: Asked, body: Given) -> OwnPosting:
    """The end of an open or held posting; what was agreed on stays."""
    return await step.take(Verb.CLOSE, body)


@router.post(**_step(Verb.CANCEL, "Withdraw a posting", PostingHasEnded))
async def cancel_posting(step: Asked, body: Given) -> OwnPosting:
    """The end of any posting that has not ended: the work will not be done."""
    return await step.take(Verb.CANCEL, body)


def _own(response: Response, posting: Posting) -> OwnPosting:
    set_etag(response, posting.version)
    return posting.own_view()


def _view(caller: Caller, posting: Posting) -> OwnPosting | PostingView:
    own = caller.sees_all or posting.organisation == caller.tenant
    return posting.own_view() if own else posting.view()
