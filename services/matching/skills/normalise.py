"""A phrase somebody typed → the concept it names, or an honest "unknown".

Only a name decides: in whatever case, width or spacing, in British or American
spelling, a longer one in either number. What merely looks alike is suggested: Java is
not JavaScript, a cook is not React.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from services.matching.skills.concepts import Concept, Kind, Language
from services.matching.skills.folding import LONGEST, fold
from services.matching.skills.likeness import Suggestion
from services.matching.skills.names import Name, names_of
from services.matching.skills.suggestions import suggestions
from services.matching.skills.understanding.carriers import without_carrier
from services.matching.skills.understanding.verdict import Way

Method = Literal[
    "name",
    "bound",
    "respaced",
    "spelling",
    "variant",
    "carried",
    "title",
    "head",
    "unknown",
]
MOST_SUGGESTIONS = 5
REMEMBERED = 20_000

CONFIDENCE: dict[Method, float] = {
    "name": 1.0,
    "bound": 1.0,
    "respaced": 0.95,
    "spelling": 0.95,
    "variant": 0.9,
    "carried": 0.9,
    "title": 0.9,
    "head": 0.75,
    "unknown": 0.0,
}
"""`name`, `respaced`, `spelling` and `variant` are the whole phrase (see
understanding/verdict.py), `bound` is what an operator said of it (see bound.py),
`carried` a skill's name in a few words that say only that somebody has it,
`title` a job title but for its grade, `head` the end of a longer one whose beginning
is not understood."""


@dataclass(frozen=True, slots=True)
class Normalised:
    """What a phrase means; `suggestions` are given when it is unknown, best first."""

    concept: Concept | None
    confidence: float
    method: Method
    suggestions: tuple[Suggestion, ...] = ()


def meant(name: Name, method: Method) -> Normalised:
    return Normalised(name.concept, CONFIDENCE[method], method)


def normalise(phrase: str, kind: Kind, language: Language | None = None) -> Normalised:
    """What `phrase` names among the concepts of a kind; any string is answered.

    `language` orders equal suggestions; a name counts in whichever language it is. A
    phrase beyond LONGEST characters is no name.
    """
    if len(phrase) > LONGEST:
        return Normalised(None, CONFIDENCE["unknown"], "unknown")
    return _normalise(phrase, kind, language)


# behind the length check: what is remembered is bounded in size as well as in number
@lru_cache(REMEMBERED)
def _normalise(phrase: str, kind: Kind, language: Language | None) -> Normalised:
    if found := names_of(kind).decided(phrase):
        return _decided(*found)
    folded = fold(phrase)
    if kind == "skill" and (bare := without_carrier(folded)) != folded:
        found = names_of(kind).decided_folded(bare)
        if found:
            return Normalised(found[0], CONFIDENCE["carried"], "carried")
        folded = bare
    return unknown(folded, kind, language)


def whole_name(folded: str, kind: Kind) -> Normalised | None:
    """The concept that a folded phrase names as a whole."""
    found = names_of(kind).decided_folded(folded)
    return _decided(*found) if found else None


def unknown(folded: str, kind: Kind, language: Language | None) -> Normalised:
    guesses = suggestions(folded, kind, language, MOST_SUGGESTIONS)
    return Normalised(None, CONFIDENCE["unknown"], "unknown", guesses)


def _decided(concept: Concept, way: Way) -> Normalised:
    return Normalised(concept, CONFIDENCE[way], way)
