"""What is told of how the queue stands: figures, and transitions as they happen."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict

from services.matching.runs.lanes import Lane
from services.matching.runs.queue_schemas import LaneSettings
from services.matching.runs.schemas import POSTING, RUN, State
from shared.fields import View

TIMES: dict[str, Any] = {"runs": 1000, "p50": 0.041, "p95": 0.2, "p99": 0.9}
LANE: dict[str, Any] = {
    "lane": "interactive",
    "mode": "open",
    "weight": 16,
    "most_running": None,
    "most_waiting": 20000,
    "most_waiting_of_one": 2000,
    "queued": 3,
    "later": 1,
    "running": 1,
    "stalled": 0,
    "dead": 0,
    "quarantined": 0,
    "slots": 4,
    "oldest_ready_seconds": 0.041,
    "oldest_dead_seconds": None,
    "arrivals_per_second": 11.2,
    "completions_per_second": 11.1,
    "wait_seconds": TIMES,
    "run_seconds": {"runs": 1000, "p50": 0.006, "p95": 0.02, "p99": 0.05},
    "events": {"arrived": 214, "claimed": 211, "done": 210, "failed": 1, "lost": 0},
}
INDEX: dict[str, Any] = {
    "seq": 81200,
    "newest": 81203,
    "behind_changes": 3,
    "behind_seconds": 0.02,
}
FIGURES: dict[str, Any] = {
    "at": "2030-11-20T09:00:00Z",
    "items": [LANE],
    "workers": [
        {
            "name": "host-1:4211:9f3a1c0b",
            "state": "working",
            "live": True,
            "started_at": "2030-11-20T08:00:00Z",
            "seen_at": "2030-11-20T08:59:58Z",
            "lanes": ["interactive", "refresh", "bulk"],
            "areas": None,
            "slots": 4,
            "busy": 1,
            "engine_version": "1",
            "index": INDEX,
        }
    ],
    "feeds": [
        {
            "feed": "postings",
            "lag_seconds": 0.6,
            "moved_at": "2030-11-20T08:59:58Z",
            "heard_at": "2030-11-20T08:59:59Z",
            "rebuilding": False,
        }
    ],
    "writer": None,
    "index": INDEX,
}
EVENTS_EXAMPLE = (
    "event: run\nid: 1042.17\n"
    f'data: {{"run":"{RUN}","posting":"{POSTING}","lane":"interactive",'
    '"was":"queued","became":"running","because":null,"at":"2030-11-20T09:00:00Z"}\n\n'
)


class Times(View):
    """Exact percentiles over the lane's last `runs` done runs."""

    model_config = ConfigDict(json_schema_extra={"example": TIMES})

    runs: int
    p50: float
    p95: float
    p99: float


class QueueView(LaneSettings):
    """One lane, how it is set and how it stands.

    `later` of the queued are not due yet; `stalled` of the running have an expired
    lease; `quarantined` of the dead have lost too many workers. `slots` are those of
    live workers that take from the lane. Rates are over about the last minute, and null
    when nobody counted then; `events` are counts since the lane began. Ages are null
    when there is nothing of which to tell one.
    """

    model_config = ConfigDict(json_schema_extra={"example": LANE})

    queued: int
    later: int
    running: int
    stalled: int
    dead: int
    quarantined: int
    slots: int
    oldest_ready_seconds: float | None
    oldest_dead_seconds: float | None
    arrivals_per_second: float | None = None
    completions_per_second: float | None = None
    wait_seconds: Times | None = None
    run_seconds: Times | None = None
    events: dict[str, int]


class BehindView(View):
    """How far an index has come: it lacks `behind_changes`, the oldest of that age."""

    model_config = ConfigDict(json_schema_extra={"example": INDEX})

    seq: int
    newest: int
    behind_changes: int
    behind_seconds: float


class WorkerProcessView(View):
    """A worker process as it last told of itself; `live`: in the last 15 seconds."""

    name: str
    state: Literal["starting", "working", "draining"]
    live: bool
    started_at: datetime
    seen_at: datetime
    lanes: list[str]
    areas: list[int] | None
    slots: int
    busy: int
    engine_version: str
    index: BehindView | None


class FollowedFeedView(View):
    """A feed that matching follows: what was applied of it may be `lag_seconds` old.

    `heard_at` is when it last said where it stands, `moved_at` when something of it was
    last applied.
    """

    feed: str
    lag_seconds: float
    moved_at: datetime
    heard_at: datetime | None
    rebuilding: bool


class WriterView(View):
    """The oldest transaction that has written and is still open: no feed of its cluster
    shows what was written after it began. `open_seconds` is null where the database
    does not let us see it."""

    pid: int
    login: str | None
    application: str | None
    open_seconds: float | None


class Queues(View):
    """Every lane, the most urgent first, and all that works on them, at one moment.

    `index` is that of the process that answers.
    """

    model_config = ConfigDict(json_schema_extra={"example": FIGURES})

    at: datetime
    items: list[QueueView]
    workers: list[WorkerProcessView]
    feeds: list[FollowedFeedView]
    writer: WriterView | None
    index: BehindView | None


class TransitionTold(View):
    """A run became what it is; `was` is null for a new one."""

    run: UUID
    posting: UUID
    lane: Lane
    was: State | None
    became: State
    because: str | None
    at: datetime
