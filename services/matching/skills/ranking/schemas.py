"""What the ranking of job titles takes and gives."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, Strict

from services.matching.skills.concepts import Language
from services.matching.skills.schemas import MOST_PHRASES, Phrase
from shared.fields import Body, View

Scheme = Literal["rollcall", "isco08", "esco", "csco"]
MOST_RANKED = 20

RANKED_EXAMPLE: dict[str, Any] = {
    "code": "8344",
    "label": "Forklift driver",
    "score": 2.2844,
}


class TitlesRequest(Body):
    """Job titles as people wrote them, in `language` if that is known. `rollcall` is
    the own taxonomy, whose codes are the ids of occupations."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "titles": ["fork truck operator", "Staplerfahrer"],
                    "scheme": "isco08",
                    "limit": 5,
                }
            ]
        }
    )

    titles: Annotated[list[Phrase], Field(min_length=1, max_length=MOST_PHRASES)]
    language: Language | None = None
    scheme: Scheme = "rollcall"
    limit: Annotated[int, Strict(), Field(ge=1, le=MOST_RANKED)] = 5


class RankedView(View):
    """A code and its label in the asked language, where there is one; with `isco08`
    that of the occupation it was found by. Scores compare within one title only."""

    code: str
    label: str
    score: float


class RankedTitleView(View):
    """A title and what it may mean, the likeliest first; nothing is decided. Empty
    when no name has anything in common with the title."""

    title: str
    ranked: list[RankedView]


class TitlesAnswer(View):
    """One result for each title, in their order."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "scheme": "isco08",
                    "results": [
                        {"title": "fork truck operator", "ranked": [RANKED_EXAMPLE]}
                    ],
                }
            ]
        }
    )

    scheme: Scheme
    results: list[RankedTitleView]
