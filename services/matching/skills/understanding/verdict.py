"""Which one concept a phrase names, by evidence that cannot mislead - or none.

The whole phrase must be a name: as it is, joined otherwise, in the other number, in the
other country's spelling or turned round at "of". A way that leads to two concepts
leads to none. Nothing that merely looks alike is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from services.matching.skills.folding import fold, is_chinese, joined
from services.matching.skills.understanding.variants import american, variants

Way = Literal["name", "respaced", "spelling", "variant"]
# shorter words are too often two other words: "re act", "see d"
SHORTEST_JOINED = 6
# names that without their capital are common words: polish is no language
CAPITAL = frozenset(["polish"])
NONE = -1
SEVERAL = -2


@dataclass(frozen=True, slots=True)
class Verdict:
    """A concept's number and how it was found."""

    concept: int
    way: Way


class Verdicts:
    """What decides among some names; `folded` phrases are those that `fold` gives."""

    def __init__(
        self,
        labels: Iterable[tuple[str, int]],
        aliases: Iterable[tuple[str, int]],
    ) -> None:
        """Both as (name, concept). A label beats aliases; what two concepts share
        otherwise decides nothing."""
        self._exact: dict[str, int] = {}
        for label, concept in labels:
            if folded := fold(label):
                _own(self._exact, folded, concept)
        of_labels = frozenset(self._exact)
        for alias, concept in aliases:
            if (folded := fold(alias)) and folded not in of_labels:
                _own(self._exact, folded, concept)
        self._joined = self._keyed(_joined_key)
        self._american = self._keyed(american)

    def of(self, phrase: str) -> Verdict | None:
        folded = fold(phrase)
        if folded in CAPITAL and phrase.strip() == folded:
            return None
        return self.of_folded(folded)

    def of_folded(self, folded: str) -> Verdict | None:
        for way, concept in self._ways(folded):
            if concept != NONE:
                return None if concept == SEVERAL else Verdict(concept, way)
        return None

    def respaced(self, folded: str) -> int | None:
        """The only concept with a name that differs in nothing but spaces."""
        concept = self._joined.get(_joined_key(folded), NONE)
        return concept if concept >= 0 else None

    def _ways(self, folded: str) -> Iterator[tuple[Way, int]]:
        yield "name", self._exact.get(folded, NONE)
        yield "respaced", self._joined.get(_joined_key(folded), NONE)
        spelling = american(folded)
        yield "spelling", self._american.get(spelling, NONE)
        found = {self._american.get(each, NONE) for each in variants(spelling)} - {NONE}
        yield "variant", found.pop() if len(found) == 1 else SEVERAL if found else NONE

    def _keyed(self, key: Callable[[str], str]) -> dict[str, int]:
        owners: dict[str, int] = {}
        for folded, concept in self._exact.items():
            if another := key(folded):
                _own(owners, another, concept)
        return owners


def _joined_key(folded: str) -> str:
    """What respaced phrases have in common; empty if too short to tell them apart."""
    key = joined(folded)
    return key if len(key) >= SHORTEST_JOINED or all(map(is_chinese, key)) else ""


def _own(owners: dict[str, int], key: str, concept: int) -> None:
    if owners.setdefault(key, concept) != concept:
        owners[key] = SEVERAL
