"""A posting as the rules read it at one moment: facts, period, shifts, groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.matching.engine.clock import (
    DAY,
    ceil_minute,
    day_number,
    floor_minute,
    local_day,
    microseconds,
    spans_of_wall_time,
)
from services.matching.engine.facts import PostingFacts
from services.matching.engine.geo import Point, point
from services.matching.engine.pay import (
    DEFAULT_SHIFT_HOURS,
    UNITS,
    hours_per_month,
    unit_hours,
)
from services.matching.engine.taxonomy import Member, RelatedSkills
from services.matching.engine.terms import LanguageLevel, Pay

UNBOUNDED_TAU_KM = 12.5
SHORTEST_TAU_KM = 1e-9
PLACE, PICK_UP_POINT, LODGING = "place", "pick-up point", "lodging"


class Requirement(NamedTuple):
    """An asked skill and the group that satisfies it, itself first (credit 1)."""

    skill: str
    level: int
    weight: float
    required: bool
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Demand:
    """`shifts` holds the UTC spans of each shift: one if dated; of a weekly shift those
    in the reference week (two around a repeated hour, none in a skipped one).

    `needed` of them must be covered. The work period is the days `first_day` to
    `last_day`, inclusive. `hours` are those of each unit (see `pay`).
    """

    id: UUID
    organisation: UUID
    now_us: int
    market: str
    kind: str | None
    remote: bool
    sites: tuple[tuple[Point, str], ...]
    radius_km: float | None
    tau_km: float
    lodging: bool
    requirements: tuple[Requirement, ...]
    total_weight: float
    certificates: tuple[str, ...]
    languages: tuple[LanguageLevel, ...]
    pay: Pay | None
    hours_per_month: float
    hours: dict[str, float]
    weekly: bool
    shifts: tuple[tuple[tuple[int, int], ...], ...]
    needed: int
    first_day: int
    last_day: int
    turned_away: frozenset[UUID]

    @property
    def present(self) -> tuple[bool, ...]:
        """Which parts of the score the posting has, in the order of SCORES."""
        return (
            self.total_weight > 0.0,
            not self.remote,
            bool(self.shifts),
            self.pay is not None,
            True,
            True,
        )


def demand(posting: PostingFacts, now: datetime, related: RelatedSkills) -> Demand:
    asked = requirements(posting, related)
    today = local_day(posting.zone, floor_minute(now))
    if posting.weekly:
        first, last, shifts = _reference_week(posting, today)
    elif posting.shifts:
        first, last = dated_period(posting)
        shifts = tuple((span,) for span in dated_shifts(posting))
    else:
        first, last, shifts = today, today, ()
    month = declared_hours_per_month(posting)
    return Demand(
        id=posting.id,
        organisation=posting.organisation,
        now_us=microseconds(now),
        market=posting.market,
        kind=posting.kind,
        remote=posting.remote,
        sites=tuple((point(site.lat, site.lon), site.via) for site in sites(posting)),
        radius_km=posting.radius_km,
        tau_km=tau_km(posting.radius_km),
        lodging=posting.lodging,
        requirements=asked,
        total_weight=total_weight(asked),
        certificates=posting.certificates,
        languages=posting.languages,
        pay=posting.pay,
        hours_per_month=month,
        hours=dict(
            zip(UNITS, unit_hours(month, mean_shift_hours(posting)), strict=True)
        ),
        weekly=bool(posting.weekly),
        shifts=shifts,
        needed=len(shifts) if posting.needed is None else posting.needed,
        first_day=first,
        last_day=last,
        turned_away=frozenset(posting.turned_away),
    )


def requirements(
    posting: PostingFacts, related: RelatedSkills
) -> tuple[Requirement, ...]:
    """Required skills first, as the posting lists them."""
    return tuple(
        Requirement(skill, level, weight, required, related.group(skill))
        for required, asked in (
            (True, posting.required_skills),
            (False, posting.preferred_skills),
        )
        for skill, level, weight in asked
    )


def total_weight(asked: tuple[Requirement, ...]) -> float:
    total = 0.0
    for requirement in asked:
        total += requirement.weight
    return total


class Via(NamedTuple):
    """Where the work can be reached, and what that is."""

    lat: float
    lon: float
    via: str


def sites(posting: PostingFacts) -> tuple[Via, ...]:
    """The place, then the pick-up points."""
    places = [(posting.site, PLACE)] if posting.site else []
    places += [(site, PICK_UP_POINT) for site in posting.pick_up_points]
    return tuple(Via(site.lat, site.lon, via) for site, via in places)


def tau_km(radius_km: float | None) -> float:
    """The distance at which closeness has fallen to 1/e: half the radius."""
    if radius_km is None:
        return UNBOUNDED_TAU_KM
    return max(radius_km / 2.0, SHORTEST_TAU_KM)


def declared_hours_per_month(posting: PostingFacts) -> float:
    if posting.pay is not None and posting.pay.hours_per_month is not None:
        return posting.pay.hours_per_month
    return hours_per_month(posting.country)


def mean_shift_hours(posting: PostingFacts) -> float:
    minutes = [end - start for start, end in dated_shifts(posting)]
    minutes += [interval.end - interval.start for interval in posting.weekly]
    return sum(minutes) / len(minutes) / 60.0 if minutes else DEFAULT_SHIFT_HOURS


def dated_shifts(posting: PostingFacts) -> list[tuple[int, int]]:
    """UTC minutes, the start floored and the end ceiled."""
    return [(floor_minute(s.start), ceil_minute(s.end)) for s in posting.shifts]


def dated_period(posting: PostingFacts) -> tuple[int, int]:
    """The first and last local day worked, at the posting's zone."""
    shifts = dated_shifts(posting)
    first = local_day(posting.zone, min(start for start, _ in shifts))
    last = local_day(posting.zone, max(end for _, end in shifts) - 1)
    return first, last


def monday_on_or_after(day: int) -> int:
    """The epoch was a Thursday, so Mondays are the days 4 modulo 7."""
    return day + (4 - day) % 7


def _reference_week(
    posting: PostingFacts, today: int
) -> tuple[int, int, tuple[tuple[tuple[int, int], ...], ...]]:
    """The first full week from today or the start, and the weekly shifts in it.

    A shift belongs to the week in which it starts; one of Sunday night runs into the
    next Monday, which then is the last day.
    """
    start = today if posting.starts_on is None else day_number(posting.starts_on)
    monday = monday_on_or_after(max(start, today))
    walls = [
        ((monday + w.weekday) * DAY + w.start, (monday + w.weekday) * DAY + w.end)
        for w in posting.weekly
    ]
    last = max(monday + 6, max((end - 1) // DAY for _, end in walls))
    spans = tuple(tuple(spans_of_wall_time(posting.zone, s, e)) for s, e in walls)
    return monday, last, spans
