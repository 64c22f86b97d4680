"""POST /v1/skills/titles: job titles to the codes of a classification, ranked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from fastapi import APIRouter

from services.matching.skills.concepts import Language
from services.matching.skills.ranking.errors import SchemeNotImported
from services.matching.skills.ranking.imported import (
    Classification,
    ClassificationsDep,
)
from services.matching.skills.ranking.occupations import own_occupations
from services.matching.skills.ranking.schemas import (
    RankedTitleView,
    RankedView,
    TitlesAnswer,
    TitlesRequest,
)
from services.matching.skills.taxonomy import load_taxonomy
from shared.access import Own, allow
from shared.database import SessionDep
from shared.identity import SIGNED_IN, Scope
from shared.openapi import problems
from shared.rate_limits.declared import rated
from shared.rates import RateClass

Rank = Callable[[str, Language | None, int], list[RankedView]]
"""A title, its language and how many → what it may mean."""

router = APIRouter(prefix="/v1/skills", tags=["skills"])


@router.post(
    "/titles",
    summary="Rank the occupations that job titles may mean",
    dependencies=[
        allow(SIGNED_IN, scope=Scope.SKILLS_READ, own=Own.SHARED),
        rated(RateClass.HEAVY),
    ],
    responses=problems(SchemeNotImported),
)
async def rank_titles(
    body: TitlesRequest, session: SessionDep, held: ClassificationsDep
) -> TitlesAnswer:
    """Codes with scores for each title: of the own taxonomy, of ISCO-08 through it, or
    of an imported classification. What decides is POST /v1/skills/normalise."""
    rank: Rank = _own
    if body.scheme == "isco08":
        rank = _unit_groups
    elif body.scheme != "rollcall":
        known = await held.of(session, body.scheme, body.language)
        rank = partial(_imported, known)
    results = await asyncio.to_thread(
        lambda: [
            RankedTitleView(title=title, ranked=rank(title, body.language, body.limit))
            for title in body.titles
        ]
    )
    return TitlesAnswer(scheme=body.scheme, results=results)


def _own(title: str, language: Language | None, limit: int) -> list[RankedView]:
    occupations = load_taxonomy().occupations
    return [
        RankedView(code=id, label=occupations[id].label(language or "en"), score=score)
        for id, score in own_occupations().rank(title, language, limit)
    ]


def _unit_groups(title: str, language: Language | None, limit: int) -> list[RankedView]:
    """Each unit group once, by the likeliest of its occupations."""
    occupations = load_taxonomy().occupations
    found: dict[str, RankedView] = {}
    for view in _own(title, language, len(occupations)):
        code = occupations[view.code].isco08
        found.setdefault(code, view.model_copy(update={"code": code}))
        if len(found) == limit:
            break
    return list(found.values())


def _imported(
    known: Classification, title: str, language: Language | None, limit: int
) -> list[RankedView]:
    return [
        RankedView(code=code, label=known.label(code, language), score=score)
        for code, score in known.ranker.rank(title, language, limit)
    ]
