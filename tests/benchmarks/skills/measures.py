"""How well right answers are ranked: MRR, MAP, shares of first and of first five."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ranks = npt.NDArray[np.int64]
"""Of one query: where its right answers are, ascending from 1; empty without any."""


def ranks_of(scores: Floats, right: Collection[int]) -> Ranks:
    """Of equal scores the earlier place counts as the higher."""
    places = np.empty(len(scores), np.int64)
    places[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return np.sort(places[np.fromiter(right, np.int64, len(right))])


def all_ranks(rows: Iterable[Floats], right: Sequence[Collection[int]]) -> list[Ranks]:
    return [ranks_of(row, answers) for row, answers in zip(rows, right, strict=True)]


def mrr(ranks: Sequence[Ranks]) -> float:
    return float(np.mean([1 / found[0] if len(found) else 0.0 for found in ranks]))


def hits(ranks: Sequence[Ranks], first: int) -> float:
    """The share of queries with a right answer among the `first`."""
    return float(np.mean([len(found) > 0 and found[0] <= first for found in ranks]))


def mean_average_precision(ranks: Sequence[Ranks]) -> float:
    precision = [
        float(np.mean(np.arange(1, len(found) + 1) / found)) if len(found) else 0.0
        for found in ranks
    ]
    return float(np.mean(precision))
