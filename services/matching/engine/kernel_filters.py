"""The hard rules in the kernel; `rules.py` says what each means.

A rule gives PASS, FAIL, or the bits of what to ask (bit i is `rules.ASKS[i]`). `w` and
`p` are the words of workers and of postings.
"""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np

from services.matching.engine.kernel_reach import reaches
from services.matching.engine.kernel_time import Moment, covered_shifts
from services.matching.engine.layout import (
    f8_at,
    find_leveled,
    i8_at,
    id_of,
    level_of,
    whole,
)
from services.matching.engine.native import inlined
from services.matching.engine.pay import PIECE, ROUNDING, UNITS
from services.matching.engine.posting_rows import (
    ALL_SHIFTS,
    ID_WORDS,
    MEMBER_WORDS,
    NO_KIND,
    REQUIREMENT_WORDS,
    asked_certificates_at,
    asked_languages_at,
    members_at,
    requirements_at,
    turned_away_at,
)
from services.matching.engine.rules import ASKS, STALE_AFTER_US
from services.matching.engine.worker_rows import (
    FLOOR_WORDS,
    HELD_WORDS,
    NEVER,
    blocked_at,
    certificates_at,
    floors_at,
    languages_at,
    skills_at,
)

PASS, FAIL = 0, -1
NO_ROOM, NONE_NEEDED = whole(0), whole(0)

ASK_PLACE = 1 << ASKS.index("place")
ASK_SKILLS = 1 << ASKS.index("skills")
ASK_AVAILABILITY = 1 << ASKS.index("availability")
ASK_CONFIRMATION = 1 << ASKS.index("confirmation")
ASK_PAY_FLOOR = 1 << ASKS.index("pay_floor")
ASK_MARKETS = 1 << ASKS.index("markets")
ASK_KINDS = 1 << ASKS.index("kinds")

UNIT_RANKS = np.array([sorted(UNITS).index(unit) for unit in UNITS])

NOT_HELD = -1.0
NO_FLOOR = -1.0


@inlined
def within_reach(worker: Any, posting: Any, moment: Moment, w: Any, p: Any) -> int:
    if posting.remote:
        return PASS if worker.remote else FAIL
    if worker.places_n == 0:
        return ASK_PLACE
    return PASS if reaches(worker, posting, moment, w, p) else FAIL


@inlined
def has_required_skills(worker: Any, posting: Any, w: Any, p: Any) -> int:
    earned, _ = earned_by_required(worker, posting, w, p)
    if earned != NOT_HELD:
        return PASS
    return ASK_SKILLS if worker.skills_n == 0 else FAIL


@inlined
def earned_by_required(worker: Any, posting: Any, w: Any, p: Any) -> tuple[float, int]:
    """What all required skills are worth, each by its weight, or NOT_HELD if one is
    lacking; and how many they are, before all others."""
    earned, number = 0.0, whole(0)
    while number < posting.requirements_n:
        asked = requirements_at(posting) + REQUIREMENT_WORDS * number
        if not p[asked + 3]:
            break
        value = claim_value(worker, posting, asked, w, p)
        if value == NOT_HELD:
            return NOT_HELD, number
        earned += f8_at(p, asked) * value
        number += 1
    return earned, number


@inlined
def claim_value(worker: Any, posting: Any, asked: int, w: Any, p: Any) -> float:
    """Credit x level / 5 of the best member held (required: at the asked level)."""
    lowest = p[asked + 2] if p[asked + 3] else 0
    first = members_at(posting) + MEMBER_WORDS * p[asked + 4]
    best = NOT_HELD
    for number in range(p[asked + 5]):
        member = first + MEMBER_WORDS * number
        held = find_leveled(w, skills_at(worker), worker.skills_n, whole(p[member + 2]))
        if held >= 0 and level_of(held) >= lowest:
            best = max(best, f8_at(p, member) * level_of(held) / 5.0)
    return best


@inlined
def hours_to_ask_for(worker: Any, now_us: int) -> int:
    """What must be asked before a schedule can be looked at; PASS if nothing."""
    if worker.pattern_n == 0 and worker.free_n == 0:
        return ASK_AVAILABILITY
    if worker.confirmed == NEVER or now_us - worker.confirmed > STALE_AFTER_US:
        return ASK_CONFIRMATION
    return PASS


@inlined
def shifts_needed(posting: Any) -> int:
    return posting.shifts_n if posting.needed == ALL_SHIFTS else posting.needed


@inlined
def free_for_the_schedule(
    worker: Any, posting: Any, moment: Moment, w: Any, p: Any, zones: Any
) -> int:
    if posting.shifts_n == 0:
        return PASS
    ask = hours_to_ask_for(worker, moment.now_us)
    if ask != PASS:
        return ask
    needed = shifts_needed(posting)
    covered = covered_shifts(worker, posting, moment, NO_ROOM, needed, w, p, zones)
    return PASS if covered >= needed else FAIL


@inlined
def pay_meets_floor(worker: Any, posting: Any, top: int, w: Any) -> int:
    """`top` is the posting's, or another offer in its unit and currency."""
    if not posting.paid:
        return PASS
    if worker.floors_n == 0:
        return ASK_PAY_FLOOR
    offered = top / posting.hours[posting.unit]
    comparable = False
    for number in range(worker.floors_n):
        floor = floors_at(worker) + FLOOR_WORDS * number
        if not compares(floor, posting, w):
            continue
        comparable = True
        amount, unit = i8_at(w, floor), w[floor + 3]
        if unit == posting.unit:
            if top < amount:
                return FAIL
        elif offered < amount / posting.hours[unit] * (1.0 - ROUNDING):
            return FAIL
    return PASS if comparable else FAIL


@inlined
def compares(floor: int, posting: Any, w: Any) -> bool:
    return w[floor + 2] == posting.currency and (
        (w[floor + 3] == PIECE) == (posting.unit == PIECE)
    )


@inlined
def strictest_floor(worker: Any, posting: Any, w: Any) -> tuple[float, int]:
    """The highest comparable floor per hour (or piece) and its unit, or NO_FLOOR.

    Of equal ones the unit whose name is last, as the twin's `max` has it.
    """
    strictest, unit = NO_FLOOR, 0
    for number in range(worker.floors_n):
        floor = floors_at(worker) + FLOOR_WORDS * number
        if compares(floor, posting, w):
            each = w[floor + 3]
            hourly = i8_at(w, floor) / posting.hours[each]
            if hourly > strictest or (
                hourly == strictest and UNIT_RANKS[each] > UNIT_RANKS[unit]
            ):
                strictest, unit = hourly, each
    return strictest, unit


@inlined
def wants_this_work(worker: Any, posting: Any) -> int:
    ask = 0
    if worker.markets == 0:
        ask |= ASK_MARKETS
    elif posting.market < 0 or not (whole(worker.markets) >> posting.market) & 1:
        return FAIL
    if posting.kind != NO_KIND:
        if worker.kinds == 0:
            ask |= ASK_KINDS
        elif posting.kind < 0 or not (whole(worker.kinds) >> posting.kind) & 1:
            return FAIL
    return ask


@inlined
def holds_certificate(worker: Any, certificate: int, last: int, w: Any) -> bool:
    at = certificates_at(worker)
    for number in range(worker.certificates_n):
        held = at + HELD_WORDS * number
        if w[held] == certificate:
            return w[held + 1] >= last
    return False


@inlined
def holds_certificates(worker: Any, posting: Any, last: int, w: Any, p: Any) -> int:
    at = asked_certificates_at(posting)
    for number in range(posting.certificates_n):
        if not holds_certificate(worker, p[at + number], last, w):
            return FAIL
    return PASS


@inlined
def speaks_language(worker: Any, asked: int, w: Any) -> bool:
    at, count = languages_at(worker), worker.languages_n
    spoken = find_leveled(w, at, count, id_of(asked))
    return spoken >= 0 and level_of(spoken) >= level_of(asked)


@inlined
def speaks_languages(worker: Any, posting: Any, w: Any, p: Any) -> int:
    at = asked_languages_at(posting)
    for number in range(posting.languages_n):
        if not speaks_language(worker, whole(p[at + number]), w):
            return FAIL
    return PASS


@inlined
def not_blocked(worker: Any, posting: Any, w: Any) -> int:
    at = blocked_at(worker)
    for number in range(worker.blocked_n):
        if w[at + number] == posting.organisation:
            return FAIL
    return PASS


@inlined
def not_turned_away(worker: Any, posting: Any, p: Any) -> int:
    at = turned_away_at(posting)
    for number in range(posting.turned_away_n):
        if is_id(worker, at + ID_WORDS * number, p):
            return FAIL
    return PASS


@inlined
def is_id(worker: Any, at: int, p: Any) -> bool:
    high, low = whole(worker.id_high), whole(worker.id_low)
    return i8_at(p, at) == high and i8_at(p, at + 2) == low
