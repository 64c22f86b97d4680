"""TF-IDF cosine of a phrase with each of many documents, by an inverted index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from services.matching.engine.native import compiled

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

Alternatives = Sequence[tuple[str, float]]
"""Terms of which any is meant, each with how well it says so (0 to 1)."""


class TermIndex:
    """Documents by the terms they have; terms that are rare weigh more.

    With `damped`, a term that occurs n times in a document counts 1 + log n.
    """

    def __init__(self, documents: Iterable[Sequence[str]], *, damped: bool) -> None:
        numbers: dict[str, int] = {}
        terms: list[int] = []
        counts: list[int] = []
        sizes: list[int] = []
        for document in documents:
            found = Counter(document)
            sizes.append(len(found))
            terms += [numbers.setdefault(term, len(numbers)) for term in found]
            counts += found.values()
        self.documents = len(sizes)
        self.numbers = numbers
        term = np.array(terms, np.int32)
        holder = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        weight = np.array(counts, np.float32)
        if damped:
            weight = 1 + np.log(weight)
        holders = np.bincount(term, minlength=len(numbers))
        self.idf: Floats = (np.log((1 + len(sizes)) / (1 + holders)) + 1).astype(
            np.float32
        )
        weight *= self.idf[term]
        norms = np.sqrt(np.bincount(holder, weight**2, minlength=len(sizes)))
        weight /= np.maximum(norms, 1e-9)[holder]
        order = np.argsort(term, kind="stable")
        self.starts = np.concatenate(([0], np.cumsum(holders))).astype(np.int64)
        self.holders: Ints = holder[order]
        self.weights: Floats = weight[order].astype(np.float32)

    def weighed(self, terms: Iterable[str]) -> tuple[Ints, Floats]:
        """The known ones of some terms and what each weighs, all of length 1."""
        counts = Counter(
            number for term in terms if (number := self.numbers.get(term)) is not None
        )
        known = np.fromiter(counts, np.int32, len(counts))
        weights = np.fromiter(counts.values(), np.float32, len(counts))
        weights *= self.idf[known]
        return known, _of_length_one(weights)

    def cosine(self, terms: Iterable[str]) -> Floats:
        """How alike each document is to these terms, 0 to 1."""
        known, weights = self.weighed(terms)
        out = np.zeros(self.documents, np.float32)
        add_postings(self.starts, self.holders, self.weights, known, weights, out)
        return out

    def soft_cosine(self, groups: Sequence[Alternatives]) -> Floats:
        """The same where each group counts by the best of its terms in a document."""
        terms, weights, sizes = self.grouped(groups)
        out = np.zeros(self.documents, np.float32)
        best = np.zeros_like(out) if np.any(sizes > 1) else out[:0]
        _add_best(
            self.starts, self.holders, self.weights, terms, weights, sizes, out, best
        )
        return out

    def grouped(self, groups: Sequence[Alternatives]) -> tuple[Ints, Floats, Ints]:
        """Known terms and weights of the groups one after the other, and how many of
        each group; its best terms together have length 1."""
        terms: list[int] = []
        weights: list[float] = []
        sizes: list[int] = []
        length = 0.0
        for group in groups:
            most = 0.0
            before = len(terms)
            for term, certainty in group:
                number = self.numbers.get(term)
                if number is not None:
                    weight = float(self.idf[number]) * certainty
                    terms.append(number)
                    weights.append(weight)
                    most = max(most, weight)
            if len(terms) > before:
                sizes.append(len(terms) - before)
                length += most * most
        scale = 1 / max(length, 1e-9) ** 0.5
        return (
            np.array(terms, np.int32),
            np.array(weights, np.float32) * np.float32(scale),
            np.array(sizes, np.int32),
        )


def _of_length_one(weights: Floats) -> Floats:
    return weights / np.float32(max(float(np.sqrt(weights @ weights)), 1e-9))


@compiled
def add_postings(
    starts: Any, holders: Any, weights: Any, terms: Any, asked: Any, out: Any
) -> None:
    """Adds to `out` of each holder of a term what it weighs there times `asked`."""
    for i in range(len(terms)):
        for at in range(starts[terms[i]], starts[terms[i] + 1]):
            out[holders[at]] += asked[i] * weights[at]


@compiled
def _add_best(
    starts: Any,
    holders: Any,
    weights: Any,
    terms: Any,
    asked: Any,
    sizes: Any,
    out: Any,
    best: Any,
) -> None:
    first = 0
    for group in range(len(sizes)):
        size = sizes[group]
        last = first + size
        if size == 1:
            for at in range(starts[terms[first]], starts[terms[first] + 1]):
                out[holders[at]] += asked[first] * weights[at]
        else:
            for i in range(first, last):
                for at in range(starts[terms[i]], starts[terms[i] + 1]):
                    gain = asked[i] * weights[at] - best[holders[at]]
                    if gain > 0:
                        out[holders[at]] += gain
                        best[holders[at]] += gain
            for i in range(first, last):
                for at in range(starts[terms[i]], starts[terms[i] + 1]):
                    best[holders[at]] = 0
        first = last


def best_of_each(scores: Floats, ends: npt.NDArray[np.int64]) -> Floats:
    """The highest score of each run, at least 0; `ends` says where each run ends."""
    out = np.zeros(len(ends), np.float32)
    _best_of_each(scores, ends, out)
    return out


@compiled
def _best_of_each(scores: Any, ends: Any, out: Any) -> None:
    first = 0
    for run in range(len(ends)):
        for at in range(first, ends[run]):
            if scores[at] > out[run]:
                out[run] = scores[at]
        first = ends[run]
