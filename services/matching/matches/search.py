"""What is asked about: what a posting would ask without saving one, or some saved."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from services.matching.matches.examples import ASKED, BATCH, SEARCH, WHAT_IF_ASKED
from shared.fields import Body, Country, Day, Flag, Number, Whole, Zone, fault
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
from shared.values import Kind, Market

MOST_MATCHES = 1_000
MOST_POSTINGS = 1_000

Weight = Annotated[Number, Field(ge=0, le=1)]
AtMost = Annotated[Whole, Field(ge=1, le=MOST_MATCHES)]


class PlaceOfWork(Point):
    """Without its country, monthly pay is compared by the usual hours of a month."""

    country: Country | None = None


class Asked(Body):
    """The fields of a posting that its rules look at.

    Only an operator names the `organisation` that asks.
    """

    model_config = ConfigDict(json_schema_extra={"example": ASKED})

    market: Market
    kind: Kind | None = None
    required_skills: SkillsAsked = Field(default=[])
    preferred_skills: SkillsAsked = Field(default=[])
    certificates: CertificatesAsked = Field(default=[])
    languages: LanguagesAsked = Field(default=[])
    pay: PayOffered | None = None
    place: PlaceOfWork | None = None
    remote: Flag = False
    radius_km: RadiusKm | None = None
    lodging: Flag = False
    pick_up_points: PickUpPoints = Field(default=[])
    zone: Zone | None = None
    shifts: list[ShiftAsked] = Field(default=[], max_length=MOST_SHIFTS)
    weekly: WeeklyPattern = Field(default=[])
    starts_on: Day | None = None
    commitment: Commitment = Commitment()
    organisation: UUID | None = None


class Search(Asked):
    """What a posting would ask; `weights` replace the market's."""

    model_config = ConfigDict(json_schema_extra={"example": SEARCH})

    weights: dict[str, Weight] | None = None
    k: AtMost = 50


class WhatIfAsked(Body):
    """A posting of one's own, or what one would ask; exactly one of them."""

    model_config = ConfigDict(json_schema_extra={"example": WHAT_IF_ASKED})

    posting: UUID | None = None
    search: Asked | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> WhatIfAsked:
        if (self.posting is None) == (self.search is None):
            raise fault("exactly_one", "exactly one of posting and search is given")
        return self


def _each_once(postings: list[UUID]) -> list[UUID]:
    if len(set(postings)) < len(postings):
        raise fault("each_once", "must not name a posting twice")
    return postings


class Batch(Body):
    """Open postings of one's own; `k` matches at most for each."""

    model_config = ConfigDict(json_schema_extra={"example": BATCH})

    postings: Annotated[
        list[UUID],
        Field(min_length=1, max_length=MOST_POSTINGS),
        AfterValidator(_each_once),
    ]
    k: AtMost = 50
