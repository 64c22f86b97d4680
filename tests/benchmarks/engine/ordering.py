"""The order of a ranking, for whole arrays: points first, then the hash of the pair.

`services/matching/engine/order.py` says what it means; this is the same in numpy.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.order import GOLDEN, MIX_1, MIX_2

TOP = 50


class Ranked(NamedTuple):
    """The rows of workers and their points, best first; arrays, as an engine has them:
    nobody's time goes into making objects of the numbers."""

    rows: NDArray[Any]
    points: NDArray[Any]

    def pairs(self) -> list[tuple[int, int]]:
        return list(zip(self.rows.tolist(), self.points.tolist(), strict=True))


def mixed(values: NDArray[Any]) -> NDArray[Any]:
    values = (values ^ (values >> np.uint64(30))) * np.uint64(MIX_1)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(MIX_2)
    finished: NDArray[Any] = values ^ (values >> np.uint64(31))
    return finished


def worker_keys(id_high: NDArray[Any]) -> NDArray[Any]:
    """The keys of ids whose lower halves are 0, 1, 2 …"""
    low = np.arange(len(id_high), dtype=np.uint64)
    return mixed(mixed(id_high + np.uint64(GOLDEN)) ^ low)


def ties(keys: NDArray[Any], posting_key: int) -> NDArray[Any]:
    return mixed(mixed(keys + np.uint64(GOLDEN)) ^ np.uint64(posting_key))


def points_of(scores: NDArray[Any]) -> NDArray[Any]:
    """Millionths, half up."""
    return np.floor(scores * 1e6 + 0.5).astype(np.int64)


def first_of(
    rows: NDArray[Any],
    points: NDArray[Any],
    keys: NDArray[Any],
    posting_key: int,
) -> Ranked:
    """The TOP of rows with points; `keys` are those of all workers."""
    if len(rows) > TOP:
        # every row that equals the last to be kept stays in, for the hash to decide
        least = np.partition(points, len(points) - TOP)[len(points) - TOP]
        rows, points = rows[points >= least], points[points >= least]
    order = np.lexsort((ties(keys[rows], posting_key), -points))[:TOP]
    return Ranked(rows[order], points[order])
