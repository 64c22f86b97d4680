"""Completions, with names that operators bound among those of the taxonomy."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from heapq import nlargest

from services.matching.skills.bound import Bound
from services.matching.skills.completing import usualness
from services.matching.skills.concepts import KINDS, Concept, Kind, Language
from services.matching.skills.folding import fold, is_chinese
from services.matching.skills.suggest import Completion, suggest
from services.matching.skills.taxonomy import load_taxonomy

LAST = "\U0010ffff"
"""Behind every character of a name."""


def suggest_with(
    bound: Bound, typed: str, kind: Kind, language: Language | None, limit: int
) -> list[Completion]:
    """Up to `limit` concepts for what has been typed so far, each once.

    A bound name that begins so stands among the taxonomy's that do, by how usual its
    concept is; typed in full it is the first.
    """
    found = suggest(typed, kind, language, limit)
    begun = fold(typed)
    if not bound.names or not begun:
        return found
    shown = language or ("zh" if any(map(is_chinese, begun)) else "en")
    told = {one.concept.id for one in found if one.name.startswith(begun)}
    for name, concept in _usual_first(begun, kind, bound, limit):
        if concept.id not in told:
            told.add(concept.id)
            found = [one for one in found if one.concept.id != concept.id]
            one = Completion(concept, concept.label(shown), name)
            found.insert(_place(one, found, begun), one)
    return found[:limit]


def _place(one: Completion, found: list[Completion], begun: str) -> int:
    """Before the first less usual one that begins so, else behind the last."""
    if one.name == begun:
        return 0
    usual = _usual()
    own = usual[one.concept.kind, one.concept.id]
    behind = 0
    for place, other in enumerate(found):
        if not other.name.startswith(begun):
            continue
        less = usual[other.concept.kind, other.concept.id] < own
        if less and other.name != begun:
            return place
        behind = place + 1
    return behind


def _usual_first(
    begun: str, kind: Kind, bound: Bound, limit: int
) -> Iterator[tuple[str, Concept]]:
    """Bound names that begin so: the first of each concept, of `limit` concepts."""
    names, usual = _in_order(bound)[kind], _usual()
    first = bisect_left(names, begun)
    behind = bisect_left(names, begun + LAST, first)
    best: dict[str, str] = {}
    for name in names[first:behind]:
        best.setdefault(bound.names[kind, name].id, name)

    def worth(id: str) -> tuple[bool, float]:
        return best[id] == begun, usual[kind, id]

    for id in nlargest(limit, best, key=worth):
        yield best[id], bound.names[kind, best[id]]


# bindings are replaced whole, now and then
@lru_cache(2)
def _in_order(bound: Bound) -> Mapping[Kind, list[str]]:
    return {
        kind: sorted(folded for own, folded in bound.names if own == kind)
        for kind in KINDS
    }


@cache
def _usual() -> Mapping[tuple[Kind, str], float]:
    return usualness(load_taxonomy())
