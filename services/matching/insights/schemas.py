"""What the insights API takes and gives."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.matching.engine.rules import FILTERS
from shared.fields import View
from shared.paging import Cursor, Limit

RUN = "01938a5f-1a2b-7c3d-8e4f-5a6b7c8d9e0f"
POSTING = "01938a5e-7d1b-7c6e-8f0a-3b2c1d0e9f8a"
ORGANISATION = "01938a5d-5c4b-7a39-8281-706f5e4d3c2b"
EMPTY: dict[str, Any] = {
    "posting": POSTING,
    "organisation": ORGANISATION,
    "title": "Forklift driver, late shift",
    "opened_at": "2030-11-20T09:00:00Z",
    "run": RUN,
    "ranked_at": "2030-11-20T09:00:01Z",
    "considered": 1079,
    "emptied_by": "free_for_the_schedule",
    "possible": 9,
    "funnel": [
        {"rule": "within_reach", "left": 53},
        {"rule": "has_required_skills", "left": 17},
        {"rule": "free_for_the_schedule", "left": 0},
    ],
}
MARKET: dict[str, Any] = {
    "since": "2030-11-13T09:00:00Z",
    "open_postings": 4212,
    "not_yet_ranked": 2,
    "nobody_eligible": 310,
    "emptied_by": [{"rule": "free_for_the_schedule", "postings": 204}],
    "publish_to_list": {"postings": 511, "p50": 0.4, "p95": 1.1, "p99": 2.3},
    "publish_to_feedback": {"postings": 402, "p50": 710.0, "p95": 9100.0, "p99": 2e4},
    "published": 512,
}
AREA: dict[str, Any] = {
    "area": 14107,
    "lat": 51.0,
    "lon": -1.6,
    "workers": 18211,
    "stale": 2604,
    "undeclared": 310,
}


RuleName = StrEnum("RuleName", [(rule.__name__, rule.__name__) for rule in FILTERS])  # type: ignore[misc]


class EmptyFilter(BaseModel):
    """Those that one rule leaves with nobody; else all."""

    model_config = ConfigDict(extra="forbid")

    rule: RuleName | None = None
    limit: Limit = 50
    cursor: Cursor = None


class FunnelStep(View):
    rule: str
    left: int


class EmptyPosting(View):
    """An open posting whose last list has nobody, and the rule that left nobody.

    `possible` are those who could be asked for the fact that they lack.
    """

    model_config = ConfigDict(json_schema_extra={"example": EMPTY})

    posting: UUID
    organisation: UUID
    title: str | None
    opened_at: datetime | None
    run: UUID
    ranked_at: datetime
    considered: int
    emptied_by: str
    possible: int
    funnel: list[FunnelStep]


class RuleCount(View):
    rule: str
    postings: int


class Spent(View):
    """How many postings got there, and the seconds it took them."""

    postings: int
    p50: float | None
    p95: float | None
    p99: float | None


class MarketView(View):
    """How the market stands. Times are of the postings `published` since; `emptied_by`
    says of the open ones with nobody eligible which rule left nobody."""

    model_config = ConfigDict(json_schema_extra={"example": MARKET})

    since: datetime
    open_postings: int
    not_yet_ranked: int
    nobody_eligible: int
    emptied_by: list[RuleCount]
    published: int
    publish_to_list: Spent
    publish_to_feedback: Spent


class AreaView(View):
    """A cell of the map by its middle: its active workers, whose availability was
    confirmed too long ago to rank them, and whose never was."""

    area: int
    lat: float
    lon: float
    workers: int
    stale: int
    undeclared: int


class AreasView(View):
    """The areas with most whose availability does not count, those first; and the same
    figures of all areas together."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "workers": 18211,
                "stale": 2604,
                "undeclared": 310,
                "items": [AREA],
            }
        }
    )

    workers: int
    stale: int
    undeclared: int
    items: list[AreaView]
