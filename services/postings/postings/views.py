"""What clients get of postings."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from services.postings.postings.lifecycle import Status
from services.postings.postings.schemas import Pay, Place, Source
from shared.fields import Day, View
from shared.terms import Commitment, LanguageAsked, Point, SkillAsked, WeeklyInterval
from shared.values import Kind, Market


class ShiftView(View):
    id: UUID
    start: datetime
    end: datetime
    headcount: int


class PostingView(View):
    """A posting as everybody sees it once it is open."""

    id: UUID
    version: int
    organisation: UUID
    status: Status
    market: Market | None
    kind: Kind | None
    title: str | None
    description: str | None
    occupation: str | None
    required_skills: list[SkillAsked]
    preferred_skills: list[SkillAsked]
    certificates: list[str]
    languages: list[LanguageAsked]
    pay: Pay | None
    place: Place | None
    remote: bool
    radius_km: float | None
    lodging: bool
    pick_up_points: list[Point]
    zone: str | None
    shifts: list[ShiftView]
    weekly: list[WeeklyInterval]
    starts_on: Day | None
    headcount: int
    commitment: Commitment
    opened_at: datetime | None
    expires_at: datetime | None


class OwnPosting(PostingView):
    """A posting as its organisation and operators see it."""

    reason: str | None
    source: Source | None
    created_at: datetime
    updated_at: datetime


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


class RowFault(View):
    """`pointer` is a JSON pointer into the whole batch."""

    pointer: str
    rule: str
    message: str


class RowResult(View):
    """What became of one row; `id` and `version` are null when it was rejected."""

    index: int
    source: Source | None
    result: Outcome
    id: UUID | None = None
    version: int | None = None
    status: Status | None = None
    errors: list[RowFault] = Field(default=[])


class BatchResult(View):
    """Counts, and one result per row in the order of the rows."""

    created: int
    updated: int
    unchanged: int
    rejected: int
    results: list[RowResult]
