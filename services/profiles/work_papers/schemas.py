"""What work papers, and questions about them, look like over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from shared.fields import Body, Country, Day, Instant, ShortText, View, Zone

WORKER = "0192f0c1-0000-7000-8000-000000000002"
PAPERS: dict[str, Any] = {
    "birth_date": "1994-02-28",
    "right_to_work": [
        {
            "country": "GB",
            "basis": "permit",
            "expires_on": "2035-05-01",
            "evidence": "share code W12 345 678",
        }
    ],
}


class Basis(StrEnum):
    """By what somebody may work in a country."""

    CITIZEN = "citizen"
    FREE_MOVEMENT = "free_movement"
    SETTLED = "settled"
    PERMIT = "permit"


class RightToWork(Body):
    """`expires_on` is the last day on which it is valid; `evidence` says where whoever
    checked it finds it again: a share code, the number of a permit or of a file."""

    country: Country
    basis: Basis
    expires_on: Day | None = None
    evidence: ShortText | None = None


Rights = Annotated[list[RightToWork], Field(max_length=40)]


class WorkPapers(Body):
    """What says whether somebody may be employed; of each country one right."""

    model_config = ConfigDict(json_schema_extra={"examples": [PAPERS]})

    birth_date: Day | None = None
    right_to_work: Rights = Field(default_factory=list)


class WorkPapersView(View):
    """What is recorded. `papers` is for the worker's own eyes: null for whoever acts
    for them, and for operators."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "worker": WORKER,
                    "version": 4,
                    "recorded_at": "2026-11-24T09:00:00Z",
                    "birth_date_recorded": True,
                    "right_to_work_recorded": True,
                    "papers": PAPERS,
                }
            ]
        }
    )

    worker: UUID
    version: int
    recorded_at: datetime | None
    birth_date_recorded: bool
    right_to_work_recorded: bool
    papers: WorkPapers | None


class ShiftAsked(Body):
    """A shift [start, end), which begins today or within a year, where it is worked."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "start": "2026-12-01T22:00:00Z",
                    "end": "2026-12-02T06:00:00Z",
                    "zone": "Europe/London",
                    "country": "GB",
                }
            ]
        }
    )

    start: Instant
    end: Instant
    zone: Zone
    country: Country


class ReasonView(View):
    """A broken rule. Only the worker is told the limit: the years of age that the law
    of the country asks, or the last day of the right to work."""

    rule: str
    limit: int | date | None


class MayWorkView(View):
    """Whether the worker may work the shift; if not, every rule that is broken."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "may_work": False,
                    "reasons": [{"rule": "right_to_work_lasts", "limit": None}],
                }
            ]
        }
    )

    may_work: bool
    reasons: list[ReasonView]
