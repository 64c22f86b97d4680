"""What an unknown phrase might mean: names it is a slip of the pen from, else rivals.

A slip is told by likeness alone. What nothing looks like - an abbreviation, other words
for the same - is ranked by what names are made of (understanding/rivals.py). Pinyin is
told by its sound: all of a name before rivals, its beginning or its initials behind.
"""

from __future__ import annotations

from functools import cache

from services.matching.skills.concepts import Kind, Language
from services.matching.skills.likeness import (
    SOUNDS_SO,
    Suggestion,
    likeness,
    similar,
    sounding,
)
from services.matching.skills.names import names_of
from services.matching.skills.understanding.learned import rival_rule, tech_words
from services.matching.skills.understanding.rivals import Rivals

A_SLIP = 0.8
"""From this likeness on, a name is what was meant to be typed."""
SHORTEST = 4
"""Of fewer letters too much is a rival."""
LEAST_SCORE = 5.0
"""Three of four rivals that were meant score more, half of what letters typed at random
find less."""
RANKED = 20
# no name is better known than another: what popularity counts is the same for all
USES = 1_000


def suggestions(
    folded: str, kind: Kind, language: Language | None, limit: int
) -> tuple[Suggestion, ...]:
    """Up to `limit` concepts for a folded phrase, each once, the best first."""
    alike = similar(folded, kind, language, limit)
    if len(folded) < SHORTEST or (alike and alike[0].likeness >= A_SLIP):
        return alike
    heard = sounding(folded, kind, limit)
    best = {
        guess.concept.id: guess
        for guess in heard
        if guess.likeness == SOUNDS_SO or language == "zh"
    }
    names = names_of(kind).all
    for number, score in _rivals(kind).rank(folded, RANKED):
        if score >= LEAST_SCORE:
            name = names[number]
            guess = Suggestion(name.concept, likeness(folded, name.folded), name.folded)
            best.setdefault(name.concept.id, guess)
    for guess in (*heard, *alike):
        best.setdefault(guess.concept.id, guess)
    return tuple(best.values())[:limit]


@cache
def _rivals(kind: Kind) -> Rivals:
    names = [name.folded for name in names_of(kind).all]
    return Rivals(names, [USES] * len(names), rival_rule(), tech_words())
