"""Names that look or sound like a phrase: to suggest, never to decide.

Shared trigrams choose candidates, rapidfuzz compares them. How alike is alike enough
depends on length: one letter of three makes another word, one of twelve is a slip.
"""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz

from services.matching.skills.completing import completions_of
from services.matching.skills.concepts import Concept, Kind, Language
from services.matching.skills.folding import is_chinese
from services.matching.skills.names import Name, names_of
from services.matching.skills.understanding.pinyin import sound_of

# at most so many letters → the least likeness in per cent (100 = only the same words)
FLOORS = ((3, 100.0), (5, 80.0), (8, 75.0), (12, 70.0))
FLOOR_OF_LONG_ONES = 65.0
FLOOR_OF_CHINESE = 60.0
# letters of pinyin that suggest anything
SHORTEST_SOUND = 4
SOUNDS_SO = 0.75
"""The likeness of a name that sounds just like the phrase: too little for a slip, for
会计 and 快记 sound alike."""
# names are less than half as long: a longer phrase reaches no floor
MOST_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A concept that might be meant: its most similar name (folded) and how similar it
    is, 0 to 1."""

    concept: Concept
    likeness: float
    name: str


def similar(
    folded: str, kind: Kind, language: Language | None, limit: int
) -> tuple[Suggestion, ...]:
    """The concepts whose names look most like a folded phrase, the best first.

    Of equally similar ones those named in `language` come first, then labels before
    aliases, then by id.
    """
    if len(folded) > MOST_CHARACTERS:
        return ()
    least = floor(folded)
    best: dict[str, tuple[tuple[float, bool, bool, str], Suggestion]] = {}
    for name in _candidates(kind, folded):
        percent = _percent(folded, name.folded)
        if percent < least:
            continue
        concept = name.concept
        key = (-percent, name.language != language, not name.is_label, concept.id)
        if concept.id not in best or key < best[concept.id][0]:
            likeness = round(percent / 100, 4)
            best[concept.id] = (key, Suggestion(concept, likeness, name.folded))
    ranked = sorted(best.values(), key=lambda entry: entry[0])
    return tuple(suggestion for _, suggestion in ranked[:limit])


def sounding(folded: str, kind: Kind, limit: int) -> tuple[Suggestion, ...]:
    """The concepts whose Chinese names sound like a folded phrase, the best first:
    "chache siji" and "ccsj" are 叉车司机."""
    sound = sound_of(folded)
    if len(sound) < SHORTEST_SOUND:
        return ()
    names = names_of(kind).all
    best: dict[str, Suggestion] = {}
    for number in completions_of(kind, None).sounding(folded, limit):
        name = names[number]
        percent = fuzz.ratio(sound, sound_of(name.folded))
        guess = Suggestion(
            name.concept, round(percent / 100 * SOUNDS_SO, 4), name.folded
        )
        best.setdefault(name.concept.id, guess)
    return tuple(best.values())[:limit]


def likeness(folded: str, name: str) -> float:
    """How alike two folded phrases are, 0 to 1, whatever the order of their words."""
    return round(_percent(folded[:MOST_CHARACTERS], name) / 100, 4)


def floor(folded: str) -> float:
    """The least likeness, in per cent, at which a name is worth suggesting."""
    if len(folded) > 1 and all(map(is_chinese, folded)):
        return FLOOR_OF_CHINESE
    for longest, percent in FLOORS:
        if len(folded) <= longest:
            return percent
    return FLOOR_OF_LONG_ONES


def _percent(folded: str, name: str) -> float:
    return max(fuzz.ratio(folded, name), fuzz.token_sort_ratio(folded, name))


def _candidates(kind: Kind, folded: str) -> list[Name]:
    names = names_of(kind).all
    return [names[number] for number in completions_of(kind, None).sharing(folded)]
