"""What replays and reruns show of two lists."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import ConfigDict

from services.matching.runs.differences import Change, RanAnew
from services.matching.runs.schemas import POSTING, RUN
from shared.fields import View

ORIGIN = "01938a5c-0d1e-7f2a-8b3c-4d5e6f7a8b9c"
WORKER = "01938a5b-5e6f-7a8b-8c9d-0e1f2a3b4c5d"
WORKER_DIFFERENCE: dict[str, Any] = {
    "worker": WORKER,
    "change": "moved",
    "rank": {"then": 3, "now": 1},
    "score": {"then": 0.603, "now": 0.656},
    "parts": [
        {
            "name": "skills",
            "value": {"then": 0.7, "now": 0.9},
            "weight": {"then": 0.35, "now": 0.35},
        }
    ],
}
DIFFERENCE: dict[str, Any] = {
    "run": RUN,
    "origin": ORIGIN,
    "posting": POSTING,
    "same": False,
    "workers": [WORKER_DIFFERENCE],
    "funnel": [{"rule": "within reach", "left": {"then": 1071, "now": 1079}}],
    "possible": {"then": 9, "now": 9},
    "versions": {"engine": {"then": "7", "now": "7"}},
}
REPLAY: dict[str, Any] = {
    "run": RUN,
    "same": False,
    "engine": {"then": "6", "now": "7"},
    "workers": [WORKER_DIFFERENCE],
}


class Ranks(View):
    """The place then and now; none: not on that list."""

    then: int | None
    now: int | None


class Figures(View):
    then: float | None
    now: float | None


class Versions(View):
    then: str | int | None
    now: str | int | None


class PartDifferenceView(View):
    name: str
    value: Figures
    weight: Figures


class WorkerDifferenceView(View):
    """`moved` is to another rank, `scored` only to another score, and `explained` has
    other parts or evidence alone; `parts` are those that differ."""

    model_config = ConfigDict(json_schema_extra={"example": WORKER_DIFFERENCE})

    worker: UUID
    change: Change
    rank: Ranks
    score: Figures
    parts: list[PartDifferenceView]


class RuleDifferenceView(View):
    rule: str
    left: Ranks


class DifferenceView(View):
    """A run against the one that it ranks anew. `same`: the lists are equal."""

    model_config = ConfigDict(json_schema_extra={"example": DIFFERENCE})

    @classmethod
    def of(cls, made: RanAnew) -> DifferenceView:
        return cls.model_validate(
            {
                "run": made.run,
                "origin": made.origin,
                "posting": made.posting,
                **{
                    name: getattr(made.differs, name)
                    for name in ("same", "workers", "funnel", "possible", "versions")
                },
            }
        )

    run: UUID
    origin: UUID
    posting: UUID
    same: bool
    workers: list[WorkerDifferenceView]
    funnel: list[RuleDifferenceView]
    possible: Ranks
    versions: dict[str, Versions]


class ReplayView(View):
    """The list recomputed from what the run kept, against the list that it stored;
    `workers` are those that differ."""

    model_config = ConfigDict(json_schema_extra={"example": REPLAY})

    run: UUID
    same: bool
    engine: Versions
    workers: list[WorkerDifferenceView]
