"""A search: what a posting asks, without saving one."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, PlainSerializer

from services.matching.matches.examples import SEARCH
from shared.currencies import KnownCurrency
from shared.fields import (
    Body,
    Clock,
    Country,
    Day,
    Flag,
    Instant,
    LanguageCode,
    LanguageLevel,
    Latitude,
    Longitude,
    MinorUnits,
    Number,
    SkillLevel,
    Slug,
    Whole,
    Zone,
)
from shared.values import Kind, Market, PayUnit

Weight = Annotated[Number, Field(ge=0, le=1)]
WallClock = Annotated[
    Clock, PlainSerializer(lambda clock: clock.strftime("%H:%M"), return_type=str)
]


class SkillAsked(Body):
    skill: Slug
    level: SkillLevel = 1
    weight: Annotated[Number, Field(gt=0, le=10)] = 1.0


class LanguageAsked(Body):
    language: LanguageCode
    level: LanguageLevel = 1


class PayOffered(Body):
    currency: KnownCurrency
    unit: PayUnit
    minimum: MinorUnits
    maximum: MinorUnits | None = None
    hours_per_month: Annotated[Number, Field(ge=1, le=744)] | None = None


class PlaceOfWork(Body):
    lat: Latitude
    lon: Longitude
    country: Country | None = None


class PickUpPoint(Body):
    lat: Latitude
    lon: Longitude


class ShiftAsked(Body):
    start: Instant
    end: Instant


class WeeklyInterval(Body):
    """Weekday 0 is Monday; an `end` at or before `start` lies in the next day."""

    weekday: Annotated[Whole, Field(ge=0, le=6)]
    start: WallClock
    end: WallClock


class CommitmentKind(StrEnum):
    ALL = "all"
    ANY = "any"
    AT_LEAST = "at_least"


class Commitment(Body):
    kind: CommitmentKind = CommitmentKind.ALL
    count: Annotated[Whole, Field(ge=1)] | None = None


class Search(Body):
    """The fields of a posting that ranking looks at; `weights` replace the market's.

    Only an operator names the `organisation` that asks.
    """

    model_config = ConfigDict(json_schema_extra={"example": SEARCH})

    market: Market
    kind: Kind | None = None
    required_skills: list[SkillAsked] = Field(default=[], max_length=50)
    preferred_skills: list[SkillAsked] = Field(default=[], max_length=50)
    certificates: list[Slug] = Field(default=[], max_length=20)
    languages: list[LanguageAsked] = Field(default=[], max_length=20)
    pay: PayOffered | None = None
    place: PlaceOfWork | None = None
    remote: Flag = False
    radius_km: Annotated[Number, Field(gt=0, le=500)] | None = None
    lodging: Flag = False
    pick_up_points: list[PickUpPoint] = Field(default=[], max_length=20)
    zone: Zone | None = None
    shifts: list[ShiftAsked] = Field(default=[], max_length=200)
    weekly: list[WeeklyInterval] = Field(default=[], max_length=100)
    starts_on: Day | None = None
    commitment: Commitment = Commitment()
    organisation: UUID | None = None
    weights: dict[str, Weight] | None = None
    k: Annotated[Whole, Field(ge=1, le=200)] = 50
