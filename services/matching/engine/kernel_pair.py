"""One judgement of a pair, shared by every kernel: the rules in turn, then the score.

The plain twin is `pair.explain_pair`.
"""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from services.matching.engine.kernel_filters import (
    FAIL,
    NO_ROOM,
    NONE_NEEDED,
    NOT_HELD,
    PASS,
    earned_by_required,
    free_for_the_schedule,
    has_required_skills,
    holds_certificates,
    hours_to_ask_for,
    not_blocked,
    not_turned_away,
    pay_meets_floor,
    shifts_needed,
    speaks_languages,
    wants_this_work,
    within_reach,
)
from services.matching.engine.kernel_reach import OUT_OF_REACH, nearest_km
from services.matching.engine.kernel_scores import (
    availability_slack,
    closeness,
    floor_per_hour,
    pay_fit,
    recency,
    reliability,
    skill_fit,
)
from services.matching.engine.kernel_time import Moment, covered_shifts
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


class Weights(NamedTuple):
    """The applied weights of a posting's parts, in the order of SCORES."""

    skill: float
    near: float
    free: float
    pay: float
    trust: float
    fresh: float


@compiled
def applied_weights(posting: Any, weights: Any) -> Weights:
    """0 for what the posting has not; `weights` replace the market's own unless they
    are empty."""
    skill = (
        weight_of(posting, weights, SKILL_FIT) if posting.total_weight > 0.0 else 0.0
    )
    near = 0.0 if posting.remote else weight_of(posting, weights, CLOSENESS)
    free = weight_of(posting, weights, SLACK) if posting.shifts_n > 0 else 0.0
    pay = weight_of(posting, weights, PAY_FIT) if posting.paid else 0.0
    trust, fresh = (
        weight_of(posting, weights, RELIABILITY),
        weight_of(posting, weights, RECENCY),
    )
    total = skill + near + free + pay + trust + fresh
    if total <= 0.0:
        total = 1.0
    return Weights(
        skill / total,
        near / total,
        free / total,
        pay / total,
        trust / total,
        fresh / total,
    )


@inlined
def weight_of(posting: Any, weights: Any, part: int) -> float:
    """A part's weight before parts are dropped."""
    return posting.weights[part] if len(weights) == 0 else weights[part]


@compiled
def judge(moment: Moment, worker: Any, posting: Any, sides: Sides) -> tuple[int, int]:
    """How many filters in a row are passed, and the bits of what to ask, or FAIL.

    Asks the rules in the order of FILTERS and stops at the first that fails.
    """
    passed, ask = 0, 0
    w, p = sides.workers.words, sides.postings.words
    for rule in range(FILTER_COUNT):
        if rule == 0:
            said = within_reach(worker, posting, moment, w, p)
        elif rule == 1:
            said = has_required_skills(worker, posting, w, p)
        elif rule == 2:
            said = free_for_the_schedule(worker, posting, moment, w, p, sides.zones)
        elif rule == 3:
            said = pay_meets_floor(worker, posting, posting.top, w)
        elif rule == 4:
            said = wants_this_work(worker, posting)
        elif rule == 5:
            said = holds_certificates(worker, posting, moment.last, w, p)
        elif rule == 6:
            said = speaks_languages(worker, posting, w, p)
        elif rule == 7:
            said = not_blocked(worker, posting, w)
        else:
            said = not_turned_away(worker, posting, p)
        if said == FAIL:
            return passed, FAIL
        if said != PASS:
            ask |= said
        elif ask == 0:
            passed += 1
    return passed, ask


@inlined
def eligible_score(
    moment: Moment, applied: Weights, worker: Any, posting: Any, sides: Sides
) -> float:
    """The score of a pair, or -1 unless every rule says PASS.

    What rejects most for the least is asked first; what a rule has found out serves
    the score.
    """
    w, p = sides.workers.words, sides.postings.words
    if wants_this_work(worker, posting) != PASS:
        return -1.0
    covered = whole(0)
    if posting.shifts_n > 0:
        if hours_to_ask_for(worker, moment.now_us) != PASS:
            return -1.0
        needed = shifts_needed(posting)
        covered = covered_shifts(
            worker, posting, moment, NO_ROOM, needed, w, p, sides.zones
        )
        if covered < needed:
            return -1.0
    if (
        pay_meets_floor(worker, posting, posting.top, w) != PASS
        or holds_certificates(worker, posting, moment.last, w, p) != PASS
    ):
        return -1.0
    earned, required = earned_by_required(worker, posting, w, p)
    if earned == NOT_HELD:
        return -1.0
    km = OUT_OF_REACH
    if not posting.remote:
        km, _ = nearest_km(worker, posting, moment, w, p)
    if (
        (posting.remote and not worker.remote)
        or (km == OUT_OF_REACH and not posting.remote)
        or speaks_languages(worker, posting, w, p) != PASS
        or not_blocked(worker, posting, w) != PASS
        or not_turned_away(worker, posting, p) != PASS
    ):
        return -1.0
    fit = 0.0
    if posting.total_weight > 0.0:
        fit = skill_fit(worker, posting, earned, required, w, p)
    return total(
        part_values(moment, worker, posting, sides, fit, km, covered), applied, posting
    )


class Parts(NamedTuple):
    """The values of a score's parts, in the order of SCORES."""

    skill: float
    near: float
    free: float
    pay: float
    trust: float
    fresh: float


@inlined
def part_values(
    moment: Moment,
    worker: Any,
    posting: Any,
    sides: Sides,
    fit: float,
    km: float,
    covered: int,
) -> Parts:
    """Of an eligible pair; NaN is a part that the posting has not.

    `fit` is the value of the skills, and `covered` how many shifts fit.
    """
    w, p = sides.workers.words, sides.postings.words
    near, free, pay = np.nan, np.nan, np.nan
    if not posting.remote:
        near = closeness(posting, km)
    if posting.shifts_n > 0:
        # no more than those that fit without room can fit with it
        roomy = whole(0)
        if covered > 0:
            roomy = covered_shifts(
                worker, posting, moment, ROOM, NONE_NEEDED, w, p, sides.zones
            )
        free = availability_slack(posting, covered, roomy)
    if posting.paid:
        pay = pay_fit(posting, floor_per_hour(worker, posting, w))
    return Parts(
        fit if posting.total_weight > 0.0 else np.nan,
        near,
        free,
        pay,
        reliability(worker),
        recency(worker, moment.now_us),
    )


@inlined
def total(parts: Parts, applied: Weights, posting: Any) -> float:
    """The weighted sum of the parts that the posting has."""
    score = 0.0
    if posting.total_weight > 0.0:
        score += applied.skill * parts.skill
    if not posting.remote:
        score += applied.near * parts.near
    if posting.shifts_n > 0:
        score += applied.free * parts.free
    if posting.paid:
        score += applied.pay * parts.pay
    score += applied.trust * parts.trust
    score += applied.fresh * parts.fresh
    return score


@inlined
def tie_of(worker: Any, posting: Any) -> np.uint64:
    return native_tie(
        native_key(worker.id_high, worker.id_low),
        native_key(posting.id_high, posting.id_low),
    )
