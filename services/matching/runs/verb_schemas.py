"""What the operator's verbs over runs take and give."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from services.matching.runs.lanes import Lane
from services.matching.runs.schemas import RUN, RUN_EXAMPLE, RunView, State
from shared.fields import Body, Flag, Instant, ShortText, View, Whole, fault
from shared.paging import Cursor, Limit

Verb = Literal["retry", "cancel", "discard", "replay", "rerun"]
TAKES: Mapping[Verb, tuple[State, ...]] = {
    "retry": ("dead", "cancelled"),
    "cancel": ("queued", "running"),
    "discard": ("dead",),
    "replay": ("done",),
    "rerun": ("done",),
}
"""Verb → the states that a run must be in."""

MOST_MATCHING = 1_000_000
LEAST_OF_AN_ERROR = 3

TRANSITION: dict[str, Any] = {
    "run": RUN,
    "at": "2030-11-20T09:00:02Z",
    "was": "running",
    "became": "queued",
    "lane": "interactive",
    "attempts": 1,
    "lost": 0,
    "worker": "box-1:4211:9f3a1c0b",
    "token": 88012,
    "because": "failed",
    "error": "TimeoutError()",
}


class RunFilter(Body):
    """Which runs; what is left out does not narrow."""

    state: State | None = None
    lane: Lane | None = None
    organisation: UUID | None = None
    posting: UUID | None = None
    worker: Annotated[
        ShortText | None, Field(description="The worker process that had it last.")
    ] = None
    because: Annotated[
        ShortText | None, Field(description="Why it is in its state, word for word.")
    ] = None
    reason: Annotated[
        ShortText | None, Field(description="Why it was queued, word for word.")
    ] = None
    origin: Annotated[UUID | None, Field(description="The run that it ranks anew.")] = (
        None
    )
    queued_from: Instant | None = None
    queued_until: Annotated[
        Instant | None, Field(description="Queued before this.")
    ] = None
    error: Annotated[
        Annotated[ShortText, StringConstraints(min_length=LEAST_OF_AN_ERROR)] | None,
        Field(description="A part of its error, in capitals or not."),
    ] = None


class RunsAsked(RunFilter):
    """A page of the runs that a filter names."""

    limit: Limit = 50
    cursor: Cursor = None


class BulkAsked(Body):
    """A verb for every run that a filter names.

    At most 1,000 are done in one request (100 replays): the newest first. Send `next`
    of the answer as `cursor` until none is left.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "verb": "retry",
                "filter": {"state": "dead", "error": "TimeoutError"},
                "dry_run": True,
                "at_most": 1000,
            }
        }
    )

    verb: Verb
    filter: RunFilter
    dry_run: Annotated[Flag, Field(description="Only count.")] = False
    at_most: Annotated[Whole, Field(ge=1, le=MOST_MATCHING)] = 1000
    cursor: Cursor = None

    @model_validator(mode="after")
    def _takes_that_state(self) -> BulkAsked:
        if self.filter.state not in (None, *TAKES[self.verb]):
            takes = " or ".join(TAKES[self.verb])
            raise fault("verb_state", f"{self.verb} is for runs that are {takes}")
        return self


class BulkDone(View):
    """What came of it.

    `matched` runs could be meant, of which `done` were, and `left` come after these;
    `passed_over` are those whose posting has a waiting run, or is not open, or which
    somebody else was at. `same` is how many replays gave exactly the stored list.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "verb": "retry",
                "dry_run": False,
                "matched": 1204,
                "done": 996,
                "passed_over": 4,
                "left": 204,
                "same": None,
                "next": "WyIwMTkzOGE1Zi0xYTJiIl0",
            }
        }
    )

    verb: Verb
    dry_run: bool
    matched: int
    done: int
    passed_over: int
    left: int
    same: int | None
    next: str | None


class Transition(View):
    """A run's becoming another. `worker` and `token` are of who held it then."""

    model_config = ConfigDict(json_schema_extra={"example": TRANSITION})

    run: UUID
    at: datetime
    was: State | None
    became: State
    lane: Lane
    attempts: int
    lost: int
    worker: str | None
    token: int | None
    because: str | None
    error: str | None


class RunRecord(View):
    """All that is known of a run: every transition in order, its last traceback, what
    it was (or would have been) made from, and the trace that caused it.

    A dead run keeps its posting, a done one all that a replay needs.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "run": RUN_EXAMPLE,
                "history": [TRANSITION],
                "traceback": "Traceback (most recent call last): …",
                "inputs": None,
                "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
            }
        }
    )

    run: RunView
    history: list[Transition]
    traceback: str | None
    inputs: dict[str, Any] | None
    trace_id: str | None
