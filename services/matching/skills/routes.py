"""/v1/skills: names as one types, what phrases mean, one concept."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.matching.phrases.privacy import caller_key
from services.matching.phrases.understanding import UnderstandingDep
from services.matching.skills.access import READING, UNDERSTANDING
from services.matching.skills.bound_completing import suggest_with
from services.matching.skills.concepts import Concept, Kind, Language, Occupation
from services.matching.skills.errors import ConceptNotFound, TaxonomyVersionUnknown
from services.matching.skills.normalise import Normalised
from services.matching.skills.queries import (
    changes_after,
    find_concept,
    load_of_version,
    newest_version,
)
from services.matching.skills.schemas import (
    ChangesAnswer,
    ChangeView,
    CompletionAnswer,
    CompletionView,
    ConceptHead,
    ConceptView,
    NormaliseAnswer,
    NormalisedView,
    NormaliseRequest,
    SpokenOfView,
    SuggestionView,
    TextAnswer,
    TextRequest,
    Typed,
)
from services.matching.skills.taxonomy import load_taxonomy
from services.matching.skills.text_skills import skills_spoken_of
from shared.access import Who
from shared.database import SessionDep
from shared.fields import Slug
from shared.idempotency import KeyedRoute
from shared.openapi import problems
from shared.paging import Cursor, Limit, counted, cut_page, decode_cursor, link_next

router = APIRouter(prefix="/v1/skills", tags=["skills"], route_class=KeyedRoute)

OfKind = Annotated[Kind, Query(description="What kind of concept is meant.")]


# plain functions: they compute for milliseconds, beside the event loop
@router.get(
    "",
    summary="Complete what is being typed",
    dependencies=READING,
    responses=problems(),
)
def complete(
    held: UnderstandingDep,
    q: Annotated[Typed, Query(description="What was typed so far.")],
    kind: OfKind = "skill",
    language: Annotated[Language | None, Query(description="Of the labels.")] = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> CompletionAnswer:
    """Names that begin so, then names with all the words in any order, the last begun,
    then slips of the pen; of each, what the taxonomy makes most of first."""
    return CompletionAnswer(
        taxonomy_version=load_taxonomy().version,
        items=[
            CompletionView(
                concept=_head(found.concept), label=found.label, name=found.name
            )
            for found in suggest_with(held.bound, q, kind, language, limit)
        ],
    )


@router.post(
    "/normalise",
    summary="Understand phrases",
    dependencies=UNDERSTANDING,
    responses=problems(),
)
def normalise_phrases(
    body: NormaliseRequest, held: UnderstandingDep, caller: Who
) -> NormaliseAnswer:
    """What each phrase names, or null and suggestions. Occupations are job titles.

    Phrases that are not understood are counted, for operators to say what they mean.
    """
    typist = caller_key(caller)
    return NormaliseAnswer(
        taxonomy_version=load_taxonomy().version,
        results=[
            _normalised(
                phrase, held.understand(phrase, body.kind, body.language, typist)
            )
            for phrase in body.phrases
        ],
    )


@router.post(
    "/suggest-from-text",
    summary="Suggest the skills that a text speaks of",
    dependencies=UNDERSTANDING,
    responses=problems(),
)
def suggest_from_text(body: TextRequest) -> TextAnswer:
    """Skills of the taxonomy with the words of the text that speak of them, the
    likeliest first, for a person to choose from. Nothing is kept of the text."""
    return TextAnswer(
        taxonomy_version=load_taxonomy().version,
        items=[
            SpokenOfView(
                concept=_head(found.skill),
                confidence=found.confidence,
                name=found.name,
                window=body.text[found.start : found.end],
                start=found.start,
                end=found.end,
            )
            for found in skills_spoken_of(body.text, body.limit)
        ],
    )


@router.get(
    "/changes",
    summary="What the taxonomy's loads changed",
    dependencies=READING,
    responses=problems(TaxonomyVersionUnknown),
)
async def list_changes(
    session: SessionDep,
    request: Request,
    response: Response,
    since: Annotated[
        str | None,
        Query(
            description="A taxonomy version; else since the first.",
            pattern=r"^[0-9a-f]{1,64}$",
        ),
    ] = None,
    limit: Limit = 200,
    cursor: Cursor = None,
) -> ChangesAnswer:
    """Concepts published, restored, renamed, changed otherwise, retired or replaced
    since this installation held the version `since`, in their order."""
    after = decode_cursor(cursor, counted) or [0]
    load = 0 if since is None else await load_of_version(session, since)
    if load is None:
        raise TaxonomyVersionUnknown
    rows = await changes_after(session, load, after[0], limit + 1)
    shown, following = cut_page(rows, limit, lambda row: (row["seq"],))
    link_next(request, response, following)
    return ChangesAnswer(
        since=since,
        taxonomy_version=await newest_version(session),
        items=[ChangeView.model_validate(row) for row in shown],
        next=following,
    )


@router.get(
    "/{concept_id}",
    summary="Read a concept",
    dependencies=READING,
    responses=problems(ConceptNotFound),
)
async def read_concept(
    concept_id: Slug, session: SessionDep, kind: OfKind = "skill"
) -> ConceptView:
    """A concept with its names and links, retired or not."""
    row = await find_concept(session, kind, concept_id)
    if row is None:
        raise ConceptNotFound
    aliases = {
        f"aliases_{language}": row["aliases"][language] for language in ("en", "zh")
    }
    return ConceptView.model_validate(dict(row) | aliases | row["links"])


def _normalised(phrase: str, found: Normalised) -> NormalisedView:
    return NormalisedView(
        phrase=phrase,
        concept=_head(found.concept) if found.concept else None,
        confidence=found.confidence,
        method=found.method,
        suggestions=[
            SuggestionView(
                concept=_head(guess.concept), name=guess.name, likeness=guess.likeness
            )
            for guess in found.suggestions
        ],
    )


def _head(concept: Concept) -> ConceptHead:
    return ConceptHead(
        kind=concept.kind,
        id=concept.id,
        label_en=concept.label_en,
        label_zh=concept.label_zh,
        isco08=concept.isco08 if isinstance(concept, Occupation) else None,
    )
