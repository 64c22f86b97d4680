"""What somebody is about to type: names that begin so, then words, then near misses."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from services.matching.skills.concepts import Concept, Kind, Language
from services.matching.skills.folding import fold, is_chinese
from services.matching.skills.likeness import similar
from services.matching.skills.names import Name, names_of

# above any character that a folded name may hold
_AFTER_ALL = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Completion:
    """A concept, its label in the asked language, and the name that was matched."""

    concept: Concept
    label: str
    name: str


def suggest(
    typed: str, kind: Kind, language: Language | None = None, limit: int = 10
) -> list[Completion]:
    """Up to `limit` concepts for what has been typed so far, each once.

    Names that begin with it come first, then names in which a word does (in Chinese any
    character), then names that look like it. Without `language`, labels are Chinese
    when something Chinese was typed, else English.
    """
    folded = fold(typed)
    if not folded:
        return []
    shown = language or ("zh" if any(map(is_chinese, folded)) else "en")
    found: dict[str, Completion] = {}
    for concept, name in _tiers(folded, kind, shown, limit):
        completion = Completion(concept, concept.label(shown), name)
        found.setdefault(concept.id, completion)
        if len(found) == limit:
            break
    return list(found.values())


def _tiers(
    folded: str, kind: Kind, language: Language, limit: int
) -> Iterator[tuple[Concept, str]]:
    beginnings = _beginnings(kind)
    for starts in (beginnings.of_names, beginnings.of_words):
        for name in _ordered(starts.after(folded), language, folded):
            yield name.concept, name.folded
    for suggestion in similar(folded, kind, language, limit):
        yield suggestion.concept, suggestion.name


def _ordered(names: Iterable[Name], language: Language, folded: str) -> list[Name]:
    """Whole names first, labels before aliases, the asked language, the shorter."""
    return sorted(
        names,
        key=lambda name: (
            name.folded != folded,
            name.language != language,
            not name.is_label,
            len(name.folded),
            name.folded,
            name.concept.id,
        ),
    )


class Beginnings:
    """Names by the beginnings of something in them, found by bisection."""

    def __init__(self, entries: Iterable[tuple[str, Name]]) -> None:
        ordered = sorted(entries, key=lambda entry: entry[0])
        self._texts = [text for text, _ in ordered]
        self._names = [name for _, name in ordered]

    def after(self, prefix: str) -> list[Name]:
        first = bisect_left(self._texts, prefix)
        last = bisect_left(self._texts, prefix + _AFTER_ALL, lo=first)
        return self._names[first:last]


@dataclass(frozen=True, slots=True)
class _Kinds:
    of_names: Beginnings
    of_words: Beginnings


@cache
def _beginnings(kind: Kind) -> _Kinds:
    names = names_of(kind).all
    return _Kinds(
        Beginnings((name.folded, name) for name in names),
        Beginnings(
            (name.folded[start:], name)
            for name in names
            for start in _inner_words(name.folded)
        ),
    )


def _inner_words(folded: str) -> Iterator[int]:
    """Where a word begins, other than at the start; in Chinese, at any character."""
    position = 0
    for chinese, run in groupby(folded, is_chinese):
        for character in run:
            before = folded[position - 1 : position]
            if position and character != " " and (chinese or before == " "):
                yield position
            position += 1
