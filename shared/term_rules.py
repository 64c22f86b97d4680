"""What must hold between the terms of work, wherever somebody says them.

Each service lists in its RULES which of these hold for it, beside its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from pydantic import TypeAdapter

from shared.documents import Document, Named, Span, all_apart, each_once, readable
from shared.fields import Clock, LanguageCode, Slug, Whole
from shared.problems import Fault
from shared.terms import Amount, CommitmentKind, Minute, Weekday

Interval = tuple[datetime, datetime]

AMOUNT: TypeAdapter[int] = TypeAdapter(Amount)
COUNT: TypeAdapter[int] = TypeAdapter(Whole)
MINUTE: TypeAdapter[datetime] = TypeAdapter(Minute)
CLOCK: TypeAdapter[time] = TypeAdapter(Clock)
WEEKDAY: TypeAdapter[int] = TypeAdapter(Weekday)
SLUG: TypeAdapter[str] = TypeAdapter(Slug)
LANGUAGE: TypeAdapter[str] = TypeAdapter(LanguageCode)
COMMITMENT = TypeAdapter(CommitmentKind)

LONGEST_SHIFT = timedelta(hours=24)
A_DAY = 1440
A_WEEK = 7 * A_DAY


def pay_is_a_range(document: Document) -> Iterator[Fault]:
    pay = document.part("pay")
    minimum = readable(AMOUNT, pay.get("minimum"))
    maximum = readable(AMOUNT, pay.get("maximum"))
    if minimum is not None and maximum is not None and maximum < minimum:
        yield Fault("/pay/maximum", "pay_range", "must not be below the minimum")


def schedule_is_dated_or_weekly(document: Document) -> Iterator[Fault]:
    if document.given("shifts") and document.given("weekly"):
        message = "work has dated shifts or a weekly pattern, not both"
        yield Fault("/weekly", "one_schedule", message)


def zone_goes_with_the_schedule(document: Document) -> Iterator[Fault]:
    scheduled = any(document.given(name) for name in ("shifts", "weekly", "starts_on"))
    if scheduled and not document.given("zone"):
        yield Fault("/zone", "zone_required", "a schedule needs its time zone")


def shifts_end_after_they_start(document: Document) -> Iterator[Fault]:
    for pointer, (start, end) in shift_times(document):
        if end <= start:
            yield Fault(f"{pointer}/end", "shift_order", "must be after the start")
        elif end - start > LONGEST_SHIFT:
            message = "a shift lasts at most 24 hours"
            yield Fault(f"{pointer}/end", "shift_length", message)


def weekly_hours_are_not_empty(document: Document) -> Iterator[Fault]:
    for pointer, part in document.parts("weekly"):
        start = readable(CLOCK, part.get("start"))
        if start is not None and start == readable(CLOCK, part.get("end")):
            message = "must differ from the start"
            yield Fault(f"{pointer}/end", "empty_interval", message)


def weekly_hours_are_apart(document: Document) -> Iterator[Fault]:
    """Over midnight, and from Sunday into Monday, too."""
    spans: list[Span] = []
    for number, (pointer, part) in enumerate(document.parts("weekly")):
        weekday = readable(WEEKDAY, part.get("weekday"))
        start = readable(CLOCK, part.get("start"))
        end = readable(CLOCK, part.get("end"))
        if weekday is None or start is None or end is None or start == end:
            continue
        begins = weekday * A_DAY + _minute_of_day(start)
        lasts = (_minute_of_day(end) - _minute_of_day(start)) % A_DAY
        spans.append(Span(begins, begins + lasts, number, pointer))
    next_week = [
        span._replace(start=span.start + A_WEEK, end=span.end + A_WEEK)
        for span in spans
    ]
    yield from all_apart(spans + next_week)


def commitment_can_be_met(document: Document) -> Iterator[Fault]:
    commitment = document.part("commitment")
    kind = readable(COMMITMENT, commitment.get("kind", "all"))
    count = commitment.get("count")
    pointer = "/commitment/count"
    if kind is CommitmentKind.AT_LEAST:
        if count is None:
            yield Fault(pointer, "commitment", "at_least needs a count")
            return
        slots = document.length("shifts") + document.length("weekly")
        asked = readable(COUNT, count)
        if asked is not None and not 1 <= asked <= slots:
            message = f"must lie between 1 and the number of shifts ({slots})"
            yield Fault(pointer, "commitment", message)
    elif kind is not None and count is not None:
        yield Fault(pointer, "commitment", f"goes with at_least, not with {kind}")


def skills_are_named_once(document: Document) -> Iterator[Fault]:
    """Also not both required and preferred."""
    yield from each_once(
        Named(readable(SLUG, part.get("skill")), pointer, "/skill")
        for name in ("required_skills", "preferred_skills")
        for pointer, part in document.parts(name)
    )


def certificates_are_named_once(document: Document) -> Iterator[Fault]:
    yield from each_once(
        Named(readable(SLUG, item), pointer)
        for pointer, item in document.items("certificates")
    )


def languages_are_named_once(document: Document) -> Iterator[Fault]:
    yield from each_once(
        Named(readable(LANGUAGE, part.get("language")), pointer, "/language")
        for pointer, part in document.parts("languages")
    )


def shift_times(document: Document) -> Iterator[tuple[str, Interval]]:
    """The shifts whose times can be read, each with its pointer."""
    for pointer, part in document.parts("shifts"):
        start = readable(MINUTE, part.get("start"))
        end = readable(MINUTE, part.get("end"))
        if start is not None and end is not None:
            yield pointer, (start, end)


def _minute_of_day(clock: time) -> int:
    return clock.hour * 60 + clock.minute
