"""What must hold between the fields of a posting, as a list of named rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from shared.documents import Document, Rule, broken_rules, readable
from shared.fields import Instant
from shared.problems import Fault
from shared.term_rules import (
    Interval,
    certificates_are_named_once,
    commitment_can_be_met,
    languages_are_named_once,
    pay_is_a_range,
    schedule_is_dated_or_weekly,
    shift_times,
    shifts_end_after_they_start,
    skills_are_named_once,
    weekly_hours_are_apart,
    weekly_hours_are_not_empty,
    zone_goes_with_the_schedule,
)

INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


@dataclass(frozen=True)
class PostingDocument(Document):
    """A raw posting and what it is judged for.

    `shifts_kept` are intervals it has already: those may have begun.
    """

    now: datetime
    publishing: bool = False
    shifts_kept: frozenset[Interval] = frozenset()


def says_what_the_work_is(document: PostingDocument) -> Iterator[Fault]:
    if document.publishing:
        for name in ("market", "kind", "title"):
            if document.fields.get(name) is None:
                message = "is needed before the posting can open"
                yield Fault(f"/{name}", "needed_to_open", message)


def says_where_the_work_is(document: PostingDocument) -> Iterator[Fault]:
    somewhere = document.given("place") or document.fields.get("remote") is True
    if document.publishing and not somewhere:
        message = "a posting that is not remote needs a place before it can open"
        yield Fault("/place", "needed_to_open", message)


def zone_goes_with_the_place(document: PostingDocument) -> Iterator[Fault]:
    if document.given("place") and not document.given("zone"):
        yield Fault("/zone", "zone_required", "a place needs its time zone")


def shifts_differ(document: PostingDocument) -> Iterator[Fault]:
    intervals: set[Interval] = set()
    for pointer, interval in shift_times(document):
        if interval in intervals:
            message = "the same shift is there already: raise its headcount instead"
            yield Fault(pointer, "duplicate_shift", message)
        intervals.add(interval)


def shift_ids_differ(document: PostingDocument) -> Iterator[Fault]:
    ids: set[str] = set()
    for pointer, part in document.parts("shifts"):
        name = part.get("id")
        if isinstance(name, str):
            if name.lower() in ids:
                message = "another shift of this list has the same id"
                yield Fault(f"{pointer}/id", "duplicate_shift", message)
            ids.add(name.lower())


def shifts_lie_ahead(document: PostingDocument) -> Iterator[Fault]:
    if document.publishing:
        for pointer, interval in shift_times(document):
            if interval[0] < document.now and interval not in document.shifts_kept:
                message = "has passed already"
                yield Fault(f"{pointer}/start", "shift_in_the_past", message)


def expiry_lies_ahead(document: PostingDocument) -> Iterator[Fault]:
    expires_at = readable(INSTANT, document.fields.get("expires_at"))
    if expires_at is not None and expires_at <= document.now:
        yield Fault("/expires_at", "expiry_in_the_past", "must lie in the future")


RULES: tuple[Rule[PostingDocument], ...] = (
    says_what_the_work_is,
    says_where_the_work_is,
    pay_is_a_range,
    schedule_is_dated_or_weekly,
    zone_goes_with_the_place,
    zone_goes_with_the_schedule,
    shifts_end_after_they_start,
    shifts_differ,
    shift_ids_differ,
    shifts_lie_ahead,
    weekly_hours_are_not_empty,
    weekly_hours_are_apart,
    commitment_can_be_met,
    skills_are_named_once,
    certificates_are_named_once,
    languages_are_named_once,
    expiry_lies_ahead,
)


def posting_faults(document: PostingDocument) -> list[Fault]:
    """Every broken rule of a posting."""
    return broken_rules(document, RULES)
