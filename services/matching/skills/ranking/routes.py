"""POST /v1/skills/titles: job titles to the codes of a classification, ranked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, Request

from services.matching.phrases.privacy import caller_key
from services.matching.phrases.understanding import UnderstandingDep
from services.matching.skills.access import UNDERSTANDING
from services.matching.skills.concepts import Concept, Language
from services.matching.skills.ranking.errors import SchemeNotImported
from services.matching.skills.ranking.imported import (
    Classification,
    ClassificationsDep,
)
from services.matching.skills.ranking.occupations import own_occupations
from services.matching.skills.ranking.schemas import (
    RankedTitleView,
    RankedView,
    Scheme,
    TitlesAnswer,
    TitlesRequest,
)
from services.matching.skills.taxonomy import load_taxonomy
from shared.access import Who
from shared.database import Database
from shared.idempotency import KeyedRoute
from shared.openapi import problems

Rank = Callable[[str, Language | None, Language | None, int], list[RankedView]]
"""A title, its language, that of the labels and how many → what it may mean."""

router = APIRouter(prefix="/v1/skills", tags=["skills"], route_class=KeyedRoute)


@router.post(
    "/titles",
    summary="Rank the occupations that job titles may mean",
    dependencies=UNDERSTANDING,
    responses=problems(SchemeNotImported),
)
async def rank_titles(
    body: TitlesRequest,
    request: Request,
    held: ClassificationsDep,
    understanding: UnderstandingDep,
    caller: Who,
) -> TitlesAnswer:
    """Codes with scores for each title: of the own taxonomy, of ISCO-08 through it, or
    of an imported classification. What decides is POST /v1/skills/normalise: titles
    that it does not understand are counted, and one that operators bound to an
    occupation is ranked as a name of that occupation would be.
    """
    rank: Rank = _own
    if body.scheme == "isco08":
        rank = _unit_groups
    elif body.scheme != "rollcall":
        database: Database = request.app.state.database
        known = await held.of(database, body.scheme, body.language)
        rank = partial(_imported, known)
    typist = caller_key(caller)

    def ranked(title: str) -> RankedTitleView:
        typed = title, body.language
        found = understanding.understand(title, "occupation", body.language, typist)
        if found.concept is not None and found.method == "bound":
            typed = _name(found.concept, body.scheme, body.language)
        views = rank(*typed, body.language, body.limit)
        return RankedTitleView(title=title, ranked=views)

    results = await asyncio.to_thread(lambda: [*map(ranked, body.titles)])
    return TitlesAnswer(scheme=body.scheme, results=results)


def _name(
    concept: Concept, scheme: Scheme, language: Language | None
) -> tuple[str, Language]:
    """A name of an occupation that its scheme ranks best, and its language."""
    if scheme == "csco":
        return concept.label_zh, "zh"
    if scheme == "esco" and language is not None and concept.aliases(language):
        return concept.aliases(language)[0], language
    return concept.label_en, "en"


def _own(
    title: str, spoken: Language | None, shown: Language | None, limit: int
) -> list[RankedView]:
    occupations = load_taxonomy().occupations
    return [
        RankedView(code=id, label=occupations[id].label(shown or "en"), score=score)
        for id, score in own_occupations().rank(title, spoken, limit)
    ]


def _unit_groups(
    title: str, spoken: Language | None, shown: Language | None, limit: int
) -> list[RankedView]:
    """Each unit group once, by the likeliest of its occupations."""
    occupations = load_taxonomy().occupations
    found: dict[str, RankedView] = {}
    for view in _own(title, spoken, shown, len(occupations)):
        code = occupations[view.code].isco08
        found.setdefault(code, view.model_copy(update={"code": code}))
        if len(found) == limit:
            break
    return list(found.values())


def _imported(
    known: Classification,
    title: str,
    spoken: Language | None,
    shown: Language | None,
    limit: int,
) -> list[RankedView]:
    return [
        RankedView(code=code, label=known.label(code, shown), score=score)
        for code, score in known.ranker.rank(title, spoken, limit)
    ]
