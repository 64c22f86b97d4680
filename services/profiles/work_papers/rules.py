"""Whether somebody may work a shift: a list of named rules over their work papers.

What is not known is never a yes. Hours, rest and night work are not asked here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.profiles.work_papers.ages import birthday, minimum_age
from services.profiles.work_papers.schemas import RightToWork, WorkPapers

INSTANT = timedelta(microseconds=1)

Limit = int | date | None


@dataclass(frozen=True, slots=True)
class ShiftDays:
    """What the rules look at of a shift: its first and last local day, its country."""

    first_day: date
    last_day: date
    country: str

    @classmethod
    def of(cls, start: datetime, end: datetime, zone: str, country: str) -> ShiftDays:
        """Of [start, end): a shift that ends at midnight ends on the day before."""
        there = ZoneInfo(zone)
        last = (end - INSTANT).astimezone(there).date()
        return cls(start.astimezone(there).date(), last, country)

    def as_others_ask(self) -> ShiftDays:
        """As whoever is not the worker is answered: somebody counts as old enough from
        the month after their birthday on.

        A yes that came with the birthday would tell it to whoever asks day by day. So
        all who are born in one month (from its 2nd to the 1st of the next) are told
        alike, by whatever days and countries are asked.
        """
        return replace(self, first_day=self.first_day.replace(day=1))


class Broken(NamedTuple):
    """A rule is broken; the limit is a number of years, or the last day of a right."""

    limit: Limit = None


class Reason(NamedTuple):
    """Why somebody may not work a shift: the rule that is broken, and its limit."""

    rule: str
    limit: Limit


Rule = Callable[[WorkPapers, ShiftDays], Broken | None]


def age_is_known(papers: WorkPapers, shift: ShiftDays) -> Broken | None:
    if papers.birth_date is None:
        return Broken(minimum_age(shift.country))
    return None


def old_enough(papers: WorkPapers, shift: ShiftDays) -> Broken | None:
    """On the shift's first day, by the law of the country where it is worked."""
    least = minimum_age(shift.country)
    if papers.birth_date is None:
        return None
    return (
        Broken(least) if shift.first_day < birthday(papers.birth_date, least) else None
    )


def right_to_work_is_known(papers: WorkPapers, shift: ShiftDays) -> Broken | None:
    return None if _right(papers, shift) else Broken()


def right_to_work_lasts(papers: WorkPapers, shift: ShiftDays) -> Broken | None:
    """To the end of the shift's last day."""
    right = _right(papers, shift)
    if right is None or right.expires_on is None or shift.last_day <= right.expires_on:
        return None
    return Broken(right.expires_on)


RULES: tuple[Rule, ...] = (
    age_is_known,
    old_enough,
    right_to_work_is_known,
    right_to_work_lasts,
)


def reasons_against(papers: WorkPapers, shift: ShiftDays) -> list[Reason]:
    """Every rule that is broken; none is a yes."""
    return [
        Reason(rule.__name__, broken.limit)
        for rule in RULES
        if (broken := rule(papers, shift)) is not None
    ]


def _right(papers: WorkPapers, shift: ShiftDays) -> RightToWork | None:
    found = (one for one in papers.right_to_work if one.country == shift.country)
    return next(found, None)
