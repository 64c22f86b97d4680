"""/v1/skills: names as one types, what phrases mean, one concept."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from services.matching.skills.concepts import Concept, Kind, Language, Occupation
from services.matching.skills.errors import ConceptNotFound
from services.matching.skills.normalise import Normalised, normalise
from services.matching.skills.queries import find_concept
from services.matching.skills.schemas import (
    CompletionAnswer,
    CompletionView,
    ConceptHead,
    ConceptView,
    NormaliseAnswer,
    NormalisedView,
    NormaliseRequest,
    SuggestionView,
    Typed,
)
from services.matching.skills.suggest import suggest
from services.matching.skills.taxonomy import load_taxonomy
from services.matching.skills.titles import resolve_title
from shared.database import SessionDep
from shared.fields import Slug
from shared.identity import SIGNED_IN, allow
from shared.openapi import problems

router = APIRouter(prefix="/v1/skills", tags=["skills"])

OfKind = Annotated[Kind, Query(description="What kind of concept is meant.")]


# plain functions: they compute for milliseconds, beside the event loop
@router.get(
    "",
    summary="Complete what is being typed",
    dependencies=[allow(SIGNED_IN)],
    responses=problems(),
)
def complete(
    q: Annotated[Typed, Query(description="What was typed so far.")],
    kind: OfKind = "skill",
    language: Annotated[Language | None, Query(description="Of the labels.")] = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> CompletionAnswer:
    """Names that begin so, then names with a word that does, then similar names."""
    return CompletionAnswer(
        taxonomy_version=load_taxonomy().version,
        items=[
            CompletionView(
                concept=_head(found.concept), label=found.label, name=found.name
            )
            for found in suggest(q, kind, language, limit)
        ],
    )


@router.post(
    "/normalise",
    summary="Understand phrases",
    dependencies=[allow(SIGNED_IN)],
    responses=problems(),
)
def normalise_phrases(body: NormaliseRequest) -> NormaliseAnswer:
    """What each phrase names, or null and suggestions. Occupations are job titles."""
    return NormaliseAnswer(
        taxonomy_version=load_taxonomy().version,
        results=[
            _normalised(phrase, _understood(phrase, body.kind, body.language))
            for phrase in body.phrases
        ],
    )


@router.get(
    "/{concept_id}",
    summary="Read a concept",
    dependencies=[allow(SIGNED_IN)],
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


def _understood(phrase: str, kind: Kind, language: Language | None) -> Normalised:
    if kind == "occupation":
        return resolve_title(phrase, language)
    return normalise(phrase, kind, language)


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
