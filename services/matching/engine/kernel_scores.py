"""The parts of a score in the kernel; `scores.py` says what each means.

The same float64 operations in the same order as the plain twins, so equal to the bit.
"""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import Any

from services.matching.engine.kernel_filters import (
    NO_FLOOR,
    NOT_HELD,
    OUT_OF_REACH,
    claim_value,
    nearest_km,
    strictest_floor,
)
from services.matching.engine.kernel_time import covered_shifts
from services.matching.engine.native import compiled
from services.matching.engine.pay import GENEROUS_MARGIN
from services.matching.engine.rules import ROOM_MINUTES
from services.matching.engine.scores import (
    DAY_US,
    PRIOR_ABSENCES,
    PRIOR_SHOWS,
    RECENCY_DAYS,
)
from services.matching.engine.worker_columns import NEVER


@compiled
def skill_fit(
    worker: Any, posting: Any, skills: Any, requirements: Any, members: Any
) -> float:
    earned = 0.0
    for number in range(posting.requirements_n):
        asked = requirements[posting.requirements_at + number]
        value = claim_value(worker, posting, asked, skills, members)
        if value != NOT_HELD:
            earned += asked.weight * value
    return min(1.0, earned / posting.total_weight)


@compiled
def closeness(
    worker: Any, posting: Any, first: int, last: int, places: Any, sites: Any
) -> float:
    km = nearest_km(worker, posting, first, last, places, sites)
    return 0.0 if km == OUT_OF_REACH else math.exp(-km / posting.tau)


@compiled
def availability_slack(
    worker: Any, posting: Any, monday: int, hours: Any, shifts: Any, zones: Any
) -> float:
    covered = covered_shifts(worker, posting, monday, 0, hours, shifts, zones)
    roomy = covered_shifts(worker, posting, monday, ROOM_MINUTES, hours, shifts, zones)
    return (covered + roomy) / (2.0 * posting.shifts_n)


@compiled
def pay_fit(worker: Any, posting: Any, floors: Any) -> float:
    floor = strictest_floor(worker, posting, floors)
    offered = posting.top / posting.hours[posting.unit]
    if floor == NO_FLOOR or offered <= 0.0:
        return 0.0
    return min(1.0, max(0.0, (offered - floor) / (GENEROUS_MARGIN * offered)))


@compiled
def reliability(worker: Any) -> float:
    certainty = PRIOR_SHOWS + PRIOR_ABSENCES + worker.bookings
    return min(1.0, (PRIOR_SHOWS + worker.shows) / certainty)


@compiled
def recency(worker: Any, now_us: int) -> float:
    if worker.active == NEVER:
        return 0.0
    days = max(0, now_us - worker.active) / DAY_US
    return math.exp(-days / RECENCY_DAYS)
