"""One judgement of a pair, shared by every kernel: the rules in turn, then the score.

The plain twin is `pair.explain_pair`.
"""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.kernel_filters import (
    FAIL,
    NO_ROOM,
    OUT_OF_REACH,
    PASS,
    free_for_the_schedule,
    has_required_skills,
    holds_certificates,
    hours_to_ask_for,
    nearest_km,
    not_blocked,
    pay_meets_floor,
    shifts_needed,
    speaks_languages,
    wants_this_work,
    within_reach,
)
from services.matching.engine.kernel_scores import (
    availability_slack,
    closeness,
    floor_per_hour,
    pay_fit,
    recency,
    reliability,
    skill_fit,
)
from services.matching.engine.kernel_time import covered_shifts
from services.matching.engine.layout import Table, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.order import native_key, native_tie
from services.matching.engine.rules import FILTERS, ROOM_MINUTES
from services.matching.engine.scores import SCORES
from services.matching.engine.zones import ZoneArrays

FILTER_COUNT = len(FILTERS)
ROOM = whole(ROOM_MINUTES)
SKILL_FIT, CLOSENESS, SLACK, PAY_FIT, RELIABILITY, RECENCY = map(whole, range(6))
PART_COUNT = len(SCORES)


class Sides(NamedTuple):
    """All workers, all postings, and the zones: what a pair is judged with."""

    workers: Table
    postings: Table
    zones: ZoneArrays


class Moment(NamedTuple):
    """When a posting is asked about, its work period, and the caller's weights.

    `weights` replace the market's own unless they are empty.
    """

    now_us: int
    first: int
    last: int
    monday: int
    weights: NDArray[Any]


@compiled
def judge(moment: Moment, worker: Any, posting: Any, sides: Sides) -> tuple[int, int]:
    """How many filters in a row are passed, and the bits of what to ask, or FAIL.

    Asks the rules in the order of FILTERS and stops at the first that fails.
    """
    passed, ask = 0, 0
    w, p = sides.workers.words, sides.postings.words
    for rule in range(FILTER_COUNT):
        if rule == 0:
            said = within_reach(worker, posting, moment.first, moment.last, w, p)
        elif rule == 1:
            said = has_required_skills(worker, posting, w, p)
        elif rule == 2:
            said = free_for_the_schedule(
                worker, posting, moment.now_us, moment.monday, w, p, sides.zones
            )
        elif rule == 3:
            said = pay_meets_floor(worker, posting, posting.top, w)
        elif rule == 4:
            said = wants_this_work(worker, posting)
        elif rule == 5:
            said = holds_certificates(worker, posting, moment.last, w, p)
        elif rule == 6:
            said = speaks_languages(worker, posting, w, p)
        else:
            said = not_blocked(worker, posting, w)
        if said == FAIL:
            return passed, FAIL
        if said != PASS:
            ask |= said
        elif ask == 0:
            passed += 1
    return passed, ask


@compiled
def eligible_score(
    moment: Moment, worker: Any, posting: Any, sides: Sides, parts: Any
) -> float:
    """The score of a pair, or -1 unless every rule says PASS; `parts` as `score`'s.

    The cheap rules are asked first; what a rule has found out serves the score.
    """
    w, p = sides.workers.words, sides.postings.words
    if (
        wants_this_work(worker, posting) != PASS
        or pay_meets_floor(worker, posting, posting.top, w) != PASS
        or has_required_skills(worker, posting, w, p) != PASS
    ):
        return -1.0
    km = OUT_OF_REACH
    if posting.remote:
        if not worker.remote:
            return -1.0
    else:
        km, _ = nearest_km(
            worker, posting, moment.first, moment.last, posting.radius, w, p
        )
        if km == OUT_OF_REACH:
            return -1.0
    covered = 0
    if posting.shifts_n > 0:
        if hours_to_ask_for(worker, moment.now_us) != PASS:
            return -1.0
        covered = covered_shifts(
            worker, posting, moment.monday, NO_ROOM, w, p, sides.zones
        )
        if covered < shifts_needed(posting):
            return -1.0
    if (
        holds_certificates(worker, posting, moment.last, w, p) != PASS
        or speaks_languages(worker, posting, w, p) != PASS
        or not_blocked(worker, posting, w) != PASS
    ):
        return -1.0
    return score(moment, worker, posting, sides, km, covered, parts)


@compiled
def score(
    moment: Moment,
    worker: Any,
    posting: Any,
    sides: Sides,
    km: float,
    covered: int,
    parts: Any,
) -> float:
    """The weighted sum of an eligible pair's parts; NaN marks a part dropped.

    `parts` receives the values, in the order of SCORES.
    """
    w, p = sides.workers.words, sides.postings.words
    parts[:] = np.nan
    if posting.total_weight > 0.0:
        parts[SKILL_FIT] = skill_fit(worker, posting, w, p)
    if not posting.remote:
        parts[CLOSENESS] = closeness(posting, km)
    if posting.shifts_n > 0:
        # no more than those that fit without room can fit with it
        roomy = 0
        if covered > 0:
            roomy = covered_shifts(
                worker, posting, moment.monday, ROOM, w, p, sides.zones
            )
        parts[SLACK] = availability_slack(posting, covered, roomy)
    if posting.paid:
        parts[PAY_FIT] = pay_fit(posting, floor_per_hour(worker, posting, w))
    parts[RELIABILITY] = reliability(worker)
    parts[RECENCY] = recency(worker, moment.now_us)
    total = 0.0
    for part in range(PART_COUNT):
        if not np.isnan(parts[part]):
            total += weight_of(posting, moment.weights, part)
    value = 0.0
    if total > 0.0:
        for part in range(PART_COUNT):
            if not np.isnan(parts[part]):
                applied = weight_of(posting, moment.weights, part) / total
                value += applied * parts[part]
    return value


@inlined
def weight_of(posting: Any, weights: Any, part: int) -> float:
    """A part's weight before parts are dropped; empty `weights`: the market's."""
    return posting.weights[part] if len(weights) == 0 else weights[part]


@inlined
def tie_of(worker: Any, posting: Any) -> np.uint64:
    return native_tie(
        native_key(worker.id_high, worker.id_low),
        native_key(posting.id_high, posting.id_low),
    )
