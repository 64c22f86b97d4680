"""The hard rules in the kernel; `rules.py` says what each means.

A rule gives PASS, FAIL, or the bits of what to ask (bit i is `rules.ASKS[i]`).
"""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import Any

from services.matching.engine.geo import EARTH_RADIUS_KM
from services.matching.engine.kernel_time import covered_shifts
from services.matching.engine.native import compiled, inlined
from services.matching.engine.pay import PIECE, ROUNDING
from services.matching.engine.posting_columns import ALL_SHIFTS, NO_KIND
from services.matching.engine.rules import ASKS, STALE_AFTER_US
from services.matching.engine.worker_columns import NEVER

PASS, FAIL = 0, -1

ASK_PLACE = 1 << ASKS.index("place")
ASK_SKILLS = 1 << ASKS.index("skills")
ASK_AVAILABILITY = 1 << ASKS.index("availability")
ASK_CONFIRMATION = 1 << ASKS.index("confirmation")
ASK_PAY_FLOOR = 1 << ASKS.index("pay_floor")
ASK_MARKETS = 1 << ASKS.index("markets")
ASK_KINDS = 1 << ASKS.index("kinds")

OUT_OF_REACH = -1.0
NOT_HELD = -1.0
NO_FLOOR = -1.0


@inlined
def within_reach(
    worker: Any, posting: Any, first: int, last: int, places: Any, sites: Any
) -> int:
    if posting.remote:
        return PASS if worker.remote else FAIL
    if worker.places_n == 0:
        return ASK_PLACE
    km = nearest_km(worker, posting, first, last, places, sites)
    return FAIL if km == OUT_OF_REACH else PASS


@inlined
def nearest_km(
    worker: Any, posting: Any, first: int, last: int, places: Any, sites: Any
) -> float:
    """The least distance that both radii allow, or OUT_OF_REACH.

    The squared chord rejects most pairs before the exact distance is asked for.
    """
    lodged = posting.lodging and worker.lodging
    nearest = OUT_OF_REACH
    for p in range(worker.places_at, worker.places_at + worker.places_n):
        place = places[p]
        for s in range(posting.sites_at, posting.sites_at + posting.sites_n):
            site = sites[s]
            x, y, z = place.x - site.x, place.y - site.y, place.z - site.z
            chord2 = x * x + y * y + z * z
            if chord2 > posting.reach or (chord2 > place.reach and not lodged):
                continue
            if place.first > first or place.last < last:
                continue
            half = math.sqrt(chord2) / 2.0
            km = 2.0 * EARTH_RADIUS_KM * math.asin(min(1.0, half))
            if km > posting.radius or (km > place.radius and not lodged):
                continue
            if nearest == OUT_OF_REACH or km < nearest:
                nearest = km
    return nearest


@inlined
def find(held: Any, at: int, count: int, id: int) -> int:
    """Where an id is in a run sorted by id, or -1."""
    low, high = at, at + count
    while low < high:
        middle = (low + high) // 2
        if held[middle].id < id:
            low = middle + 1
        else:
            high = middle
    return low if low < at + count and held[low].id == id else -1


@compiled
def has(ids: Any, at: int, count: int, id: int) -> bool:
    for i in range(at, at + count):  # noqa: SIM110 (numba has no generators in any)
        if ids[i] == id:
            return True
    return False


@inlined
def has_required_skills(
    worker: Any, posting: Any, skills: Any, requirements: Any, members: Any
) -> int:
    for number in range(posting.requirements_n):
        asked = requirements[posting.requirements_at + number]
        if not asked.required:
            break
        if worker.skills_n == 0:
            return ASK_SKILLS
        if claim_value(worker, posting, asked, skills, members) == NOT_HELD:
            return FAIL
    return PASS


@inlined
def claim_value(
    worker: Any, posting: Any, asked: Any, skills: Any, members: Any
) -> float:
    """Credit x level / 5 of the best member held (required: at the asked level)."""
    lowest = asked.level if asked.required else 0
    first = posting.members_at + asked.first
    best = NOT_HELD
    for m in range(first, first + asked.count):
        member = members[m]
        held = find(skills, worker.skills_at, worker.skills_n, member.id)
        if held >= 0 and skills[held].value >= lowest:
            best = max(best, member.credit * skills[held].value / 5.0)
    return best


@compiled
def free_for_the_schedule(
    worker: Any,
    posting: Any,
    now_us: int,
    monday: int,
    hours: Any,
    shifts: Any,
    zones: Any,
) -> int:
    if posting.shifts_n == 0:
        return PASS
    if worker.pattern_n == 0 and worker.free_n == 0:
        return ASK_AVAILABILITY
    if worker.confirmed == NEVER or now_us - worker.confirmed > STALE_AFTER_US:
        return ASK_CONFIRMATION
    needed = posting.shifts_n if posting.needed == ALL_SHIFTS else posting.needed
    covered = covered_shifts(worker, posting, monday, 0, hours, shifts, zones)
    return PASS if covered >= needed else FAIL


@compiled
def pay_meets_floor(worker: Any, posting: Any, floors: Any) -> int:
    if not posting.paid:
        return PASS
    if worker.floors_n == 0:
        return ASK_PAY_FLOOR
    offered = posting.top / posting.hours[posting.unit]
    comparable = False
    for f in range(worker.floors_at, worker.floors_at + worker.floors_n):
        floor = floors[f]
        if not compares(floor, posting):
            continue
        comparable = True
        if floor.unit == posting.unit:
            if posting.top < floor.amount:
                return FAIL
        elif offered < floor.amount / posting.hours[floor.unit] * (1.0 - ROUNDING):
            return FAIL
    return PASS if comparable else FAIL


@compiled
def compares(floor: Any, posting: Any) -> bool:
    return floor.currency == posting.currency and (
        (floor.unit == PIECE) == (posting.unit == PIECE)
    )


@compiled
def strictest_floor(worker: Any, posting: Any, floors: Any) -> float:
    """The highest comparable floor per hour (or piece), or NO_FLOOR."""
    strictest = NO_FLOOR
    for f in range(worker.floors_at, worker.floors_at + worker.floors_n):
        floor = floors[f]
        if compares(floor, posting):
            strictest = max(strictest, floor.amount / posting.hours[floor.unit])
    return strictest


@compiled
def wants_this_work(worker: Any, posting: Any, markets: Any, kinds: Any) -> int:
    ask = 0
    if worker.markets_n == 0:
        ask |= ASK_MARKETS
    elif not has(markets, worker.markets_at, worker.markets_n, posting.market):
        return FAIL
    if posting.kind != NO_KIND:
        if worker.kinds_n == 0:
            ask |= ASK_KINDS
        elif not has(kinds, worker.kinds_at, worker.kinds_n, posting.kind):
            return FAIL
    return ask


@compiled
def holds_certificates(
    worker: Any, posting: Any, last: int, certificates: Any, asked: Any
) -> int:
    at, count = worker.certificates_at, worker.certificates_n
    for number in range(posting.certificates_n):
        certificate = asked[posting.certificates_at + number]
        held = find(certificates, at, count, certificate)
        if held < 0 or certificates[held].value < last:
            return FAIL
    return PASS


@compiled
def speaks_languages(worker: Any, posting: Any, languages: Any, asked: Any) -> int:
    at, count = worker.languages_at, worker.languages_n
    for number in range(posting.languages_n):
        language = asked[posting.languages_at + number]
        spoken = find(languages, at, count, language.id)
        if spoken < 0 or languages[spoken].value < language.value:
            return FAIL
    return PASS


@compiled
def not_blocked(worker: Any, posting: Any, blocked: Any) -> int:
    at, count = worker.blocked_at, worker.blocked_n
    return FAIL if has(blocked, at, count, posting.organisation) else PASS
