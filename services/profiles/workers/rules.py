"""What must hold between the fields of a profile, as a list of named rules.

They also judge a patch: the fields it gives, with the zone they are meant in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from shared.documents import (
    Document,
    Named,
    Rule,
    Span,
    all_apart,
    broken_rules,
    each_once,
    readable,
)
from shared.fields import Day, LocalMoment, Zone
from shared.problems import Fault
from shared.term_rules import weekly_hours_are_apart, weekly_hours_are_not_empty

CONCEPTS = {"/skills/*/skill": "skill", "/certificates/*/certificate": "certificate"}
NAMED_BY: tuple[tuple[str, Sequence[str], str], ...] = (
    ("markets", (), ""),
    ("kinds", (), ""),
    ("skills", ("skill",), "/skill"),
    ("places", ("lat", "lon"), ""),
    ("pay_floors", ("unit", "currency"), ""),
    ("certificates", ("certificate",), "/certificate"),
    ("languages", ("language",), "/language"),
    ("blocked_organisations", (), ""),
)
"""A section, the fields that make two of its items the same, and where that is told."""

DAY: TypeAdapter[date] = TypeAdapter(Day)
MOMENT: TypeAdapter[datetime] = TypeAdapter(LocalMoment)
ZONE: TypeAdapter[str] = TypeAdapter(Zone)


@dataclass(frozen=True)
class ProfileDocument(Document):
    """A raw profile and the instant at which it is judged."""

    now: datetime

    @cached_property
    def zone(self) -> ZoneInfo | None:
        name = readable(ZONE, self.fields.get("zone"))
        return None if name is None else ZoneInfo(name)

    @cached_property
    def exceptions(self) -> tuple[tuple[str, datetime | None, datetime | None], ...]:
        """Pointer, start and end of each; None where it cannot be read."""
        return tuple(
            (
                pointer,
                readable(MOMENT, part.get("start")),
                readable(MOMENT, part.get("end")),
            )
            for pointer, part in self.parts("exceptions")
        )


def nothing_twice(document: ProfileDocument) -> Iterator[Fault]:
    for section, keys, part in NAMED_BY:
        yield from each_once(
            Named(_identity(item, keys), pointer, part)
            for pointer, item in document.items(section)
        )


def places_open_before_they_close(document: ProfileDocument) -> Iterator[Fault]:
    for pointer, place in document.parts("places"):
        opens = readable(DAY, place.get("available_from"))
        closes = readable(DAY, place.get("available_until"))
        if opens and closes and closes <= opens:
            message = "must be after available_from"
            yield Fault(f"{pointer}/available_until", "period", message)


def exceptions_end_after_they_start(document: ProfileDocument) -> Iterator[Fault]:
    for pointer, start, end in document.exceptions:
        if start and end and end <= start:
            yield Fault(f"{pointer}/end", "empty_interval", "must be after the start")


def exceptions_are_apart(document: ProfileDocument) -> Iterator[Fault]:
    yield from all_apart(
        Span(start, end, number, pointer)
        for number, (pointer, start, end) in enumerate(document.exceptions)
        if start and end and start < end
    )


def exceptions_are_on_the_clock(document: ProfileDocument) -> Iterator[Fault]:
    """A wall time that the zone's clock jumps over means nothing."""
    zone = document.zone
    if zone is None:
        return
    for pointer, start, end in document.exceptions:
        for name, moment in (("start", start), ("end", end)):
            if moment is not None and _in_gap(moment, zone):
                message = (
                    f"does not exist in {zone.key}: the clock is put forward over it"
                )
                yield Fault(f"{pointer}/{name}", "clock_gap", message)


def certificates_are_valid(document: ProfileDocument) -> Iterator[Fault]:
    zone = document.zone
    if zone is None:
        return
    today = document.now.astimezone(zone).date()
    for pointer, held in document.parts("certificates"):
        last_day = readable(DAY, held.get("expires_on"))
        if last_day is not None and last_day < today:
            message = f"has expired: today is {today} in {zone.key}"
            yield Fault(f"{pointer}/expires_on", "expired", message)


RULES: tuple[Rule[ProfileDocument], ...] = (
    nothing_twice,
    places_open_before_they_close,
    weekly_hours_are_not_empty,
    weekly_hours_are_apart,
    exceptions_end_after_they_start,
    exceptions_are_apart,
    exceptions_are_on_the_clock,
    certificates_are_valid,
)


def profile_faults(document: Any, now: datetime) -> list[Fault]:
    """Every broken rule of a document of any shape, at the instant `now`."""
    if not isinstance(document, Mapping):
        return []
    return broken_rules(ProfileDocument(document, now), RULES)


def _identity(item: Any, keys: Sequence[str]) -> str | None:
    """What makes it the same as another; None if it lacks a part of that."""
    if not keys:
        return repr(item)
    if not isinstance(item, Mapping) or any(key not in item for key in keys):
        return None
    return repr([item[key] for key in keys])


def _in_gap(moment: datetime, zone: ZoneInfo) -> bool:
    there = moment.replace(tzinfo=zone)
    back = there.astimezone(UTC).astimezone(zone)
    return back.replace(tzinfo=None) != moment
