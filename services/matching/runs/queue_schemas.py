"""What operators see and set of lanes and worker processes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from services.matching.runs.lanes import Lane, Mode
from services.matching.runs.verb_schemas import TRANSITION, Transition
from shared.fields import Body, View, Whole

MOST_WEIGHT = 1_000
MOST_RUNNING = 100_000
MOST_WAITING = 100_000_000

LANE: dict[str, Any] = {
    "lane": "bulk",
    "mode": "open",
    "weight": 1,
    "most_running": 8,
    "most_waiting": 10_000_000,
    "most_waiting_of_one": 1_000_000,
    "version": 2,
}
WORKER: dict[str, Any] = {
    "name": "box-1:4211:9f3a1c0b",
    "state": "working",
    "started_at": "2030-11-20T08:00:00Z",
    "seen_at": "2030-11-20T09:00:01Z",
    "lanes": ["interactive", "refresh", "bulk"],
    "areas": None,
    "slots": 4,
    "busy": 1,
    "index_seq": 20412,
    "engine_version": "7",
}


class LaneSettings(View):
    """How a lane is set."""

    lane: Lane
    mode: Mode
    weight: int
    most_running: int | None
    most_waiting: int
    most_waiting_of_one: int


class LaneView(LaneSettings):
    """How a lane is set.

    A paused lane takes runs in and gives none out; a draining one gives out what it has
    and is asked for no more. `most_running` holds over all workers together.
    """

    model_config = ConfigDict(json_schema_extra={"example": LANE})

    version: int


def _as_patch(schema: dict[str, Any]) -> None:
    """A field that is not sent has no default."""
    for shape in schema["properties"].values():
        shape.pop("default", None)
    schema["example"] = {"weight": 2, "most_running": 8}


UNCHANGED: Any = None
"""Stands for a field that the client did not send; only `model_fields_set` counts."""


class LanePatch(Body):
    """A merge patch (RFC 7396); `most_running` null lifts the limit."""

    model_config = ConfigDict(json_schema_extra=_as_patch)

    weight: Annotated[Whole, Field(ge=1, le=MOST_WEIGHT)] = UNCHANGED
    most_running: Annotated[Whole, Field(ge=1, le=MOST_RUNNING)] | None = UNCHANGED
    most_waiting: Annotated[Whole, Field(ge=1, le=MOST_WAITING)] = UNCHANGED
    most_waiting_of_one: Annotated[Whole, Field(ge=1, le=MOST_WAITING)] = UNCHANGED


class WorkerView(View):
    """A worker process. It is `lost` when nobody has seen it for 15 seconds; `busy` of
    its `slots` rank. `areas` none: postings of anywhere."""

    model_config = ConfigDict(json_schema_extra={"example": WORKER})

    name: str
    state: Literal["starting", "working", "draining", "lost"]
    started_at: datetime
    seen_at: datetime
    lanes: list[Lane]
    areas: list[int] | None
    slots: int
    busy: int
    index_seq: int | None
    engine_version: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> WorkerView:
        """`row` also says whether it is `live`."""
        state = row["state"] if row["live"] else "lost"
        return cls.model_validate({**row, "state": state})


class Workers(View):
    """Every worker process that was seen within the last hour."""

    model_config = ConfigDict(json_schema_extra={"example": {"items": [WORKER]}})

    items: list[WorkerView]


class Transitions(View):
    """The last transitions of all runs, the newest first."""

    model_config = ConfigDict(json_schema_extra={"example": {"items": [TRANSITION]}})

    items: list[Transition]
