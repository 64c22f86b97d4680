"""The parts of a score in the kernel; `scores.py` says what each means.

The same float64 operations in the same order as the plain twins, so equal to the bit.
`w` and `p` are the words of workers and of postings.
"""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import Any

from services.matching.engine.kernel_filters import (
    NO_FLOOR,
    NOT_HELD,
    claim_value,
    strictest_floor,
)
from services.matching.engine.kernel_reach import OUT_OF_REACH
from services.matching.engine.layout import f8_at
from services.matching.engine.native import inlined
from services.matching.engine.pay import GENEROUS_MARGIN
from services.matching.engine.posting_rows import REQUIREMENT_WORDS, requirements_at
from services.matching.engine.scores import (
    DAY_US,
    PRIOR_ABSENCES,
    PRIOR_SHOWS,
    RECENCY_DAYS,
)
from services.matching.engine.worker_rows import NEVER


@inlined
def skill_fit(
    worker: Any, posting: Any, earned: float, first: int, w: Any, p: Any
) -> float:
    """`earned` is what the requirements before the `first` are worth."""
    for number in range(first, posting.requirements_n):
        asked = requirements_at(posting) + REQUIREMENT_WORDS * number
        value = claim_value(worker, posting, asked, w, p)
        if value != NOT_HELD:
            earned += f8_at(p, asked) * value
    return min(1.0, earned / posting.total_weight)


@inlined
def closeness(posting: Any, km: float) -> float:
    return 0.0 if km == OUT_OF_REACH else math.exp(-km / posting.tau)


@inlined
def availability_slack(posting: Any, covered: int, roomy: int) -> float:
    return (covered + roomy) / (2.0 * posting.shifts_n)


@inlined
def pay_fit(posting: Any, floor: float) -> float:
    offered = posting.top / posting.hours[posting.unit]
    if floor == NO_FLOOR or offered <= 0.0:
        return 0.0
    return min(1.0, max(0.0, (offered - floor) / (GENEROUS_MARGIN * offered)))


@inlined
def reliability(worker: Any) -> float:
    certainty = PRIOR_SHOWS + PRIOR_ABSENCES + worker.bookings
    return min(1.0, (PRIOR_SHOWS + worker.shows) / certainty)


@inlined
def recency(worker: Any, now_us: int) -> float:
    if worker.active == NEVER:
        return 0.0
    days = max(0, now_us - worker.active) / DAY_US
    return math.exp(-days / RECENCY_DAYS)


@inlined
def floor_per_hour(worker: Any, posting: Any, w: Any) -> float:
    floor, _ = strictest_floor(worker, posting, w)
    return floor
