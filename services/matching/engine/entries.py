"""What an entry tells of somebody without a look at their row.

`bits`, from the lowest: level (3), radius class (6), pay class (8), markets (3), kinds
(6), ALWAYS, reliability class (3), FAR, SEVERAL. Each says too little rather than too
much: what the bits reject, a rule rejects. The signature has a bit for each skill held
(of a posting: for each that has no stand-in), and above those the hours in
the rough that have free time (of a posting: that must have; see `rough_hours`).
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import Any

import numpy as np

from services.matching.engine.kernel_scores import reliability
from services.matching.engine.layout import f8_at, i8_at, id_of, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.order import GOLDEN
from services.matching.engine.pay import PIECE, UNITS
from services.matching.engine.posting_rows import (
    MEMBER_WORDS,
    NO_KIND,
    REQUIREMENT_WORDS,
    members_at,
    requirements_at,
)
from services.matching.engine.rough_hours import ROUGH_BITS
from services.matching.engine.strips import NEAR_KM
from services.matching.engine.supply import FIRST_DAY, LAST_DAY
from services.matching.engine.worker_rows import (
    FLOOR_WORDS,
    PLACE_WORDS,
    floors_at,
    skills_at,
)

HOUR = UNITS.index("hour")

RADIUS, PAY, MARKETS, KINDS = 3, 9, 17, 20
ALWAYS = 1 << 26
RELIABILITY = 27
IS_FAR = 1 << 30
SEVERAL = 1 << 31

WIDEST = 63  # the class of every radius that is FAR
ANY_PAY = 255

SKILL_BITS = 64 - ROUGH_BITS
OF_SKILLS = np.uint64((1 << SKILL_BITS) - 1)

_GOLDEN = np.uint64(GOLDEN)
_HALF = np.uint64(32)
_BITS = np.uint64(SKILL_BITS)
_ONE = np.uint64(1)


@inlined
def skill_bit(skill: int) -> np.uint64:
    mixed = (np.uint64(skill + 1) * _GOLDEN) >> _HALF
    return _ONE << ((mixed * _BITS) >> _HALF)


@inlined
def hour_bits(hours: int) -> np.uint64:
    return np.uint64(hours) << _BITS


@inlined
def radius_class(km: float) -> int:
    """Class c stands for up to c x c / 32 km; WIDEST for any."""
    if km > NEAR_KM:
        return WIDEST
    kind = math.ceil(math.sqrt(km * 32.0))
    if kind * kind < km * 32.0:
        kind += 1
    return kind


@inlined
def pay_class(amount: float) -> int:
    """Eighths of an octave; grows with the amount."""
    return min(ANY_PAY, int(8.0 * math.log2(1.0 + amount)))


@inlined
def least_pay(kind: int) -> float:
    """No amount of this class is less."""
    return (2.0 ** (kind / 8.0) - 1.0) * 0.999


@inlined
def reliability_class(value: float) -> int:
    return min(7, max(0, math.ceil((value - 0.5) * 14.0)))


@inlined
def most_reliable(kind: int) -> float:
    return 1.0 if kind == 7 else 0.5 + kind / 14.0 + 1e-9


@compiled
def floor_class(worker: Any, w: Any) -> int:
    """The class of the floor per hour, where no other floor could be compared instead:
    all in one currency, and none by the piece."""
    highest = whole(0)
    at = floors_at(worker)
    for number in range(worker.floors_n):
        floor = at + FLOOR_WORDS * number
        if w[floor + 2] != w[at + 2] or w[floor + 3] == PIECE:
            return 0
        if w[floor + 3] == HOUR:
            highest = max(highest, i8_at(w, floor))
    return pay_class(float(highest))


@inlined
def seen_kinds(mask: int) -> int:
    """Six bits of kinds; one that has no bit of its own sets them all."""
    return mask if mask < 64 else 63


@compiled
def worker_bits(worker: Any, w: Any, number: int) -> int:
    """The bits of place `number` (of nowhere in particular: -1), without a level."""
    markets = whole(worker.markets)
    bits = ALWAYS
    bits |= floor_class(worker, w) << PAY
    bits |= (markets if markets < 8 else 7) << MARKETS
    bits |= seen_kinds(whole(worker.kinds)) << KINDS
    bits |= reliability_class(reliability(worker)) << RELIABILITY
    if number < 0:
        return bits | WIDEST << RADIUS
    place = worker.at + PLACE_WORDS * number
    radius = f8_at(w, place + 6)
    bits |= radius_class(radius) << RADIUS
    if is_far(worker, radius):
        bits |= IS_FAR
    if worker.places_n > 1 or w[place + 10] != FIRST_DAY or w[place + 11] != LAST_DAY:
        bits |= SEVERAL
    return bits


@inlined
def is_far(worker: Any, radius: float) -> bool:
    return radius > NEAR_KM or worker.lodging


@compiled
def signature(worker: Any, words: Any) -> np.uint64:
    sign = hour_bits(whole(worker.rough_hours))
    at = skills_at(worker)
    for number in range(worker.skills_n):
        sign |= skill_bit(id_of(whole(words[at + number])))
    return sign


@compiled
def posting_bits(posting: Any) -> int:
    """Without a level. ALWAYS stands for a kind that does not matter."""
    bits = 0
    if posting.paid:
        offered = posting.top / posting.hours[posting.unit]
        bits |= pay_class(offered * (1.0 + 1e-6)) << PAY
    else:
        bits |= ANY_PAY << PAY
    market, kind = posting.market, posting.kind
    if market >= 0:
        bits |= (1 << market if market < 3 else 7) << MARKETS
    if kind == NO_KIND:
        bits |= ALWAYS | 63 << KINDS
    elif kind >= 0:
        bits |= (1 << kind if kind < 6 else 63) << KINDS
    bits |= radius_class(posting.radius) << RADIUS
    if posting.lodging:
        bits |= IS_FAR
    if posting.sites_n > 1:
        bits |= SEVERAL
    return bits


@compiled
def required_signature(posting: Any, hours: int, words: Any) -> np.uint64:
    """The skills that are required and that nothing else stands in for, and the
    `hours` that must have free time."""
    sign = hour_bits(hours)
    for number in range(whole(posting.requirements_n)):
        asked = requirements_at(posting) + REQUIREMENT_WORDS * number
        if words[asked + 3] and words[asked + 5] == 1:
            member = members_at(posting) + MEMBER_WORDS * words[asked + 4]
            sign |= skill_bit(whole(words[member + 2]))
    return sign
