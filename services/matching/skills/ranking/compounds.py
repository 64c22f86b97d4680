"""Compound words taken apart by the words they are made of: Staplerfahrer → stapler,
fahrer; heftruckchauffeur → heftruck, chauffeur. The parts are learned from a
vocabulary; no dictionary is needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

GERMAN_LINKS = ("", "s", "es", "n", "en")
DUTCH_LINKS = ("", "s", "en", "e", "n", "er")
SHORTEST_PART = 4
SHORTEST_WORD = 9
SEEN_ENOUGH = 2
REMEMBERED = 50_000


class Compounds:
    """Splits a word into parts of which each is a word, or the end of several.

    `links` are what may stand between two parts, "" among them. Of several splits
    the one whose parts are the most frequent (geometric mean) wins.
    """

    def __init__(
        self, words: Iterable[str], links: Sequence[str] = GERMAN_LINKS
    ) -> None:
        self._links = links
        whole = Counter(words)
        self._counts = Counter(
            word[at:]
            for word in whole
            for at in range(1, len(word) - SHORTEST_PART + 1)
            if _begins(word[:at], whole, links)
        )
        self._counts.update(whole)
        self.parts = lru_cache(REMEMBERED)(self._parts)

    def _parts(self, word: str) -> tuple[str, ...]:
        if len(word) < SHORTEST_WORD:
            return (word,)
        best: tuple[float, tuple[str, ...]] = (0.0, (word,))
        for at in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
            tail = word[at:]
            often = self._counts[tail]
            if often < SEEN_ENOUGH:
                continue
            for link in self._links:
                head = word[:at].removesuffix(link) if link else word[:at]
                if len(head) + len(link) != at or len(head) < SHORTEST_PART:
                    continue
                if before := self._counts[head]:
                    score = (before * often) ** 0.5
                    best = max(best, (score, (*self.parts(head), *self.parts(tail))))
        return best[1]


def _begins(text: str, whole: Counter[str], links: Sequence[str]) -> bool:
    if len(text) < SHORTEST_PART:
        return False
    return any(
        whole[text.removesuffix(link)] > 0 for link in links if text.endswith(link)
    )
