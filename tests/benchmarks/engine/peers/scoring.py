"""The score of chosen workers in numpy, for the peers that filter some other way."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.engine.hours import HOUR, covered
from tests.benchmarks.engine.ordering import Ranked, first_of, points_of
from tests.benchmarks.engine.queries import Query
from tests.benchmarks.engine.workers import DAY_US, NOW_US, Workers


class Scorer:
    """What of a score depends on the worker alone is worked out once."""

    def __init__(self, workers: Workers) -> None:
        self.workers = workers
        self.reliability = np.minimum(
            1.0, (4.0 + workers.shows) / (5.0 + workers.bookings)
        )
        self.recency = np.exp(-(NOW_US - workers.active) / (30.0 * DAY_US))

    def rank(
        self,
        query: Query,
        rows: NDArray[Any],
        km: NDArray[Any],
        earned: NDArray[Any],
    ) -> Ranked:
        """Of rows that pass all rules but that of time; `earned` is the weighted sum
        of what their skills are worth."""
        free = self.workers.free[rows]
        fitting = covered(free, query.shifts)
        kept = fitting >= query.needed
        rows, km, earned, free = rows[kept], km[kept], earned[kept], free[kept]
        roomy = covered(free, query.shifts, HOUR)
        top = float(query.top)
        pay = (top - self.workers.floor[rows]) / (0.25 * top)
        parts = (
            np.minimum(1.0, earned / query.total_weight),
            np.exp(-km / query.tau),
            (fitting[kept] + roomy) / (2.0 * len(query.shifts)),
            np.minimum(1.0, pay),
            self.reliability[rows],
            self.recency[rows],
        )
        score = np.zeros(len(rows))
        for weight, part in zip(query.weights, parts, strict=True):
            score += weight * part
        return first_of(rows, points_of(score), self.workers.key, query.key)
