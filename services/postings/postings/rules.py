"""What must hold between the fields of a posting, as a list of named rules.

Every rule looks at a raw document and judges what can be read of it, so that its faults
are told together with those of the schema: a misspelt currency does not hide that a
shift ends before it starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import combinations
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from services.postings.postings.schemas import (
    Amount,
    CommitmentKind,
    Minute,
    WallClock,
    WeeklyInterval,
)
from shared.fields import Instant, LanguageCode, Slug, Whole
from shared.problems import Fault

T = TypeVar("T")
Interval = tuple[datetime, datetime]

AMOUNT: TypeAdapter[int] = TypeAdapter(Amount)
COUNT: TypeAdapter[int] = TypeAdapter(Whole)
INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
MINUTE: TypeAdapter[datetime] = TypeAdapter(Minute)
CLOCK: TypeAdapter[Any] = TypeAdapter(WallClock)
SLUG: TypeAdapter[str] = TypeAdapter(Slug)
LANGUAGE: TypeAdapter[str] = TypeAdapter(LanguageCode)
WEEKLY = TypeAdapter(WeeklyInterval)
COMMITMENT = TypeAdapter(CommitmentKind)

LONGEST_SHIFT = timedelta(hours=24)
A_DAY = 1440
A_WEEK = 7 * A_DAY


@dataclass(frozen=True)
class Document:
    """A raw posting and what it is judged for.

    `shifts_kept` are intervals it has already: those may have begun.
    """

    fields: Mapping[str, Any]
    now: datetime
    publishing: bool = False
    shifts_kept: frozenset[Interval] = frozenset()

    def given(self, name: str) -> bool:
        """Whether a field says anything: null, absent and an empty list do not."""
        value = self.fields.get(name)
        return value is not None and value != []

    def part(self, name: str) -> Mapping[str, Any]:
        """An object in a field; empty if there is none."""
        value = self.fields.get(name)
        return value if isinstance(value, Mapping) else {}

    def items(self, name: str) -> Iterator[tuple[str, Any]]:
        """The items of a list with their pointers."""
        value = self.fields.get(name)
        for number, item in enumerate(value if isinstance(value, list) else ()):
            yield f"/{name}/{number}", item

    @cached_property
    def intervals(self) -> tuple[tuple[str, Interval], ...]:
        """The shifts whose times can be read, each with its pointer."""
        return tuple(
            (pointer, (start, end))
            for pointer, part in self.parts("shifts")
            if (start := readable(MINUTE, part.get("start"))) is not None
            and (end := readable(MINUTE, part.get("end"))) is not None
        )

    def parts(self, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The items of a list that are objects."""
        for pointer, item in self.items(name):
            if isinstance(item, Mapping):
                yield pointer, item


Rule = Callable[[Document], Iterator[Fault]]


def readable(adapter: TypeAdapter[T], value: Any) -> T | None:
    """`value` as the schema reads it, or None where the schema itself complains."""
    try:
        return adapter.validate_python(value)
    except ValidationError:
        return None


def pay_is_a_range(document: Document) -> Iterator[Fault]:
    pay = document.part("pay")
    minimum = readable(AMOUNT, pay.get("minimum"))
    maximum = readable(AMOUNT, pay.get("maximum"))
    if minimum is not None and maximum is not None and maximum < minimum:
        yield Fault("/pay/maximum", "pay_range", "must not be below the minimum")


def schedule_is_dated_or_weekly(document: Document) -> Iterator[Fault]:
    if document.given("shifts") and document.given("weekly"):
        message = "a posting has dated shifts or a weekly pattern, not both"
        yield Fault("/weekly", "one_schedule", message)


def zone_goes_with_place_and_schedule(document: Document) -> Iterator[Fault]:
    if document.fields.get("zone") is None and any(
        document.given(name) for name in ("place", "shifts", "weekly", "starts_on")
    ):
        message = "a place or a schedule needs its time zone"
        yield Fault("/zone", "zone_required", message)


def shifts_end_after_they_start(document: Document) -> Iterator[Fault]:
    for pointer, (start, end) in document.intervals:
        if end <= start:
            yield Fault(f"{pointer}/end", "shift_order", "must be after the start")
        elif end - start > LONGEST_SHIFT:
            message = "a shift lasts at most 24 hours"
            yield Fault(f"{pointer}/end", "shift_length", message)


def shifts_differ(document: Document) -> Iterator[Fault]:
    intervals: set[Interval] = set()
    ids: set[str] = set()
    for pointer, interval in document.intervals:
        if interval in intervals:
            message = "the same shift is there already: raise its headcount instead"
            yield Fault(pointer, "duplicate_shift", message)
        intervals.add(interval)
    for pointer, part in document.parts("shifts"):
        name = part.get("id")
        if isinstance(name, str):
            if name.lower() in ids:
                message = "another shift of this list has the same id"
                yield Fault(f"{pointer}/id", "duplicate_shift", message)
            ids.add(name.lower())


def shifts_lie_ahead(document: Document) -> Iterator[Fault]:
    if document.publishing:
        for pointer, interval in document.intervals:
            if interval[0] < document.now and interval not in document.shifts_kept:
                message = "has passed already"
                yield Fault(f"{pointer}/start", "shift_in_the_past", message)


def weekly_hours_are_apart(document: Document) -> Iterator[Fault]:
    """Over midnight, and from Sunday into Monday, too."""
    spans: list[tuple[str, int, int]] = []
    for pointer, part in document.parts("weekly"):
        start, end = (readable(CLOCK, part.get(name)) for name in ("start", "end"))
        if start is not None and start == end:
            message = "must differ from the start"
            yield Fault(f"{pointer}/end", "empty_interval", message)
            continue
        interval = readable(WEEKLY, part)
        if interval is not None:
            first = interval.start.hour * 60 + interval.start.minute
            last = interval.end.hour * 60 + interval.end.minute
            day = interval.weekday * A_DAY
            span = day + first, day + last + (A_DAY if last <= first else 0)
            spans.append((pointer, *span))
    for one, other in combinations(spans, 2):
        if any(
            one[1] + turn < other[2] and other[1] < one[2] + turn
            for turn in (-A_WEEK, 0, A_WEEK)
        ):
            message = f"overlaps {one[0]}"
            yield Fault(other[0], "overlap", message)


def commitment_can_be_met(document: Document) -> Iterator[Fault]:
    commitment = document.part("commitment")
    kind = readable(COMMITMENT, commitment.get("kind", "all"))
    count = commitment.get("count")
    pointer = "/commitment/count"
    if kind is CommitmentKind.AT_LEAST:
        if count is None:
            yield Fault(pointer, "commitment", "at_least needs a count")
            return
        slots = sum(1 for name in ("shifts", "weekly") for _ in document.items(name))
        asked = readable(COUNT, count)
        if asked is not None and not 1 <= asked <= slots:
            message = f"must lie between 1 and the number of shifts ({slots})"
            yield Fault(pointer, "commitment", message)
    elif kind is not None and count is not None:
        yield Fault(pointer, "commitment", f"goes with at_least, not with {kind}")


def skills_are_named_once(document: Document) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for name in ("required_skills", "preferred_skills"):
        for pointer, part in document.parts(name):
            skill = readable(SLUG, part.get("skill"))
            yield from _named_before(seen, skill, f"{pointer}/skill", pointer)


def certificates_are_named_once(document: Document) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for pointer, item in document.items("certificates"):
        yield from _named_before(seen, readable(SLUG, item), pointer, pointer)


def languages_are_named_once(document: Document) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for pointer, part in document.parts("languages"):
        code = readable(LANGUAGE, part.get("language"))
        yield from _named_before(seen, code, f"{pointer}/language", pointer)


def expiry_lies_ahead(document: Document) -> Iterator[Fault]:
    expires_at = readable(INSTANT, document.fields.get("expires_at"))
    if expires_at is not None and expires_at <= document.now:
        yield Fault("/expires_at", "expiry_in_the_past", "must lie in the future")


def says_what_the_work_is(document: Document) -> Iterator[Fault]:
    if document.publishing:
        for name in ("market", "kind", "title"):
            if document.fields.get(name) is None:
                message = "is needed before the posting can open"
                yield Fault(f"/{name}", "needed_to_open", message)


def says_where_the_work_is(document: Document) -> Iterator[Fault]:
    somewhere = document.given("place") or document.fields.get("remote") is True
    if document.publishing and not somewhere:
        message = "a posting that is not remote needs a place before it can open"
        yield Fault("/place", "needed_to_open", message)


RULES: tuple[Rule, ...] = (
    says_what_the_work_is,
    says_where_the_work_is,
    pay_is_a_range,
    schedule_is_dated_or_weekly,
    zone_goes_with_place_and_schedule,
    shifts_end_after_they_start,
    shifts_differ,
    shifts_lie_ahead,
    weekly_hours_are_apart,
    commitment_can_be_met,
    skills_are_named_once,
    certificates_are_named_once,
    languages_are_named_once,
    expiry_lies_ahead,
)


def _named_before(
    seen: dict[str, str], name: str | None, pointer: str, place: str
) -> Iterator[Fault]:
    if name is None:
        return
    if name in seen:
        yield Fault(pointer, "duplicate", f"is named in {seen[name]} already")
    seen.setdefault(name, place)
