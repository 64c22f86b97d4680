"""The hard rules, in the order of the funnel: who may be ranked for a posting.

Each rule says PASS, FAIL, or WANT when it fails only because the worker has not said
something; `ask` then names what to ask. They define the meaning that the kernel must
reproduce, and explain a single pair. Adding a rule is adding a name here, its native
twin in `kernel_filters.py` and a test of the same name.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

from services.matching.engine.clock import DAY
from services.matching.engine.demand import LODGING, Demand, Requirement
from services.matching.engine.geo import chord2, distance_km, reach2
from services.matching.engine.pay import ROUNDING
from services.matching.engine.schedule import contains
from services.matching.engine.supply import Supply

STALE_AFTER_DAYS = 14
STALE_AFTER_US = STALE_AFTER_DAYS * DAY * 60 * 1_000_000
ROOM_MINUTES = 60

# What a worker may be asked for; the kernel sets one bit each, in this order.
ASKS = (
    "place",
    "skills",
    "availability",
    "confirmation",
    "pay_floor",
    "markets",
    "kinds",
)


class Outcome(IntEnum):
    PASS = 0
    FAIL = 1
    WANT = 2


class Verdict(NamedTuple):
    """`evidence` is JSON-ready; `ask` is empty unless the outcome is WANT."""

    outcome: Outcome
    evidence: dict[str, Any]
    ask: tuple[str, ...] = ()


def _verdict(passes: bool, **evidence: Any) -> Verdict:
    return Verdict(Outcome.PASS if passes else Outcome.FAIL, evidence)


def _want(*ask: str, **evidence: Any) -> Verdict:
    return Verdict(Outcome.WANT, evidence, ask)


class Reach(NamedTuple):
    km: float
    via: str


def within_reach(worker: Supply, posting: Demand) -> Verdict:
    """One of the worker's places must reach the work or a pick-up point.

    The place must hold for the whole work period, and the distance must be within the
    place's radius (waived where lodging is offered and accepted) and the posting's.
    A nearer place whose own radius is too small does not stand in a farther one's way.
    Remote work asks only whether the worker accepts it.
    """
    if posting.remote:
        return _verdict(worker.accepts_remote, remote=True)
    if not worker.bases:
        return _want("place")
    reach = nearest_reach(worker, posting)
    if reach is None:
        return _verdict(False, km=None, radius_km=posting.radius_km)
    return _verdict(True, km=round(reach.km), radius_km=posting.radius_km)


def nearest_reach(worker: Supply, posting: Demand) -> Reach | None:
    lodged = posting.lodging and worker.accepts_lodging
    bound = reach2(posting.radius_km)
    best: Reach | None = None
    for base in worker.bases:
        if base.first > posting.first_day or base.last < posting.last_day:
            continue
        for site, via in posting.sites:
            if chord2(base.at, site) > bound:
                continue
            km = distance_km(base.at, site)
            if posting.radius_km is not None and km > posting.radius_km:
                continue
            if km > base.radius_km:
                if not lodged:
                    continue
                via = LODGING
            if best is None or km < best.km:
                best = Reach(km, via)
    return best


def has_required_skills(worker: Supply, posting: Demand) -> Verdict:
    """Each required skill, or one related to it, at the asked level or above."""
    required = [asked for asked in posting.requirements if asked.required]
    if not required:
        return _verdict(True, missing=[])
    if not worker.levels:
        return _want("skills")
    missing = [asked.skill for asked in required if not best_claim(worker, asked)]
    return _verdict(not missing, missing=missing)


class Claim(NamedTuple):
    """A held skill that answers an asked one; `value` is credit x level / 5."""

    skill: str
    level: int
    credit: float
    value: float


def best_claim(worker: Supply, asked: Requirement) -> Claim | None:
    """The held member of the group worth most; the asked skill wins a tie.

    A required skill counts only at the asked level or above, a preferred one at any.
    """
    best: Claim | None = None
    lowest = asked.level if asked.required else 0
    for skill, credit in asked.members:
        level = worker.levels.get(skill)
        if level is None or level < lowest:
            continue
        value = credit * level / 5.0
        if best is None or value > best.value:
            best = Claim(skill, level, credit, value)
    return best


def free_for_the_schedule(worker: Supply, posting: Demand) -> Verdict:
    """Enough shifts lie wholly in the worker's free time.

    Dated shifts: pattern and free exceptions, less busy exceptions and bookings, exact
    to the minute. Weekly shifts: the reference week against the pattern alone. Hours
    not declared, or not confirmed for 14 days, are asked for.
    """
    if not posting.shifts:
        return _verdict(True, covered=0, of=0)
    if not worker.pattern and not worker.free:
        return _want("availability")
    confirmed = worker.confirmed_us
    if confirmed is None or posting.now_us - confirmed > STALE_AFTER_US:
        return _want("confirmation")
    covered = sum(covers(worker, posting, 0))
    return _verdict(
        covered >= posting.needed,
        covered=covered,
        of=len(posting.shifts),
        needed=posting.needed,
    )


def covers(worker: Supply, posting: Demand, room: int) -> list[bool]:
    """For each shift, whether it fits with `room` minutes free before and after.

    A weekly shift that the reference week's clock skips altogether asks nothing.
    """
    free, busy = ([], []) if posting.weekly else (worker.free, worker.busy)
    return [
        all(
            contains(worker.zone, worker.pattern, free, busy, start - room, end + room)
            for start, end in shift
        )
        for shift in posting.shifts
    ]


def pay_meets_floor(worker: Supply, posting: Demand) -> Verdict:
    """The top of the pay range is not under any comparable floor of the worker.

    Same unit: compared as integers. Other units: per hour, by the posting's declared
    hours (equal up to a billionth, for rounding). A floor in another currency, or
    piece pay against time pay, does not compare; with none that does, the pair fails.
    """
    pay = posting.pay
    if pay is None:
        return _verdict(True)
    if not worker.floors:
        return _want("pay_floor")
    comparable = [
        floor
        for floor in worker.floors
        if floor.currency == pay.currency
        and (floor.unit == "piece") == (pay.unit == "piece")
    ]
    if not comparable:
        same = any(floor.currency == pay.currency for floor in worker.floors)
        reason = "unit differs" if same else "currency differs"
        return _verdict(False, reason=reason)
    offered = pay.top / posting.hours[pay.unit]
    met = all(
        pay.top >= floor.amount
        if floor.unit == pay.unit
        else offered >= floor.amount / posting.hours[floor.unit] * (1.0 - ROUNDING)
        for floor in comparable
    )
    return _verdict(met) if met else _verdict(False, reason="below the floor")


def wants_this_work(worker: Supply, posting: Demand) -> Verdict:
    """The market and the employment kind are among those sought."""
    if worker.markets and posting.market not in worker.markets:
        return _verdict(False, market=posting.market)
    kind = posting.kind
    if kind is not None and worker.kinds and kind not in worker.kinds:
        return _verdict(False, kind=kind)
    ask = [] if worker.markets else ["markets"]
    if kind is not None and not worker.kinds:
        ask.append("kinds")
    return _want(*ask) if ask else _verdict(True)


def holds_certificates(worker: Supply, posting: Demand) -> Verdict:
    """Each asked certificate is held and still valid on the last day worked."""
    missing = [
        name
        for name in posting.certificates
        if name not in worker.certificates
        or worker.certificates[name] < posting.last_day
    ]
    return _verdict(not missing, missing=missing)


def speaks_languages(worker: Supply, posting: Demand) -> Verdict:
    """Each asked language at its level or above."""
    missing = [
        asked.language
        for asked in posting.languages
        if asked.language not in worker.languages
        or worker.languages[asked.language] < asked.level
    ]
    return _verdict(not missing, missing=missing)


def not_blocked(worker: Supply, posting: Demand) -> Verdict:
    """The worker has not blocked the organisation."""
    return _verdict(posting.organisation not in worker.blocked)


def not_turned_away(worker: Supply, posting: Demand) -> Verdict:
    """The organisation has not blocked the worker."""
    return _verdict(worker.id not in posting.turned_away)


FILTERS = (
    within_reach,
    has_required_skills,
    free_for_the_schedule,
    pay_meets_floor,
    wants_this_work,
    holds_certificates,
    speaks_languages,
    not_blocked,
    not_turned_away,
)
