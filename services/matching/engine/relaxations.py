"""What a posting could ask less of, one thing at a time.

A relaxation turns the posting's facts into other facts; what it is worth is who is
eligible for those and was not before. Each kind is a function that gives the posting's
relaxations of that kind, smallest first, and none where it has nothing to give way in.
Adding a kind is adding a name here and a test of the same name.

All but `other_start` are true relaxations: whoever was eligible stays so. Moving the
start may lose people too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import MAXYEAR, datetime, timedelta
from typing import Any

from services.matching.engine.clock import DAY
from services.matching.engine.facts import PostingFacts
from services.matching.engine.kernel_what_if import (
    CERTIFIED,
    MOVED,
    PAID,
    REACH,
    SCHEDULE,
    SKILLS,
    SPOKEN,
)
from services.matching.engine.terms import (
    MOST_KM,
    MOST_MINOR_UNITS,
    AskedSkill,
    Span,
    WeeklyInterval,
)

PAY_STEPS_PERCENT = (5, 10, 15, 25)
RADIUS_STEPS_KM = (5, 10, 25, 50)
START_STEPS_MINUTES = (-60, -30, 30, 60)


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One thing changed: `relaxed` is the posting with it, `change` (JSON-ready) says
    what it is; `kind` and `step` together name it within the posting."""

    kind: str
    step: str
    change: dict[str, Any]
    relaxed: PostingFacts

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.step}"


def relaxations(posting: PostingFacts, now: datetime) -> tuple[Relaxation, ...]:
    """Every one, in the order of KINDS. Nothing is moved to start before `now`."""
    return tuple(found for kind in KINDS for found in kind(posting, now))


def more_pay(posting: PostingFacts, now: datetime) -> Iterator[Relaxation]:
    """The top of the range raised, in its own unit, by friendly figures."""
    pay = posting.pay
    if pay is None:
        return
    for more in sorted({friendly_share(pay.top, part) for part in PAY_STEPS_PERCENT}):
        top = pay.top + more
        if not more or top > MOST_MINOR_UNITS:
            continue
        change = {
            "currency": pay.currency,
            "unit": pay.unit,
            "from": pay.top,
            "to": top,
            "more": more,
        }
        relaxed = replace(posting, pay=pay._replace(top=top))
        yield Relaxation("more_pay", f"+{more}", change, relaxed)


def friendly_share(amount: int, percent: int) -> int:
    """About `percent` of an amount: its first figure and a second of 0 or 5.

    5 % of 15.00 is 0.75, and 15 % is 2.50 (2.25, with halves up). Of anything it is at
    least one minor unit.
    """
    hundredths = amount * percent
    whole = hundredths // 100
    grain = 5 * 10 ** (len(str(whole)) - 2) if whole >= 10 else 1
    share = (hundredths + 50 * grain) // (100 * grain) * grain
    return max(share, min(amount, 1))


def skill_made_preferred(posting: PostingFacts, now: datetime) -> Iterator[Relaxation]:
    """A required skill that would only be liked."""
    for asked in posting.required_skills:
        relaxed = replace(
            posting,
            required_skills=_without(posting.required_skills, asked),
            preferred_skills=(*posting.preferred_skills, asked),
        )
        change = {"skill": asked.skill, "level": asked.level}
        yield Relaxation("skill_made_preferred", asked.skill, change, relaxed)


def lower_skill_level(posting: PostingFacts, now: datetime) -> Iterator[Relaxation]:
    """A required skill asked one level lower; level 1 has none below it."""
    for asked in posting.required_skills:
        if asked.level == 1:
            continue
        lower = asked._replace(level=asked.level - 1)
        required = tuple(
            lower if each is asked else each for each in posting.required_skills
        )
        change = {"skill": asked.skill, "from": asked.level, "to": lower.level}
        relaxed = replace(posting, required_skills=required)
        yield Relaxation("lower_skill_level", asked.skill, change, relaxed)


def wider_radius(posting: PostingFacts, now: datetime) -> Iterator[Relaxation]:
    """A longer way to the work; remote work and work without a limit have none."""
    radius = posting.radius_km
    if posting.remote or radius is None:
        return
    for more in RADIUS_STEPS_KM:
        if radius + more > MOST_KM:
            continue
        change = {"from_km": radius, "to_km": radius + more, "more_km": more}
        relaxed = replace(posting, radius_km=radius + more)
        yield Relaxation("wider_radius", f"+{more}", change, relaxed)


def other_start(posting: PostingFacts, now: datetime) -> Iterator[Relaxation]:
    """Every shift moved by the same minutes, as long as before.

    A weekly shift moved over midnight becomes one of the day before or after.
    """
    for minutes in START_STEPS_MINUTES:
        change = {"minutes": minutes}
        if posting.weekly:
            weekly = tuple(_moved_week(each, minutes) for each in posting.weekly)
            relaxed = replace(posting, weekly=weekly)
        elif posting.shifts and _can_move(posting.shifts, minutes, now):
            by = timedelta(minutes=minutes)
            shifts = tuple(Span(s.start + by, s.end + by) for s in posting.shifts)
            relaxed = replace(posting, shifts=shifts)
        else:
            continue
        yield Relaxation("other_start", f"{minutes:+}", change, relaxed)


def _can_move(shifts: tuple[Span, ...], minutes: int, now: datetime) -> bool:
    """Neither into the past nor into the year 10000."""
    if minutes < 0:
        return min(shift.start for shift in shifts) + timedelta(minutes=minutes) >= now
    return max(shift.end for shift in shifts).year < MAXYEAR


def _moved_week(interval: WeeklyInterval, minutes: int) -> WeeklyInterval:
    days, start = divmod(interval.start + minutes, DAY)
    length = interval.end - interval.start
    return WeeklyInterval((interval.weekday + days) % 7, start, start + length)


def certificate_dropped(posting: PostingFacts, now: datetime) -> Iterator[Relaxation]:
    for name in posting.certificates:
        others = tuple(each for each in posting.certificates if each != name)
        relaxed = replace(posting, certificates=others)
        yield Relaxation("certificate_dropped", name, {"certificate": name}, relaxed)


def language_dropped(posting: PostingFacts, now: datetime) -> Iterator[Relaxation]:
    for asked in posting.languages:
        others = tuple(
            each for each in posting.languages if each.language != asked.language
        )
        change = {"language": asked.language, "level": asked.level}
        relaxed = replace(posting, languages=others)
        yield Relaxation("language_dropped", asked.language, change, relaxed)


def fewer_shifts(posting: PostingFacts, now: datetime) -> Iterator[Relaxation]:
    """Fewer of the shifts must be taken: one fewer, two fewer, half of them, any."""
    of = len(posting.shifts) or len(posting.weekly)
    needed = of if posting.needed is None else posting.needed
    steps = {needed - 1, needed - 2, (needed + 1) // 2, 1}
    for fewer in sorted((s for s in steps if 1 <= s < needed), reverse=True):
        change = {"from": needed, "to": fewer, "of": of}
        relaxed = replace(posting, needed=fewer)
        yield Relaxation("fewer_shifts", str(fewer), change, relaxed)


def _without(skills: tuple[AskedSkill, ...], one: AskedSkill) -> tuple[AskedSkill, ...]:
    return tuple(each for each in skills if each is not one)


# the rule that each kind touches, by its number; MOVED touches those that know a date
TOUCHED = {
    "more_pay": PAID,
    "skill_made_preferred": SKILLS,
    "lower_skill_level": SKILLS,
    "wider_radius": REACH,
    "other_start": MOVED,
    "certificate_dropped": CERTIFIED,
    "language_dropped": SPOKEN,
    "fewer_shifts": SCHEDULE,
}
KINDS = (
    more_pay,
    skill_made_preferred,
    lower_skill_level,
    wider_radius,
    other_start,
    certificate_dropped,
    language_dropped,
    fewer_shifts,
)
