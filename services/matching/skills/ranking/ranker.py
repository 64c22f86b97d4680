"""Which of many entries a phrase means, each with its names and what it is about.

Signals, weighed and added: how alike the best name is in letters and in words, how
alike all names together are, how alike both are in what they are about (latent.py), and
how usual the entry is. What was learned from titles may speak for entries beside
(learned_titles.py). A phrase in another language than the names is also compared
with the names in further languages, by its letters: many words look alike in several.

The scores rank; they decide nothing. They compare within one phrase only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from services.matching.skills.concepts import Language
from services.matching.skills.ranking.latent import Latent
from services.matching.skills.ranking.phrases import Phrase
from services.matching.skills.ranking.term_index import (
    Floats,
    TermIndex,
    best_of_each,
)
from services.matching.skills.ranking.terms import grams

LIKELY = 200
"""Of so many entries it is compared what they are about."""

Places = npt.NDArray[np.intp]


class Name(NamedTuple):
    """A folded name and its terms."""

    folded: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What is ranked: its names, the terms of what else is written about it, and its
    folded names in further languages, of which only the letters are compared."""

    id: str
    names: tuple[Name, ...]
    about: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()


class Reader(Protocol):
    """Makes of what somebody typed what can be compared with the names."""

    def read(self, phrase: str, language: Language | None) -> Phrase: ...


class Evidence(Protocol):
    """What speaks for the entries, or against them, beside their names."""

    def scores(self, title: str) -> Floats: ...


class Signals(NamedTuple):
    """How alike each entry is to a phrase, signal by signal."""

    names: Floats
    together: Floats
    about: Floats


@dataclass(frozen=True, slots=True)
class Weights:
    """What each signal counts."""

    letters: float = 1.0
    words: float = 0.7
    together: float = 0.8
    about: float = 0.8
    usual: float = 0.2
    foreign: float = 1.0
    whole: float = 0.0
    """Of entries that have a name which is the phrase, whole and without synonyms."""


class Ranker:
    """Ranks entries for phrases; the same entries give the same scores, to the bit.

    `usual` says of entries how usual they are (popularity.py); `evidence` is added to
    what their names say.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        reader: Reader,
        *,
        usual: Mapping[str, float] | None = None,
        weights: Weights | None = None,
        evidence: Evidence | None = None,
    ) -> None:
        self.ids = tuple(entry.id for entry in entries)
        self.names = tuple(
            tuple(name.folded for name in entry.names) for entry in entries
        )
        self.reader = reader
        self._weights = weights or Weights()
        self._evidence = evidence
        names = [name for entry in entries for name in entry.names]
        foreign = [name for entry in entries for name in entry.foreign]
        together = [
            list(chain.from_iterable(name.terms for name in entry.names))
            for entry in entries
        ]
        self._ends = _ends(len(entry.names) for entry in entries)
        self._named: dict[str, list[int]] = {}
        for at, own in enumerate(self.names):
            for name in own:
                self._named.setdefault(name, []).append(at)
        self._foreign_ends = _ends(len(entry.foreign) for entry in entries)
        self._letters = TermIndex((grams(name.folded) for name in names), damped=True)
        self._words = TermIndex((name.terms for name in names), damped=False)
        self._together = TermIndex(together, damped=True)
        self._foreign = TermIndex(map(grams, foreign), damped=True)
        about = [
            [*terms, *entry.about]
            for entry, terms in zip(entries, together, strict=True)
        ]
        self._latent = Latent(about) if self._weights.about else None
        known = usual or {}
        self._usual = np.array([known.get(id, 0.0) for id in self.ids], np.float32)

    def rank(
        self, phrase: str, language: Language | None = None, limit: int = 10
    ) -> list[tuple[str, float]]:
        """The best entries by id, each with its score; of equals, the earlier first.

        None that has nothing in common with the phrase is among them: any string is
        answered, many with nothing.
        """
        scores = self.scores(self.reader.read(phrase, language))
        best = [at for at in highest(scores, limit) if scores[at] > 0]
        return [(self.ids[at], round(float(scores[at]), 4)) for at in best]

    def scores(self, phrase: Phrase) -> Floats:
        """How well each entry fits.

        What entries are about is compared of the likeliest ones only.
        """
        weights = self._weights
        total = self._best_name(phrase)
        together = self._together.soft_cosine(phrase.groups)
        total += np.float32(weights.together) * together
        if phrase.original:
            foreign = self._foreign.cosine(grams(phrase.original))
            foreign = best_of_each(foreign, self._foreign_ends)
            total += np.float32(weights.foreign) * foreign
        if self._evidence:
            total += self._evidence.scores(phrase.alone)
        total += np.float32(weights.usual) * self._usual * (total != 0)
        total[self._named.get(phrase.alone, [])] += np.float32(weights.whole)
        if self._latent:
            likely = likeliest(total, LIKELY)
            about = self._latent.cosine(phrase.groups, likely)
            total[likely] += np.float32(weights.about) * about
        return total

    def signals(self, phrase: Phrase) -> Signals:
        """What `scores` adds up, of all entries; to learn from what each may count."""
        together = self._together.soft_cosine(phrase.groups)
        about = np.zeros_like(together)
        if self._latent:
            about = self._latent.cosine(phrase.groups, np.arange(len(self.ids)))
        return Signals(self._best_name(phrase), together, about)

    def _best_name(self, phrase: Phrase) -> Floats:
        letters = self._letters.cosine(grams(phrase.spelling))
        words = self._words.soft_cosine(phrase.groups)
        letters *= np.float32(self._weights.letters)
        words *= np.float32(self._weights.words)
        letters += words
        return best_of_each(letters, self._ends)


def highest(scores: Floats, count: int) -> list[int]:
    """The places of the highest scores, best first; of equals, the earlier."""
    some = likeliest(scores, count)
    order = some[np.argsort(-scores[some], kind="stable")]
    return [int(at) for at in order[:count]]


def likeliest(scores: Floats, count: int) -> Places:
    """The places of the highest scores as they come, and of all that equal the last."""
    if count >= len(scores):
        return np.arange(len(scores))
    least = np.partition(scores, len(scores) - count)[len(scores) - count]
    return np.flatnonzero(scores >= least)


def _ends(counts: Iterable[int]) -> npt.NDArray[np.int64]:
    return np.array([*accumulate(counts)], np.int64)
