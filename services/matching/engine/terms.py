"""The small facts that workers and postings are made of, and how each is read.

`read` takes its part of a feed document and raises ValueError, TypeError or KeyError
on a malformed one. Amounts are integer minor units, distances kilometres.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple, Self
from uuid import UUID

from services.matching.engine.pay import UNITS

Document = Mapping[str, Any]
MINUTES_A_DAY = 1440
MOST_MINOR_UNITS = 10**15  # whole in float64, and in any sum of two
MOST_KM = 1e6
MOST_WEIGHT = 1e6
MOST_BOOKINGS = 1e9


def read_id(value: str | UUID) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def read_instant(value: str | datetime | None) -> datetime | None:
    if value is None:
        return None
    instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError(f"{value!r} has no offset")
    return instant


def read_day(value: str | date | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def read_number(value: float | None) -> float | None:
    return None if value is None else float(value)


def read_between(value: float, low: float, high: float, what: str) -> float:
    """A number within bounds, which also keeps it in the columns' range."""
    number = float(value)
    if not low <= number <= high:  # NaN is between nothing
        raise ValueError(f"{what} {value} is not {low:g} to {high:g}")
    return number


def read_whole(value: int, low: int, high: int, what: str) -> int:
    number = int(value)
    if not low <= number <= high:
        raise ValueError(f"{what} {value} is not {low} to {high}")
    return number


def read_amount(value: int) -> int:
    return read_whole(value, 0, MOST_MINOR_UNITS, "amount")


def read_degrees(value: float, most: float, what: str) -> float:
    """Kept to a millionth of a degree (11 cm)."""
    return round(read_between(value, -most, most, what), 6)


def read_radius(value: float) -> float:
    return read_between(value, 0.0, MOST_KM, "radius")


def read_unit(value: str) -> str:
    if value not in UNITS:
        raise ValueError(f"{value!r} is not a pay unit")
    return value


class SkillClaim(NamedTuple):
    skill: str
    level: int
    years: float | None

    @classmethod
    def read(cls, doc: Document) -> Self:
        return cls(
            doc["skill"],
            read_whole(doc["level"], 1, 5, "level"),
            read_number(doc.get("years")),
        )


class Place(NamedTuple):
    """A base to travel from; its two days are inclusive, None is unbounded."""

    lat: float
    lon: float
    radius_km: float
    available_from: date | None
    available_until: date | None

    @classmethod
    def read(cls, doc: Document) -> Self:
        return cls(
            read_degrees(doc["lat"], 90.0, "latitude"),
            read_degrees(doc["lon"], 180.0, "longitude"),
            read_radius(doc["radius_km"]),
            read_day(doc.get("available_from")),
            read_day(doc.get("available_until")),
        )


class WeeklyInterval(NamedTuple):
    """Local minutes of a weekday (0 = Monday), half-open; `end` > `start`.

    An `end` above 1440 lies in the next day.
    """

    weekday: int
    start: int
    end: int

    @classmethod
    def read(cls, doc: Document) -> Self:
        weekday = int(doc["weekday"])
        start, end = _time_of_day(doc["start"]), _time_of_day(doc["end"])
        if not 0 <= weekday <= 6:
            raise ValueError(f"weekday {weekday} is not 0 (Monday) to 6")
        if start == end:
            raise ValueError("a weekly interval ends when it starts")
        return cls(weekday, start, end if end > start else end + MINUTES_A_DAY)


def _time_of_day(value: str) -> int:
    hour, colon, minute = value[:2], value[2:3], value[3:]
    if len(value) == 5 and colon == ":" and (hour + minute).isdecimal():
        minutes = int(hour) * 60 + int(minute)
        if int(minute) < 60 and minutes < MINUTES_A_DAY:
            return minutes
    raise ValueError(f"{value!r} is not a time of day, HH:MM")


class DatedException(NamedTuple):
    """Free or busy over local wall times (naive), half-open, whatever the pattern."""

    start: datetime
    end: datetime
    free: bool

    @classmethod
    def read(cls, doc: Document) -> Self:
        start, end = (datetime.fromisoformat(doc[edge]) for edge in ("start", "end"))
        if start.tzinfo or end.tzinfo or end <= start:
            raise ValueError("an exception is two local times, in order")
        return cls(start, end, bool(doc["free"]))


class Span(NamedTuple):
    """Two instants, half-open."""

    start: datetime
    end: datetime

    @classmethod
    def read(cls, doc: Document) -> Self:
        start, end = read_instant(doc["start"]), read_instant(doc["end"])
        if start is None or end is None or end <= start:
            raise ValueError("an interval must end after it starts")
        return cls(start, end)


class PayFloor(NamedTuple):
    unit: str
    amount: int
    currency: str

    @classmethod
    def read(cls, doc: Document) -> Self:
        return cls(read_unit(doc["unit"]), read_amount(doc["amount"]), doc["currency"])


class Certificate(NamedTuple):
    """`expires_on` is the last day it is valid; None: it does not expire."""

    certificate: str
    expires_on: date | None

    @classmethod
    def read(cls, doc: Document) -> Self:
        return cls(doc["certificate"], read_day(doc.get("expires_on")))


class LanguageLevel(NamedTuple):
    """`level` 1 to 6 stands for A1 to C2."""

    language: str
    level: int

    @classmethod
    def read(cls, doc: Document) -> Self:
        return cls(doc["language"], read_whole(doc["level"], 1, 6, "level"))


class Credit(NamedTuple):
    """The platform's record of a worker; nothing yet is (0, 0)."""

    shows: float
    bookings: float

    @classmethod
    def read(cls, doc: Document | None) -> Self:
        known = doc or {}
        shows, bookings = (
            read_between(known.get(name) or 0, 0.0, MOST_BOOKINGS, name)
            for name in ("shows", "bookings")
        )
        return cls(shows, bookings)


class AskedSkill(NamedTuple):
    skill: str
    level: int
    weight: float

    @classmethod
    def read(cls, doc: Document) -> Self:
        return cls(
            doc["skill"],
            read_whole(doc["level"], 1, 5, "level"),
            read_between(doc.get("weight", 1.0), 0.0, MOST_WEIGHT, "weight"),
        )


class Pay(NamedTuple):
    """`top` is the upper end of the offered range."""

    currency: str
    unit: str
    top: int
    hours_per_month: float | None

    @classmethod
    def read(cls, doc: Document | None) -> Self | None:
        """None where no pay is named."""
        if doc is None:
            return None
        ends = [doc.get("minimum"), doc.get("maximum")]
        named = [read_amount(end) for end in ends if end is not None]
        if not named:
            return None
        hours = doc.get("hours_per_month")
        if hours is not None:
            hours = read_between(hours, 1.0, 744.0, "hours a month")
        return cls(doc["currency"], read_unit(doc["unit"]), max(named), hours)


class Site(NamedTuple):
    lat: float
    lon: float

    @classmethod
    def read(cls, doc: Document) -> Self:
        return cls(
            read_degrees(doc["lat"], 90.0, "latitude"),
            read_degrees(doc["lon"], 180.0, "longitude"),
        )
