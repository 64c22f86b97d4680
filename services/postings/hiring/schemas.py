"""What applications and submittals look like over HTTP."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from services.postings.hiring.lifecycle import Status
from shared.fields import Body, View
from shared.paging import Cursor, Limit

_POSTING = "01938a5e-7d1b-7c6e-8f0a-3b2c1d0e9f8a"
_WORKER = "0192f0c1-0000-7000-8000-000000000003"

SHOWN: dict[str, Any] = {
    "id": "01938a5e-7d1b-7c6e-8f0a-3b2c1d0e9f8b",
    "version": 1,
    "posting": _POSTING,
    "organisation": "01938a5e-0000-7000-8000-000000000001",
    "worker": _WORKER,
    "status": "made",
    "reason": None,
    "made_at": "2030-11-20T09:00:00Z",
    "updated_at": "2030-11-20T09:00:00Z",
}


class DeclineReason(StrEnum):
    """Why somebody is declined: codes, so that nothing is written about a person."""

    FILLED = "filled"
    SKILLS = "skills"
    EXPERIENCE = "experience"
    CERTIFICATES = "certificates"
    LANGUAGES = "languages"
    AVAILABILITY = "availability"
    DISTANCE = "distance"
    PAY = "pay"
    OTHER = "other"


class EndReason(StrEnum):
    """Why a candidacy ended by itself."""

    WORKER_LEFT = "worker_left"
    NOT_REPRESENTED = "not_represented"
    MANDATE_ENDED = "mandate_ended"
    SAME_PERSON = "same_person"
    POSTING_FILLED = "posting_filled"
    POSTING_CLOSED = "posting_closed"
    POSTING_CANCELLED = "posting_cancelled"
    POSTING_EXPIRED = "posting_expired"


class NewApplication(Body):
    """`worker` is for operators; a worker applies as themself."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"posting": _POSTING}]})

    posting: UUID
    worker: UUID | None = None


class NewSubmittal(Body):
    """Whom the agency puts forward, and for what."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"posting": _POSTING, "worker": _WORKER}]}
    )

    posting: UUID
    worker: UUID


class Decline(Body):
    """With a reason, which the other side is told."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "filled"}]})

    reason: DeclineReason


class CandidacyFilters(Body):
    """What a list of applications or submittals is narrowed by."""

    posting: UUID | None = None
    status: Annotated[list[Status], Field(default_factory=list)]
    limit: Limit = 50
    cursor: Cursor = None


class ApplicationView(View):
    """An application as the worker and the organisation see it."""

    model_config = ConfigDict(json_schema_extra={"examples": [SHOWN]})

    id: UUID
    version: int
    posting: UUID
    organisation: UUID
    worker: UUID
    status: Status
    reason: DeclineReason | EndReason | None
    made_at: datetime
    updated_at: datetime


class SubmittalView(ApplicationView):
    """A submittal as the worker, the agency and the organisation see it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [SHOWN | {"agency": "0192f0c1-0000-7000-8000-000000000002"}]
        }
    )

    agency: UUID
