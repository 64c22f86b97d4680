"""What the matches API takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from services.matching.matches.disclosure import Count, Evidence, Gain, Score
from services.matching.matches.examples import (
    BATCH_LINE,
    COUNTED,
    FEEDBACK,
    NOTED,
    OPENINGS,
    WHAT_IF,
    WORKERS_FOR_POSTING,
)
from shared.fields import Body, ShortText, View, fault

Reached = dict[str, str]


class PartView(View):
    """One part of a score; `evidence` holds the facts behind its value."""

    name: str
    value: Score
    weight: float
    evidence: Evidence


class RankedWorker(View):
    rank: int
    worker: UUID
    score: Score
    parts: list[PartView]


class Step(View):
    """How many were left after a rule, counted from the first rule on."""

    rule: str
    left: Count


class WorkerToAsk(View):
    worker: UUID
    ask: list[str]


class WorkersToAsk(View):
    """Fail no rule, but have not said something that one needs."""

    total: Count
    workers: list[WorkerToAsk]


class IndexView(View):
    """Where the index stood: its place in the change log, and in each feed."""

    seq: int
    positions: Reached


class RunView(View):
    """The run behind the list; `id` is null where nothing was saved."""

    id: UUID | None
    state: Literal["done"] = "done"
    finished_at: datetime | None
    live: bool
    index: IndexView
    posting_version: int | None = None
    engine_version: str
    taxonomy_version: str


class WorkersForPosting(View):
    """The ranked workers of a posting (null: of a search)."""

    model_config = ConfigDict(json_schema_extra={"example": WORKERS_FOR_POSTING})

    posting: UUID | None
    matches: list[RankedWorker]
    funnel: list[Step]
    possible: WorkersToAsk
    applied_weights: dict[str, float]
    run: RunView
    seconds: float


class BatchLine(View):
    """A posting of a batch: its list, or the problem (RFC 9457) that it has none."""

    model_config = ConfigDict(json_schema_extra={"example": BATCH_LINE})

    posting: UUID
    ranked: WorkersForPosting | None = None
    problem: dict[str, Any] | None = None


class WorkersCounted(View):
    """How many workers are left after each rule, and how many would have to be asked
    something first."""

    model_config = ConfigDict(json_schema_extra={"example": COUNTED})

    funnel: list[Step]
    possible: Count
    index: IndexView
    seconds: float


class EffectView(View):
    """One thing asked less of: how many fit then, and how many more than now (fewer,
    below 0). Pay is in minor units, distances in kilometres."""

    kind: str
    step: str
    change: dict[str, Any]
    eligible: Count
    gain: Gain


class WhatIfView(View):
    """What each single relaxation of a posting (null: of a search) would bring.

    Organisations see counts in steps of five, and gains as the differences of those.
    """

    model_config = ConfigDict(json_schema_extra={"example": WHAT_IF})

    posting: UUID | None
    eligible: Count
    effects: list[EffectView]
    index: IndexView
    seconds: float


class OpeningView(View):
    """One thing more that the worker could have or do: the postings it opens, with
    their hours of work and their pay in minor units, by currency."""

    kind: str
    step: str
    change: dict[str, Any]
    postings: int
    hours: float
    pay: dict[str, int]


class OpeningsForWorker(View):
    """What would open the most postings to a worker, the best of each kind first."""

    model_config = ConfigDict(json_schema_extra={"example": OPENINGS})

    worker: UUID
    eligible: int
    openings: list[OpeningView]
    index: IndexView
    seconds: float


class PostingSummary(View):
    """What everybody may know of an open posting."""

    id: UUID
    version: int
    organisation: UUID
    market: str
    kind: str
    title: str
    occupation: str | None = None
    pay: dict[str, Any] | None = None
    place: dict[str, Any] | None = None
    remote: bool = False
    lodging: bool = False
    zone: str | None = None
    shifts: list[dict[str, Any]] = Field(default=[])
    weekly: list[dict[str, Any]] = Field(default=[])
    starts_on: str | None = None
    headcount: int = 1
    commitment: dict[str, Any] | None = None
    required_skills: list[dict[str, Any]] = Field(default=[])
    certificates: list[str] = Field(default=[])
    languages: list[dict[str, Any]] = Field(default=[])
    opened_at: datetime | None = None
    expires_at: datetime | None = None


class RankedPosting(View):
    rank: int
    posting: PostingSummary
    score: float
    parts: list[PartView]


class PostingToAsk(View):
    posting: UUID
    ask: list[str]


class PostingsToAsk(View):
    """Postings out of reach only for want of something the worker could say."""

    total: int
    postings: list[PostingToAsk]


class PostingsForWorker(View):
    """The open postings that fit a worker, always ranked live."""

    worker: UUID
    matches: list[RankedPosting]
    funnel: list[Step]
    possible: PostingsToAsk
    run: RunView
    seconds: float


class Note(Body):
    """`reason` goes with declined and only with it."""

    worker: UUID
    kind: Literal["shown", "opened", "declined"]
    reason: ShortText | None = None

    @model_validator(mode="after")
    def _reason_goes_with_declined(self) -> Note:
        if (self.kind == "declined") != (self.reason is not None):
            raise fault("reason", "a reason goes with declined, and only with it")
        return self


def _each_once(notes: list[Note]) -> list[Note]:
    if len({(note.worker, note.kind) for note in notes}) < len(notes):
        raise fault("each_once", "must not note the same of a worker twice")
    return notes


class Feedback(Body):
    """What came of a list: at most 200 notes about workers on it."""

    model_config = ConfigDict(json_schema_extra={"example": FEEDBACK})

    run: UUID
    notes: Annotated[
        list[Note], Field(min_length=1, max_length=200), AfterValidator(_each_once)
    ]


class Noted(View):
    """`noted` are new, `known` had been noted by this caller before."""

    model_config = ConfigDict(json_schema_extra={"example": NOTED})

    noted: int
    known: int
