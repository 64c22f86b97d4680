"""Every name of one kind of concept, folded, for looking up what somebody typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from services.matching.skills.concepts import Concept, Kind, Language
from services.matching.skills.folding import fold
from services.matching.skills.taxonomy import load_taxonomy
from services.matching.skills.understanding.verdict import Verdict, Verdicts, Way


@dataclass(frozen=True, slots=True)
class Name:
    folded: str
    concept: Concept
    language: Language
    is_label: bool


class Names:
    """The names of some concepts, none of which two of them share."""

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self._concepts = tuple(concepts)
        self._exact: dict[str, Name] = {}
        for concept in self._concepts:
            for place, (language, text) in enumerate(concept.names()):
                name = Name(fold(text), concept, language, is_label=place < 2)
                self._exact.setdefault(name.folded, name)
        self.all = tuple(self._exact.values())
        self._labels = [fold(concept.label_en) for concept in self._concepts]
        numbers = {concept.id: place for place, concept in enumerate(self._concepts)}
        self._verdicts = Verdicts(
            [(name.folded, numbers[name.concept.id]) for name in self.all], ()
        )

    def exact(self, folded: str) -> Name | None:
        """The name that is spelt just so once both are folded."""
        return self._exact.get(folded)

    def respaced(self, folded: str) -> Name | None:
        """The English label of the only concept with a name that differs in nothing
        but where words are split."""
        number = self._verdicts.respaced(folded)
        return None if number is None else self._exact[self._labels[number]]

    def decided(self, phrase: str) -> tuple[Concept, Way] | None:
        """The concept that a phrase as it was typed cannot but mean."""
        return self._found(self._verdicts.of(phrase))

    def decided_folded(self, folded: str) -> tuple[Concept, Way] | None:
        return self._found(self._verdicts.of_folded(folded))

    def _found(self, verdict: Verdict | None) -> tuple[Concept, Way] | None:
        if verdict is None:
            return None
        return self._concepts[verdict.concept], verdict.way


@cache
def names_of(kind: Kind) -> Names:
    return Names(load_taxonomy().of_kind(kind).values())
