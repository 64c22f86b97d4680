"""A search: what a posting asks, without saving one."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from services.matching.matches.examples import SEARCH
from shared.fields import Body, Country, Day, Flag, Number, Whole, Zone
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

Weight = Annotated[Number, Field(ge=0, le=1)]


class PlaceOfWork(Point):
    """Without its country, monthly pay is compared by the usual hours of a month."""

    country: Country | None = None


class Search(Body):
    """The fields of a posting that ranking looks at; `weights` replace the market's.

    Only an operator names the `organisation` that asks.
    """

    model_config = ConfigDict(json_schema_extra={"example": SEARCH})

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
    weights: dict[str, Weight] | None = None
    k: Annotated[Whole, Field(ge=1, le=200)] = 50
