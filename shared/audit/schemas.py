"""The audit log as its readers see it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict

from shared.fields import View

EXAMPLE: dict[str, Any] = {
    "id": 1042,
    "at": "2026-11-24T09:00:00Z",
    "actor": "0198f4c5-7c11-7b6e-9a51-8e6a10ff3b1d",
    "actor_role": "operator",
    "acting": None,
    "tenant": None,
    "action": "worker.read",
    "subject_kind": "worker",
    "subject_id": "0198f4c5-8d22-7c7f-8b62-9f7b21aa4c2e",
    "request_id": "0198f4c6-0a33-7d80-9c73-a08c32bb5d3f",
    "detail": None,
    "position": 1040,
}


class EntryView(View):
    """Who did what to whom, by references. `position` is its place in the hash chain,
    null until it is sealed."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: int
    at: datetime
    actor: UUID | None
    actor_role: str
    acting: dict[str, Any] | None
    tenant: UUID | None
    action: str
    subject_kind: str | None
    subject_id: UUID | None
    request_id: str | None
    detail: dict[str, Any] | None
    position: int | None
