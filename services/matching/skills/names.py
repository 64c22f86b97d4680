"""Every name of one kind of concept, folded, for looking up what somebody typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from services.matching.skills.concepts import Concept, Kind, Language
from services.matching.skills.folding import fold, is_chinese, joined
from services.matching.skills.taxonomy import load_taxonomy

# shorter words are too often two other words: "re act", "see d"
SHORTEST_JOINED = 6


@dataclass(frozen=True, slots=True)
class Name:
    folded: str
    concept: Concept
    language: Language
    is_label: bool


class Names:
    """The names of some concepts, none of which two of them share."""

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self._exact: dict[str, Name] = {}
        self._joined: dict[str, Name | None] = {}
        for concept in concepts:
            for place, (language, text) in enumerate(concept.names()):
                name = Name(fold(text), concept, language, is_label=place < 2)
                self._exact.setdefault(name.folded, name)
        self.all = tuple(self._exact.values())
        for name in self.all:
            key = joined(name.folded)
            other = self._joined.setdefault(key, name)
            if other is not None and other.concept is not name.concept:
                self._joined[key] = None

    def exact(self, folded: str) -> Name | None:
        """The name that is spelt just so once both are folded."""
        return self._exact.get(folded)

    def respaced(self, folded: str) -> Name | None:
        """The only name that differs in nothing but where words are split."""
        key = joined(folded)
        if len(key) < SHORTEST_JOINED and not all(map(is_chinese, key)):
            return None
        return self._joined.get(key)


@cache
def names_of(kind: Kind) -> Names:
    return Names(load_taxonomy().of_kind(kind).values())
