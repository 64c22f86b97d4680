"""The terms of work, as postings, searches and profiles say them.

Rules over several of them are in `term_rules.py`. Instants are UTC, half-open
[start, end) and on whole minutes; clocks are wall time in the zone that goes with them;
amounts are minor units of their currency.
"""

from __future__ import annotations

from datetime import datetime, time
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, PlainSerializer

from shared.currencies import KnownCurrency
from shared.fields import (
    SINCE_1970,
    Body,
    Clock,
    Instant,
    LanguageCode,
    LanguageLevel,
    Latitude,
    Longitude,
    Number,
    SkillLevel,
    Slug,
    Whole,
    fault,
    shown,
)
from shared.values import PayUnit


def _whole_minute(instant: datetime) -> datetime:
    if instant.second or instant.microsecond:
        raise fault("whole_minute", "must be on a whole minute")
    return instant


def _hours_and_minutes(clock: time) -> str:
    return clock.strftime("%H:%M")


Amount = Annotated[Whole, Field(gt=0, le=10**12)]
RadiusKm = Annotated[Number, Field(gt=0, le=500)]
_ON_THE_MINUTE = r"T([01][0-9]|2[0-3]):[0-5][0-9]:00(\.0{1,6})?"
_OFFSET = r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
Minute = Annotated[
    Instant,
    AfterValidator(_whole_minute),
    shown(pattern=f"^{SINCE_1970}{_ON_THE_MINUTE}{_OFFSET}$"),
]
WallClock = Annotated[Clock, PlainSerializer(_hours_and_minutes, return_type=str)]
Weekday = Annotated[Whole, Field(ge=0, le=6, description="0 is Monday.")]


class SkillAsked(Body):
    skill: Slug
    level: SkillLevel = 1
    weight: Annotated[Number, Field(gt=0, le=10)] = 1.0


class LanguageAsked(Body):
    """`level` 1 to 6 stands for A1 to C2."""

    language: LanguageCode
    level: LanguageLevel = 1


class PayOffered(Body):
    """An offered range; `maximum` is `minimum` unless given."""

    currency: KnownCurrency
    unit: PayUnit
    minimum: Amount
    maximum: Amount = Field(default_factory=lambda pay: pay.get("minimum", 1))
    hours_per_month: Annotated[Number, Field(ge=1, le=744)] | None = None


class Point(Body):
    lat: Latitude
    lon: Longitude


class ShiftAsked(Body):
    """A dated slot."""

    start: Minute
    end: Minute


class WeeklyInterval(Body):
    """The same hours every week, wall time in the zone that goes with them; an `end` at
    or before `start` lies in the next day."""

    weekday: Weekday
    start: WallClock
    end: WallClock


class CommitmentKind(StrEnum):
    ALL = "all"
    ANY = "any"
    AT_LEAST = "at_least"


class Commitment(Body):
    """How many of the shifts somebody must take; `count` goes with `at_least`."""

    kind: CommitmentKind = CommitmentKind.ALL
    count: Whole | None = None


SkillsAsked = Annotated[list[SkillAsked], Field(max_length=50)]
CertificatesAsked = Annotated[list[Slug], Field(max_length=20)]
LanguagesAsked = Annotated[list[LanguageAsked], Field(max_length=20)]
PickUpPoints = Annotated[list[Point], Field(max_length=20)]
WeeklyPattern = Annotated[list[WeeklyInterval], Field(max_length=100)]
MOST_SHIFTS = 200
