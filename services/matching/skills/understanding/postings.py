"""Names by what they are made of: how much of it a query shares with each of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from services.matching.skills.understanding.native import compiled

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


class Postings:
    """Names by their grams or stems; cosine or overlap of a query with all of them."""

    def __init__(self, names: Sequence[Sequence[str]], squared: bool) -> None:
        holders: dict[str, list[int]] = {}
        for number, grams in enumerate(names):
            for gram in grams:
                holders.setdefault(gram, []).append(number)
        self.ids = {gram: place for place, gram in enumerate(holders)}
        rare = np.array(
            [math.log(len(names) / len(numbers)) + 1 for numbers in holders.values()]
        )
        self._weights = rare * rare if squared else rare
        self._starts = starts_of([len(numbers) for numbers in holders.values()])
        self._postings = np.fromiter(chain.from_iterable(holders.values()), np.int32)
        self._totals = np.zeros(len(names))
        for place, numbers in enumerate(holders.values()):
            self._totals[numbers] += self._weights[place]
        self._lengths = np.sqrt(np.maximum(self._totals, 1e-9))
        self._unseen = math.log(len(names)) + 1

    def cosines(self, grams: Sequence[str]) -> Floats:
        ids, asked = self._asked(grams, self._unseen**2)
        shared = self._shared(ids)
        return shared / (self._lengths * math.sqrt(max(asked, 1e-9)))

    def overlap(self, grams: Sequence[str], needed: int) -> Floats:
        """Shared weight over the weight of both; of more grams than `needed`, the
        heaviest are not counted as asked for."""
        ids, asked = self._asked(grams, self._unseen)
        shared = self._shared(ids)
        asked *= needed / max(1, len(grams))
        return shared / np.maximum(asked + self._totals - shared, 1e-9)

    def _asked(self, grams: Sequence[str], unseen: float) -> tuple[Ints, float]:
        known = [self.ids[gram] for gram in grams if gram in self.ids]
        ids = np.array(known, np.int32)
        total = float(self._weights[ids].sum()) + unseen * (len(grams) - len(known))
        return ids, total

    def _shared(self, ids: Ints) -> Floats:
        return _shared(
            ids, self._starts, self._postings, self._weights, len(self._totals)
        )


def starts_of(lengths: Sequence[int]) -> Ints:
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)


@compiled
def _shared(
    ids: Ints, starts: Ints, postings: Ints, weights: Floats, names: int
) -> Floats:
    out = np.zeros(names)
    for gram in ids:
        for place in range(starts[gram], starts[gram + 1]):
            out[postings[place]] += weights[gram]
    return out
