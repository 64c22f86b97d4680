"""/v1/skills/phrases: what nobody understood, and what operators say it means."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response

from services.matching.phrases import commands, queries
from services.matching.phrases.errors import (
    BindingNotFound,
    PhraseIsAName,
    PhraseIsBound,
    PhraseNotFound,
)
from services.matching.phrases.export import CSV_EXAMPLE, as_csv, wants_csv
from services.matching.phrases.schemas import (
    BINDING_EXAMPLE,
    BindingView,
    NewBinding,
    PhraseFilter,
    PhraseView,
)
from shared.access import Own, Who, allow
from shared.database import SessionDep
from shared.idempotency import KeyedRoute
from shared.identity import Role, Scope
from shared.openapi import problems
from shared.paging import (
    Cursor,
    Limit,
    Page,
    counted,
    cut_page,
    dated,
    decode_cursor,
    link_next,
    worded,
)

router = APIRouter(
    prefix="/v1/skills/phrases", tags=["phrases"], route_class=KeyedRoute
)

READING = [allow(Role.OPERATOR, scope=Scope.SKILLS_READ, own=Own.SYSTEM)]
WRITING = [allow(Role.OPERATOR, scope=Scope.SKILLS_WRITE, own=Own.SYSTEM)]
AS_CSV: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/json": {"example": {"items": [BINDING_EXAMPLE], "next": None}},
            "text/csv": {"schema": {"type": "string"}, "example": CSV_EXAMPLE},
        }
    }
}
Accept = Annotated[str, Header(include_in_schema=False)]
Format = Annotated[
    Literal["json", "csv"] | None,
    Query(alias="format", description="Else as the Accept header asks."),
]


@router.get(
    "",
    summary="List phrases nobody understood",
    dependencies=READING,
    responses=problems(),
)
async def list_phrases(
    filters: Annotated[PhraseFilter, Query()],
    session: SessionDep,
    request: Request,
    response: Response,
) -> Page[PhraseView]:
    """Those that two different callers typed at least; the most typed come first.

    Counts go on while you read: a phrase may come again on a later page.
    """
    key = counted if filters.order == "count" else dated
    after = decode_cursor(filters.cursor, key, UUID)
    rows = await queries.page_of_phrases(session, filters, after, filters.limit + 1)
    shown, following = cut_page(
        rows, filters.limit, lambda row: (row[filters.key], row["id"])
    )
    link_next(request, response, following)
    items = [PhraseView.model_validate(row) for row in shown]
    return Page(items=items, next=following)


@router.get(
    "/bindings",
    summary="Export what phrases are bound to",
    dependencies=READING,
    responses=problems() | AS_CSV,
    response_model=Page[BindingView],
)
async def list_bindings(
    session: SessionDep,
    request: Request,
    response: Response,
    limit: Limit = 200,
    cursor: Cursor = None,
    wanted: Format = None,
    accept: Accept = "",
) -> Page[BindingView] | Response:
    """By kind and phrase: JSON in pages, or all of them as one CSV table."""
    after = decode_cursor(cursor, worded, worded)
    if wanted == "csv" or (wanted is None and wants_csv(accept)):
        rows = await queries.page_of_bindings(session, after, None)
        return Response(as_csv(map(dict, rows)), media_type="text/csv")
    rows = await queries.page_of_bindings(session, after, limit + 1)
    shown, following = cut_page(rows, limit, lambda row: (row["kind"], row["folded"]))
    link_next(request, response, following)
    items = [BindingView.model_validate(row) for row in shown]
    return Page(items=items, next=following)


@router.post(
    "/bindings",
    status_code=201,
    summary="Bind a phrase to a concept",
    dependencies=WRITING,
    responses=problems(PhraseIsAName, PhraseIsBound)
    | {200: {"description": "It was bound so already.", "model": BindingView}},
)
async def bind_phrase(
    body: NewBinding, session: SessionDep, caller: Who, response: Response
) -> BindingView:
    """From a second later on, every process understands it so.

    Binding it again to the same concept changes nothing and answers 200.
    """
    bound, made = await commands.bind_phrase(session, caller, body)
    if not made:
        response.status_code = 200
    return BindingView.model_validate(bound)


@router.delete(
    "/bindings/{binding_id}",
    status_code=204,
    summary="Take a binding back",
    dependencies=WRITING,
    responses=problems(BindingNotFound),
)
async def unbind_phrase(binding_id: UUID, session: SessionDep, caller: Who) -> None:
    """The phrase means what the taxonomy makes of it, as before."""
    await commands.unbind_phrase(session, caller, binding_id)


@router.post(
    "/{phrase_id}/dismiss",
    summary="Put a phrase out of the way",
    dependencies=WRITING,
    responses=problems(PhraseNotFound, PhraseIsBound),
)
async def dismiss_phrase(
    phrase_id: UUID, session: SessionDep, caller: Who
) -> PhraseView:
    """It goes on being counted, but is listed as dismissed only."""
    dismissed = await commands.dismiss_phrase(session, caller, phrase_id)
    return PhraseView.model_validate(dismissed)
