"""What the runs API takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from services.matching.runs.lanes import Lane
from shared.fields import Body, View, Whole

RUN = "01938a5f-1a2b-7c3d-8e4f-5a6b7c8d9e0f"
POSTING = "01938a5e-7d1b-7c6e-8f0a-3b2c1d0e9f8a"
RUN_EXAMPLE: dict[str, Any] = {
    "id": RUN,
    "posting": POSTING,
    "organisation": "01938a5d-3c4d-7e5f-8a6b-7c8d9e0f1a2b",
    "state": "queued",
    "lane": "interactive",
    "reason": "posting opened",
    "because": "failed",
    "queued_at": "2030-11-20T09:00:00Z",
    "run_at": "2030-11-20T09:00:02Z",
    "attempts": 1,
    "lost": 0,
}
RERANK: dict[str, Any] = {
    "began_at": "2030-11-20T09:00:00Z",
    "postings": 1000,
    "queued": 997,
    "filled": False,
    "waiting": 981,
    "running": 16,
}
MOST_AT_ONCE = 2_000

State = Literal["queued", "running", "done", "dead", "cancelled"]


class RunRequest(Body):
    """Only an operator chooses a lane other than interactive."""

    model_config = ConfigDict(json_schema_extra={"example": {"posting": POSTING}})

    posting: UUID
    lane: Lane = "interactive"


class RunQueued(View):
    """The waiting run; an earlier one that still waited was raised instead."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"id": RUN, "posting": POSTING}}
    )

    id: UUID
    posting: UUID


class RunView(View):
    """A run without its list. `worker` and `error` are for operators.

    `reason` is why it was queued, `because` why it is in its present state; `lost` is
    how many workers it has lost, `area` where its posting is (none: anywhere), `origin`
    the run that it ranks anew.
    """

    model_config = ConfigDict(json_schema_extra={"example": RUN_EXAMPLE})

    id: UUID
    posting: UUID
    organisation: UUID
    state: State
    lane: Lane
    reason: str
    because: str | None
    queued_at: datetime
    run_at: datetime
    attempts: int
    lost: int
    area: int | None
    origin: UUID | None
    started_at: datetime | None
    heartbeat_at: datetime | None
    lease_until: datetime | None
    finished_at: datetime | None
    worker: str | None
    error: str | None
    posting_version: int | None
    engine_version: str | None
    taxonomy_version: str | None
    index_seq: int | None
    index_positions: dict[str, str] | None
    seconds: float | None


class MoreOfAll(Body):
    """How many postings to look at in this request."""

    model_config = ConfigDict(json_schema_extra={"example": {"postings": 1000}})

    postings: Annotated[Whole, Field(ge=1, le=MOST_AT_ONCE)] = 1000


class RerankView(View):
    """How a rerank of all open postings stands.

    `postings` have been looked at, all of them once it is `filled`; `queued` are those
    that had no waiting run. `waiting` and `running` are what the bulk lane has left.
    """

    model_config = ConfigDict(json_schema_extra={"example": RERANK})

    began_at: datetime
    postings: int
    queued: int
    filled: bool
    waiting: int
    running: int


class ReranksView(View):
    """The rerank under way or the last one, and how many postings are open now."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"open_postings": 4212, "under_way": True, "rerank": RERANK}
        }
    )

    open_postings: int
    under_way: bool
    rerank: RerankView | None
