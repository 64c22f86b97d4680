"""What an organisation's blocklist looks like over HTTP."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict

from shared.fields import Body, View

_WORKER = "0192f0c1-0000-7000-8000-000000000003"


class NewBlock(Body):
    """Whom the organisation does not want to have."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"worker": _WORKER}]})

    worker: UUID


class BlockedWorker(View):
    """Somebody whom the organisation does not want to have."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "worker": _WORKER,
                    "blocked_by": "0192f0c1-0000-7000-8000-000000000004",
                    "blocked_at": "2030-11-20T09:00:00Z",
                }
            ]
        }
    )

    worker: UUID
    blocked_by: UUID
    blocked_at: datetime
