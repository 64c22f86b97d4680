"""What identity documents, suspicions and merges look like over HTTP."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, ConfigDict

from services.profiles.identity.documents import (
    FEWEST_CHARACTERS,
    DocumentKind,
    normalised,
)
from shared.fields import Body, Country, ShortText, View, fault

_WORKER = "0192f0c1-0000-7000-8000-000000000003"
_OTHER = "0192f0c1-0000-7000-8000-000000000005"


def _long_enough(number: str) -> str:
    if len(normalised(number)) < FEWEST_CHARACTERS:
        least = f"must have at least {FEWEST_CHARACTERS} letters or digits"
        raise fault("document_number", least)
    return number


class IdentityDocument(Body):
    """A document that says who somebody is; only the person reads it again."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "passport", "country": "GB", "number": "925 076 473"}]
        }
    )

    kind: DocumentKind
    country: Country
    number: Annotated[ShortText, AfterValidator(_long_enough)]


class Suspicion(StrEnum):
    OPEN = "open"
    MERGED = "merged"
    DISMISSED = "dismissed"


SUSPECTED: dict[str, Any] = {
    "id": "0192f0c1-0000-4000-8000-000000000012",
    "earlier": _WORKER,
    "later": _OTHER,
    "status": "open",
    "found_at": "2026-11-20T08:00:00Z",
    "decided_by": None,
    "decided_at": None,
}


class SuspectedDuplicate(View):
    """Two workers with the same identity document; `later` came second."""

    model_config = ConfigDict(json_schema_extra={"examples": [SUSPECTED]})

    id: UUID
    earlier: UUID
    later: UUID
    status: Suspicion
    found_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None


class Merge(Body):
    """Who of the two stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"into": _WORKER}]})

    into: UUID


class MergedView(View):
    """A worker who is another one now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "worker": _OTHER,
                    "merged_into": _WORKER,
                    "merged_at": "2026-11-20T08:00:00Z",
                }
            ]
        }
    )

    worker: UUID
    merged_into: UUID
    merged_at: datetime
