"""What a posting is made of, field by field; rules over several fields: `rules.py`."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, SkipValidation, StringConstraints

from shared.fields import (
    Body,
    Country,
    Day,
    Flag,
    Instant,
    LongText,
    ShortText,
    Slug,
    Text,
    Whole,
    Zone,
)
from shared.terms import (
    MOST_SHIFTS,
    CertificatesAsked,
    Commitment,
    LanguagesAsked,
    PayOffered,
    PickUpPoints,
    Point,
    RadiusKm,
    ShiftAsked,
    SkillsAsked,
    WeeklyPattern,
)
from shared.values import Kind, Market, Settlement

Headcount = Annotated[Whole, Field(ge=1, le=10_000)]
SourceName = Annotated[Text, StringConstraints(max_length=80)]


class Pay(PayOffered):
    """An offered range; `maximum` is `minimum` unless given."""

    settlement: Settlement | None = None


class Place(Point):
    country: Country
    label: ShortText | None = None


class Shift(ShiftAsked):
    """A dated slot. Its id stays while an edit names it or leaves its times alone."""

    id: UUID | None = None
    headcount: Headcount = 1


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
    required_skills: SkillsAsked = Field(default=[])
    preferred_skills: SkillsAsked = Field(default=[])
    certificates: CertificatesAsked = Field(default=[])
    languages: LanguagesAsked = Field(default=[])
    pay: Pay | None = None
    place: Place | None = None
    remote: Flag = False
    radius_km: RadiusKm | None = None
    lodging: Flag = False
    pick_up_points: PickUpPoints = Field(default=[])
    zone: Zone | None = None
    shifts: list[Shift] = Field(default=[], max_length=MOST_SHIFTS)
    weekly: WeeklyPattern = Field(default=[])
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
