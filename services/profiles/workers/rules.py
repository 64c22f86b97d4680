"""Rules over more than one field of a profile, each told with a pointer.

A rule sees a JSON document of any shape: a parsed body dumped again, the fields of a
patch with the zone they are meant in, or a raw body whose fields are faulty by
themselves. It passes over what is not shaped as it expects; the schema has said so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from shared.fields import Clock, Day, LocalMoment, Zone
from shared.problems import Fault

Document = Mapping[str, Any]
Rule = Callable[[Document, datetime], Iterator[Fault]]

WEEK = 7 * 24 * 60
LONGEST_SECTION = 500
CONCEPTS = {"/skills/*/skill": "skill", "/certificates/*/certificate": "certificate"}

_clock: TypeAdapter[time] = TypeAdapter(Clock)
_day: TypeAdapter[date] = TypeAdapter(Day)
_moment: TypeAdapter[datetime] = TypeAdapter(LocalMoment)
_zone: TypeAdapter[str] = TypeAdapter(Zone)


def profile_faults(document: Any, now: datetime) -> list[Fault]:
    """Every broken rule of a document, at the instant `now`."""
    if not isinstance(document, Mapping):
        return []
    return [fault for rule in RULES for fault in rule(document, now)]


def nothing_twice(document: Document, _: datetime) -> Iterator[Fault]:
    for section, keys, pointer in (
        ("markets", (), ""),
        ("kinds", (), ""),
        ("skills", ("skill",), "/skill"),
        ("places", ("lat", "lon"), ""),
        ("pay_floors", ("unit", "currency"), ""),
        ("certificates", ("certificate",), "/certificate"),
        ("languages", ("language",), "/language"),
        ("blocked_organisations", (), ""),
    ):
        seen: dict[str, int] = {}
        for number, item in _section(document, section):
            if keys:
                if not isinstance(item, Mapping) or any(k not in item for k in keys):
                    continue
                identity = repr([item[key] for key in keys])
            else:
                identity = repr(item)
            first = seen.setdefault(identity, number)
            if first != number:
                yield Fault(
                    f"/{section}/{number}{pointer}",
                    "duplicate",
                    f"says the same as /{section}/{first}",
                )


def places_open_before_they_close(document: Document, _: datetime) -> Iterator[Fault]:
    for number, place in _objects(document, "places"):
        opens = _parsed(_day, place.get("available_from"))
        closes = _parsed(_day, place.get("available_until"))
        if opens and closes and closes <= opens:
            yield Fault(
                f"/places/{number}/available_until",
                "period",
                "must be after available_from",
            )


def weekly_intervals_last(document: Document, _: datetime) -> Iterator[Fault]:
    for number, item in _objects(document, "weekly"):
        start = _parsed(_clock, item.get("start"))
        if start is not None and start == _parsed(_clock, item.get("end")):
            yield Fault(
                f"/weekly/{number}/end", "empty_interval", "must differ from start"
            )


def weekly_intervals_are_apart(document: Document, _: datetime) -> Iterator[Fault]:
    """Also over midnight and from Sunday to Monday."""
    spans = []
    for number, item in _objects(document, "weekly"):
        weekday = item.get("weekday")
        start = _parsed(_clock, item.get("start"))
        end = _parsed(_clock, item.get("end"))
        if type(weekday) is not int or not 0 <= weekday <= 6:
            continue
        if start is None or end is None or start == end:
            continue
        begins = weekday * 1440 + start.hour * 60 + start.minute
        minutes = (end.hour - start.hour) * 60 + end.minute - start.minute
        spans.append((begins, begins + minutes % 1440, number))
    next_week = [(start + WEEK, end + WEEK, number) for start, end, number in spans]
    for first, second in _overlaps(spans + next_week):
        yield Fault(
            f"/weekly/{second}", "overlap", f"overlaps with /weekly/{first} of the week"
        )


def exceptions_end_after_they_start(document: Document, _: datetime) -> Iterator[Fault]:
    for number, start, end in _exceptions(document):
        if start and end and end <= start:
            yield Fault(
                f"/exceptions/{number}/end", "empty_interval", "must be after start"
            )


def exceptions_are_apart(document: Document, _: datetime) -> Iterator[Fault]:
    spans = [
        (start, end, number)
        for number, start, end in _exceptions(document)
        if start and end and start < end
    ]
    for first, second in _overlaps(spans):
        yield Fault(
            f"/exceptions/{second}", "overlap", f"overlaps with /exceptions/{first}"
        )


def exceptions_are_on_the_clock(document: Document, _: datetime) -> Iterator[Fault]:
    """A wall time that the zone's clock jumps over means nothing."""
    zone = _zone_of(document)
    if zone is None:
        return
    for number, start, end in _exceptions(document):
        for name, moment in (("start", start), ("end", end)):
            if moment is not None and _in_gap(moment, zone):
                yield Fault(
                    f"/exceptions/{number}/{name}",
                    "clock_gap",
                    f"does not exist in {zone.key}: the clock is put forward over it",
                )


def certificates_are_valid(document: Document, now: datetime) -> Iterator[Fault]:
    zone = _zone_of(document)
    if zone is None:
        return
    today = now.astimezone(zone).date()
    for number, held in _objects(document, "certificates"):
        last_day = _parsed(_day, held.get("expires_on"))
        if last_day is not None and last_day < today:
            yield Fault(
                f"/certificates/{number}/expires_on",
                "expired",
                f"has expired: today is {today} in {zone.key}",
            )


RULES: tuple[Rule, ...] = (
    nothing_twice,
    places_open_before_they_close,
    weekly_intervals_last,
    weekly_intervals_are_apart,
    exceptions_end_after_they_start,
    exceptions_are_apart,
    exceptions_are_on_the_clock,
    certificates_are_valid,
)


def _section(document: Document, name: str) -> Iterator[tuple[int, Any]]:
    items = document.get(name)
    # longer ones are refused for their length alone
    if isinstance(items, list) and len(items) <= LONGEST_SECTION:
        yield from enumerate(items)


def _objects(document: Document, name: str) -> Iterator[tuple[int, Document]]:
    for number, item in _section(document, name):
        if isinstance(item, Mapping):
            yield number, item


def _exceptions(
    document: Document,
) -> Iterator[tuple[int, datetime | None, datetime | None]]:
    for number, item in _objects(document, "exceptions"):
        start, end = item.get("start"), item.get("end")
        yield number, _parsed(_moment, start), _parsed(_moment, end)


def _overlaps(spans: Sequence[tuple[Any, Any, int]]) -> list[tuple[int, int]]:
    """Pairs (earlier, later in the document) of half-open spans (start, end, number)
    that overlap, each later one once."""
    found: dict[int, int] = {}
    reaches: tuple[Any, int] | None = None
    for start, end, number in sorted(spans):
        if reaches is not None and start < reaches[0] and number != reaches[1]:
            first, second = sorted((number, reaches[1]))
            found.setdefault(second, first)
        if reaches is None or end > reaches[0]:
            reaches = (end, number)
    return sorted((first, second) for second, first in found.items())


def _in_gap(moment: datetime, zone: ZoneInfo) -> bool:
    there = moment.replace(tzinfo=zone)
    back = there.astimezone(UTC).astimezone(zone)
    return back.replace(tzinfo=None) != moment


def _zone_of(document: Document) -> ZoneInfo | None:
    name = _parsed(_zone, document.get("zone"))
    return None if name is None else ZoneInfo(name)


def _parsed(adapter: TypeAdapter[Any], value: Any) -> Any:
    if value is None:
        return None
    try:
        return adapter.validate_python(value)
    except ValidationError:
        return None
