"""The right answer by brute force: every rule over every worker, in float64.

It shares with the engine only what a ranking means: the rules of the documentation,
the weights and the hash. Whole columns are asked one rule after another.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.geo import EARTH_RADIUS_KM
from tests.benchmarks.engine.hours import HOUR, shift_flags, unpack
from tests.benchmarks.engine.ordering import Ranked, first_of, points_of
from tests.benchmarks.engine.queries import Asked, Query
from tests.benchmarks.engine.workers import DAY_US, NOW_US, Workers

STALE_AFTER_US = 14 * DAY_US


def right_answer(workers: Workers, query: Query) -> Ranked:
    km = distances(workers.at, query)
    rows = np.flatnonzero((km <= workers.radius) & (km <= query.radius))
    rows = rows[_is_willing(workers, query, rows)]
    rows = rows[_has_skills(workers, query, rows)]
    free = unpack(workers.free[rows])
    covered = _covered(free, query, 0)
    rows, free = rows[covered >= query.needed], free[covered >= query.needed]
    covered = covered[covered >= query.needed]
    top = float(query.top)
    values = (
        _skill_fit(workers, query, rows),
        np.exp(-km[rows] / query.tau),
        (covered + _covered(free, query, HOUR)) / (2.0 * len(query.shifts)),
        np.clip((top - workers.floor[rows]) / (0.25 * top), 0.0, 1.0),
        np.minimum(1.0, (4.0 + workers.shows[rows]) / (5.0 + workers.bookings[rows])),
        np.exp(-((NOW_US - workers.active[rows]) / float(DAY_US)) / 30.0),
    )
    score = np.zeros(len(rows))
    for weight, value in zip(query.weights, values, strict=True):
        score += weight * value
    return first_of(rows, points_of(score), workers.key, query.key)


def distances(at: NDArray[Any], query: Query) -> NDArray[Any]:
    """Kilometres along the sphere, from the chord."""
    x, y, z = (at - query.at).T
    half = np.sqrt(x * x + y * y + z * z) / 2.0
    km: NDArray[Any] = 2.0 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, half))
    return km


def _is_willing(workers: Workers, query: Query, rows: NDArray[Any]) -> NDArray[Any]:
    """All rules but those of place, skills and time."""
    flags: NDArray[Any] = workers.currency[rows] == query.currency
    flags &= workers.floor[rows] <= query.top
    flags &= workers.confirmed[rows] >= NOW_US - STALE_AFTER_US
    for held, asked in (
        (workers.wants, query.wants),
        (workers.certificates, query.certificates),
        (workers.languages, query.languages),
    ):
        flags &= held[rows] & asked == asked
    return flags


def _claimed(workers: Workers, asked: Asked, rows: NDArray[Any]) -> NDArray[Any]:
    """Credit x level / 5 of the best member that counts; 0 for none."""
    best = np.zeros(len(rows))
    for skill, credit in asked.members:
        level = np.where(workers.skills[rows] == skill, workers.levels[rows], 0)
        held = level.max(1, initial=0).astype(float)
        held[held < asked.lowest] = 0.0
        best = np.maximum(best, credit * held / 5.0)
    return best


def _has_skills(workers: Workers, query: Query, rows: NDArray[Any]) -> NDArray[Any]:
    flags = np.ones(len(rows), bool)
    for asked in query.required:
        flags &= _claimed(workers, asked, rows) > 0.0
    return flags


def _skill_fit(workers: Workers, query: Query, rows: NDArray[Any]) -> NDArray[Any]:
    earned = np.zeros(len(rows))
    for asked in query.asked:
        earned += asked.weight * _claimed(workers, asked, rows)
    return np.minimum(1.0, earned / query.total_weight)


def _covered(free: NDArray[Any], query: Query, room: int) -> NDArray[Any]:
    """How many shifts, with `room` half hours around, lie in (rows, WEEK) flags."""
    count = np.zeros(len(free), np.int64)
    for start, slots in query.shifts:
        count += free[:, shift_flags(start, slots, room)].all(1)
    return count
