"""What a posting is made of, field by field; rules over several fields: `rules.py`.

Instants are UTC, half-open [start, end) and on whole minutes; clocks are wall time in
the posting's zone; amounts are minor units of their currency.
"""

from __future__ import annotations

from datetime import datetime, time
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    Field,
    PlainSerializer,
    SkipValidation,
    StringConstraints,
)

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
    LongText,
    Number,
    ShortText,
    SkillLevel,
    Slug,
    Text,
    Whole,
    Zone,
    fault,
)
from shared.values import Kind, Market, PayUnit, Settlement


def _whole_minute(instant: datetime) -> datetime:
    if instant.second or instant.microsecond:
        raise fault("whole_minute", "must be on a whole minute")
    return instant


def _hours_and_minutes(clock: time) -> str:
    return clock.strftime("%H:%M")


Amount = Annotated[Whole, Field(gt=0, le=10**12)]
Headcount = Annotated[Whole, Field(ge=1, le=10_000)]
Minute = Annotated[Instant, AfterValidator(_whole_minute)]
WallClock = Annotated[Clock, PlainSerializer(_hours_and_minutes, return_type=str)]
SourceName = Annotated[Text, StringConstraints(max_length=80)]


class SkillAsked(Body):
    skill: Slug
    level: SkillLevel = 1
    weight: Annotated[Number, Field(gt=0, le=10)] = 1.0


class LanguageAsked(Body):
    """`level` 1 to 6 stands for A1 to C2."""

    language: LanguageCode
    level: LanguageLevel = 1


class Pay(Body):
    """An offered range; `maximum` is `minimum` unless given."""

    currency: KnownCurrency
    unit: PayUnit
    minimum: Amount
    maximum: Amount = Field(default_factory=lambda pay: pay.get("minimum", 1))
    settlement: Settlement | None = None
    hours_per_month: Annotated[Number, Field(ge=1, le=744)] | None = None


class Place(Body):
    lat: Latitude
    lon: Longitude
    country: Country
    label: ShortText | None = None


class PickUpPoint(Body):
    lat: Latitude
    lon: Longitude


class Shift(Body):
    """A dated slot. Its id stays while an edit names it or leaves its times alone."""

    id: UUID | None = None
    start: Minute
    end: Minute
    headcount: Headcount = 1


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
    """How many of the shifts somebody must take; `count` goes with `at_least`."""

    kind: CommitmentKind = CommitmentKind.ALL
    count: Whole | None = None


EXAMPLE: dict[str, Any] = {
    "market": "temporary",
    "kind": "temporary",
    "title": "Forklift driver, night shift",
    "description": "Three nights in our cold store. Warm clothing is provided.",
    "occupation": "forklift-driver",
    "required_skills": [{"skill": "forklift-driving", "level": 3}],
    "preferred_skills": [{"skill": "inventory-counting", "weight": 0.5}],
    "certificates": ["forklift-licence"],
    "languages": [{"language": "en", "level": 3}],
    "pay": {
        "currency": "GBP",
        "unit": "hour",
        "minimum": 1600,
        "maximum": 1800,
        "settlement": "weekly",
    },
    "place": {"lat": 51.5072, "lon": -0.1276, "country": "GB", "label": "London"},
    "radius_km": 30,
    "zone": "Europe/London",
    "shifts": [
        {
            "start": "2030-12-02T22:00:00Z",
            "end": "2030-12-03T06:00:00Z",
            "headcount": 2,
        }
    ],
    "commitment": {"kind": "all"},
    "expires_at": "2030-12-02T12:00:00Z",
}


class PostingContent(Body):
    """What its organisation says of a posting. A draft may lack any of it."""

    market: Market | None = None
    kind: Kind | None = None
    title: ShortText | None = None
    description: LongText | None = None
    occupation: Slug | None = None
    required_skills: list[SkillAsked] = Field(default=[], max_length=50)
    preferred_skills: list[SkillAsked] = Field(default=[], max_length=50)
    certificates: list[Slug] = Field(default=[], max_length=20)
    languages: list[LanguageAsked] = Field(default=[], max_length=20)
    pay: Pay | None = None
    place: Place | None = None
    remote: Flag = False
    radius_km: Annotated[Number, Field(gt=0, le=500)] | None = None
    lodging: Flag = False
    pick_up_points: list[PickUpPoint] = Field(default=[], max_length=20)
    zone: Zone | None = None
    shifts: list[Shift] = Field(default=[], max_length=200)
    weekly: list[WeeklyInterval] = Field(default=[], max_length=100)
    starts_on: Day | None = None
    headcount: Headcount = 1
    commitment: Commitment = Commitment()
    expires_at: Instant | None = None


CONTENT_FIELDS = tuple(PostingContent.model_fields)


class NewPosting(PostingContent):
    """A posting to create. With `hold` it waits for review, `publish` or not.

    `organisation` is the caller's own; only an operator names another.
    """

    organisation: UUID | None = None
    publish: Flag = False
    hold: ShortText | None = None


class Source(Body):
    """Where an imported posting comes from: unique within the organisation."""

    system: SourceName
    id: ShortText


class BatchRow(PostingContent):
    """One row of an import."""

    source: Source
    publish: Flag = False
    hold: ShortText | None = None


class NewBatch(Body):
    """An import into one organisation; a row that is no BatchRow is only rejected."""

    organisation: UUID | None = None
    postings: Annotated[
        list[SkipValidation[BatchRow]], Field(min_length=1, max_length=500)
    ]


class Reason(Body):
    reason: ShortText
