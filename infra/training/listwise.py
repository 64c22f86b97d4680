"""A linear rule that puts the right one of several first: listwise softmax, by Adam."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Group = tuple[Floats, npt.NDArray[np.bool_]]
"""Rows of figures, and which of them are right."""

STEPS = 400
RATE = 0.05


def fit(groups: Sequence[Group], l2: float, prior: Floats | None = None) -> Floats:
    """Coefficients of the figures; `l2` holds them to `prior`, or to nothing.

    Groups without a right row teach nothing. The same groups give the same rule.
    """
    taught = [(rows, right / right.sum()) for rows, right in groups if right.any()]
    every = np.vstack([rows for rows, _ in taught])
    mean, spread = every.mean(0), every.std(0) + 1e-6
    figures = (every - mean) / spread
    sizes = [len(rows) for rows, _ in taught]
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    group_of = np.repeat(np.arange(len(taught)), sizes)
    right = np.concatenate([share for _, share in taught])
    start = np.zeros(len(mean)) if prior is None else prior * spread
    rule = start.copy()
    first, second = np.zeros_like(rule), np.zeros_like(rule)
    for step in range(1, STEPS + 1):
        scores = figures @ rule
        odds = np.exp(scores - np.maximum.reduceat(scores, starts)[group_of])
        share = odds / np.add.reduceat(odds, starts)[group_of]
        slope = figures.T @ (share - right) / len(taught) + l2 * (rule - start)
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope * slope
        steady = np.sqrt(second / (1 - 0.999**step)) + 1e-8
        rule -= RATE * (first / (1 - 0.9**step)) / steady
    found: Floats = rule / spread
    return found


def order(rows: Floats, rule: Floats) -> npt.NDArray[np.intp]:
    """Places of the rows, the best first; of equals the earlier."""
    return np.argsort(-(rows @ rule), kind="stable")
