"""What erasures, contacts and consents look like over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict

from shared.fields import Body, View, Whole

WORKER = "0192f0c1-0000-7000-8000-000000000002"

Reason = Literal["asked", "duplicate", "unlawful", "other"]


class ErasureRequest(Body):
    """Why, as a code: free text about a person would itself be kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "asked"}]})

    reason: Reason = "asked"


class ErasedInService(View):
    """`counts` says of how many rows of each table; `erased_at` is null until then."""

    service: str
    erased_at: datetime | None
    counts: dict[str, int]


class ErasureView(View):
    """How far an erasure has come; complete when every service has nothing left."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "worker": WORKER,
                    "reason": "asked",
                    "asked_at": "2026-11-24T09:00:00Z",
                    "completed_at": "2026-11-24T09:00:03Z",
                    "services": [
                        {
                            "service": "matching",
                            "erased_at": "2026-11-24T09:00:01Z",
                            "counts": {"match_run": 12, "match_feedback": 3},
                        }
                    ],
                }
            ]
        }
    )

    worker: UUID
    reason: str
    asked_at: datetime
    completed_at: datetime | None
    services: list[ErasedInService]


class ContactView(View):
    """Who a worker is and how they are reached."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "worker": WORKER,
                    "display_name": "Amara Okafor",
                    "email": "amara@example.org",
                    "phone": "+44 20 7946 0000",
                }
            ]
        }
    )

    worker: UUID
    display_name: str
    email: str | None
    phone: str | None


class ConsentGiven(Body):
    """`version` is that of the wording that was read."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 1}]})

    version: Whole


class ConsentView(View):
    """A kind of consent and what the worker last said of it.

    It holds while `given_at` is set, `withdrawn_at` is not, and the wording has not
    changed since.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "notices",
                    "wording": "Rollcall may tell me of new work that fits me.",
                    "version": 1,
                    "holds": True,
                    "given_at": "2026-11-24T09:00:00Z",
                    "withdrawn_at": None,
                }
            ]
        }
    )

    kind: str
    wording: str
    version: int
    holds: bool
    given_at: datetime | None
    withdrawn_at: datetime | None


class RetentionView(View):
    """Until when the profile is kept if there is no sign of life, and by which rule."""

    jurisdiction: str
    keep_days: int
    source: str
    kept_until: datetime
    notice_given_at: datetime | None


class ConsentsView(View):
    """All kinds of consent, and how long the profile is kept."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "consents": [
                        {
                            "kind": "notices",
                            "wording": "Rollcall may tell me of new work.",
                            "version": 1,
                            "holds": False,
                            "given_at": None,
                            "withdrawn_at": None,
                        }
                    ],
                    "retention": {
                        "jurisdiction": "*",
                        "keep_days": 730,
                        "source": "storage limitation",
                        "kept_until": "2028-11-23T09:00:00Z",
                        "notice_given_at": None,
                    },
                }
            ]
        }
    )

    consents: list[ConsentView]
    retention: RetentionView | None
