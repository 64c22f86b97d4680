"""How alike two classifications name their entries: shared names, and shared words."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.skills.folding import fold

# an entry's own name, and all its aliases together, in the profile of its words
WEIGHT_OF_LABEL = 1.0
WEIGHT_OF_ALIASES = 4.0
# what an equal name adds to the likeness of the words, and how many of them count
WEIGHT_OF_EQUAL_NAME = 0.1
MOST_EQUAL_NAMES = 3.0


@dataclass(frozen=True)
class Named:
    """An entry by its names in one language."""

    code: str
    preferred: str
    aliases: tuple[str, ...] = ()

    @cached_property
    def keys(self) -> tuple[tuple[str, bool], ...]:
        """Each name's key, and whether it is the preferred one."""
        aliases = ((key(alias), False) for alias in self.aliases)
        return ((key(self.preferred), True), *aliases)

    @property
    def words_of_label(self) -> frozenset[str]:
        return frozenset(self.keys[0][0].split())


def key(name: str) -> str:
    """A name folded, its English words in singular: O*NET's titles are plurals."""
    return " ".join(map(_singular, fold(name).split()))


class NameIndex:
    """Which entries have a name: key → {code: whether it is the preferred one}."""

    def __init__(self, entries: Iterable[Named]) -> None:
        self.holders: dict[str, dict[str, bool]] = {}
        for entry in entries:
            for name, preferred in entry.keys:
                if name:
                    holders = self.holders.setdefault(name, {})
                    holders[entry.code] = holders.get(entry.code, False) or preferred


class Equal(NamedTuple):
    """Two entries have a name in common; of the best such name, whose label it is."""

    one_preferred: bool
    other_preferred: bool

    @property
    def is_label_of_both(self) -> bool:
        return self.one_preferred and self.other_preferred

    @property
    def order(self) -> tuple[int, bool]:
        """The greater the better."""
        return self.one_preferred + self.other_preferred, self.one_preferred


def equal_names(ones: NameIndex, others: NameIndex) -> dict[tuple[str, str], Equal]:
    """(one, other) → their best common name."""
    found: dict[tuple[str, str], Equal] = {}
    for name, holders in ones.holders.items():
        for other, other_preferred in others.holders.get(name, {}).items():
            for one, preferred in holders.items():
                equal = Equal(preferred, other_preferred)
                best = found.get((one, other))
                if best is None or equal.order > best.order:
                    found[one, other] = equal
    return found


def likeness(ones: Sequence[Named], others: Sequence[Named]) -> NDArray[np.float32]:
    """float32[one, other]: cosine of the words of all their names, rare words counting
    more, plus up to 0.3 for equal names, those that many entries share counting less.
    """
    score = _cosine(ones, others)
    one_at = {entry.code: at for at, entry in enumerate(ones)}
    other_at = {entry.code: at for at, entry in enumerate(others)}
    equal = np.zeros_like(score)
    other_names = NameIndex(others).holders
    for name, holders in NameIndex(ones).holders.items():
        theirs = other_names.get(name, {})
        for one, preferred in holders.items():
            for other, other_preferred in theirs.items():
                weight = (1 + preferred) * (1 + other_preferred)
                equal[one_at[one], other_at[other]] += weight / (
                    len(holders) * len(theirs)
                )
    score += WEIGHT_OF_EQUAL_NAME * np.minimum(equal, MOST_EQUAL_NAMES)
    return score


def _cosine(ones: Sequence[Named], others: Sequence[Named]) -> NDArray[np.float32]:
    counted = [[_words(entry) for entry in entries] for entries in (ones, others)]
    spread: Counter[str] = Counter()
    for words in (*counted[0], *counted[1]):
        spread.update(words.keys())
    total = len(ones) + len(others)
    weighted = [[_unit(words, spread, total) for words in side] for side in counted]
    holders: dict[str, tuple[list[int], list[float]]] = {}
    for at, words in enumerate(weighted[1]):
        for word, weight in words.items():
            places, weights = holders.setdefault(word, ([], []))
            places.append(at)
            weights.append(weight)
    columns = {
        word: (np.array(places), np.array(weights, np.float32))
        for word, (places, weights) in holders.items()
    }
    score = np.zeros((len(ones), len(others)), np.float32)
    for at, words in enumerate(weighted[0]):
        for word, weight in words.items():
            if word in columns:
                places_of, weights_of = columns[word]
                score[at, places_of] += weight * weights_of
    return score


def _words(entry: Named) -> dict[str, float]:
    words: dict[str, float] = defaultdict(float)
    each = WEIGHT_OF_ALIASES / max(1, len(entry.aliases))
    for name, preferred in entry.keys:
        for word in name.split():
            words[word] += WEIGHT_OF_LABEL if preferred else each
    return words


def _unit(
    words: Mapping[str, float], spread: Mapping[str, int], total: int
) -> dict[str, float]:
    """The words' weights as a vector of length 1."""
    weights = {
        word: math.sqrt(count) * math.log(total / spread[word])
        for word, count in words.items()
    }
    length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    return {word: weight / length for word, weight in weights.items()}


def _singular(word: str) -> str:
    if len(word) < 4 or not word.isascii():
        return word
    if word.endswith("men"):
        return f"{word[:-2]}an"
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
