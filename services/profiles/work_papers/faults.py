"""What must hold between the fields of work papers, and of a shift that is asked about,
as lists of named rules over a body of any shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from services.profiles.work_papers.schemas import Basis
from shared.documents import (
    Document,
    Named,
    Rule,
    broken_rules,
    each_once,
    readable,
)
from shared.fields import Day, Instant
from shared.problems import Fault

OLDEST = 120
# somebody's today may have begun before UTC's, or may not be over
A_DAY = timedelta(days=1)
FURTHEST_AHEAD = timedelta(days=366)
LONGEST_SHIFT = timedelta(days=31)

DAY: TypeAdapter[date] = TypeAdapter(Day)
INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


@dataclass(frozen=True)
class Asked(Document):
    """A raw body and the instant at which it is judged."""

    now: datetime


def born_before_today(papers: Asked) -> Iterator[Fault]:
    born = readable(DAY, papers.fields.get("birth_date"))
    today = papers.now.date()
    if born is not None and born >= today + A_DAY:
        yield Fault("/birth_date", "future", "must not be in the future")
    if born is not None and born.year < today.year - OLDEST:
        yield Fault("/birth_date", "too_old", f"is more than {OLDEST} years ago")


def one_right_a_country(papers: Asked) -> Iterator[Fault]:
    yield from each_once(
        Named(_text(right.get("country")), pointer, "/country")
        for pointer, right in papers.parts("right_to_work")
    )


def citizens_have_no_last_day(papers: Asked) -> Iterator[Fault]:
    for pointer, right in papers.parts("right_to_work"):
        if right.get("basis") == Basis.CITIZEN and right.get("expires_on") is not None:
            message = (
                "a citizen's right to work does not end; a passport's validity does"
            )
            yield Fault(f"{pointer}/expires_on", "no_end", message)


def permits_have_a_last_day(papers: Asked) -> Iterator[Fault]:
    for pointer, right in papers.parts("right_to_work"):
        if right.get("basis") == Basis.PERMIT and right.get("expires_on") is None:
            message = "say the last day on which the permit is valid"
            yield Fault(f"{pointer}/expires_on", "missing", message)


def ends_after_it_starts(shift: Asked) -> Iterator[Fault]:
    start, end = _span(shift)
    if start and end and end <= start:
        yield Fault("/end", "empty_interval", "must be after the start")
    if start and end and end > start + LONGEST_SHIFT:
        message = f"must be within {LONGEST_SHIFT.days} days of the start"
        yield Fault("/end", "too_long", message)


def begins_soon(shift: Asked) -> Iterator[Fault]:
    """Of the past and the far future nothing is told: asked for every day of them, the
    answers would say how old anybody is."""
    start, _ = _span(shift)
    if start and start < shift.now - A_DAY:
        yield Fault("/start", "past", "must not be before today")
    if start and start > shift.now + FURTHEST_AHEAD:
        message = f"must be within {FURTHEST_AHEAD.days} days from now"
        yield Fault("/start", "too_far_ahead", message)


PAPERS: tuple[Rule[Asked], ...] = (
    born_before_today,
    one_right_a_country,
    citizens_have_no_last_day,
    permits_have_a_last_day,
)
SHIFT: tuple[Rule[Asked], ...] = (ends_after_it_starts, begins_soon)


def papers_faults(document: Any, now: datetime) -> list[Fault]:
    """Every broken rule of work papers of any shape."""
    return _faults(document, now, PAPERS)


def shift_faults(document: Any, now: datetime) -> list[Fault]:
    """Every broken rule of a shift that is asked about, of any shape."""
    return _faults(document, now, SHIFT)


def _faults(
    document: Any, now: datetime, rules: tuple[Rule[Asked], ...]
) -> list[Fault]:
    if not isinstance(document, Mapping):
        return []
    return broken_rules(Asked(document, now), rules)


def _span(shift: Asked) -> tuple[datetime | None, datetime | None]:
    start = readable(INSTANT, shift.fields.get("start"))
    return start, readable(INSTANT, shift.fields.get("end"))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
