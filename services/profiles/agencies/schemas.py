"""What mandates and representations look like over HTTP."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from shared.fields import Body, Instant, View, fault
from shared.values import now

_CLIENT = "0192f0c1-0000-7000-8000-000000000001"
_AGENCY = "0192f0c1-0000-7000-8000-000000000002"
_WORKER = "0192f0c1-0000-7000-8000-000000000003"


class Purpose(StrEnum):
    """What an agency may do in its client's name."""

    POSTINGS = "postings"
    MATCHES = "matches"
    HIRING = "hiring"


def _each_once(purposes: list[Purpose]) -> list[Purpose]:
    if len(set(purposes)) < len(purposes):
        raise fault("duplicate", "must name each purpose once")
    return sorted(purposes)


def _still_to_come(moment: datetime) -> datetime:
    if moment <= now():
        raise fault("past", "must lie in the future")
    return moment


Purposes = Annotated[
    list[Purpose], Field(min_length=1, max_length=3), AfterValidator(_each_once)
]
Until = Annotated[Instant, AfterValidator(_still_to_come)]

GRANT: dict[str, Any] = {
    "agency": _AGENCY,
    "purposes": ["hiring", "postings"],
    "starts_at": None,
    "ends_at": "2100-01-01T00:00:00Z",
}
RIGHT: dict[str, Any] = {
    "agency": _AGENCY,
    "client": None,
    "ends_at": "2100-01-01T00:00:00Z",
}


class MandateGrant(Body):
    """Half-open from `starts_at` (now, if left out) to `ends_at` (open end)."""

    model_config = ConfigDict(json_schema_extra={"examples": [GRANT]})

    agency: UUID
    purposes: Purposes
    starts_at: Instant | None = None
    ends_at: Until | None = None


class MandateView(View):
    """A mandate as both of its sides see it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                GRANT
                | {
                    "id": "0192f0c1-0000-7000-8000-000000000010",
                    "version": 1,
                    "client": _CLIENT,
                    "starts_at": "2026-11-20T08:00:00Z",
                    "granted_by": "0192f0c1-0000-7000-8000-000000000004",
                    "granted_at": "2026-11-20T08:00:00Z",
                    "ended_by": None,
                    "ended_at": None,
                }
            ]
        }
    )

    id: UUID
    version: int
    client: UUID
    agency: UUID
    purposes: list[Purpose]
    starts_at: datetime
    ends_at: datetime | None
    granted_by: UUID
    granted_at: datetime
    ended_by: UUID | None
    ended_at: datetime | None


class RepresentationGrant(Body):
    """For one `client`, or for all; until `ends_at`, or until ended."""

    model_config = ConfigDict(json_schema_extra={"examples": [RIGHT]})

    agency: UUID
    client: UUID | None = None
    ends_at: Until | None = None


class RepresentationView(View):
    """A right to represent as the worker and the agency see it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                RIGHT
                | {
                    "id": "0192f0c1-0000-7000-8000-000000000011",
                    "version": 1,
                    "worker": _WORKER,
                    "granted_by": _WORKER,
                    "granted_at": "2026-11-20T08:00:00Z",
                    "ended_by": None,
                    "ended_at": None,
                }
            ]
        }
    )

    id: UUID
    version: int
    worker: UUID
    agency: UUID
    client: UUID | None
    ends_at: datetime | None
    granted_by: UUID
    granted_at: datetime
    ended_by: UUID | None
    ended_at: datetime | None
