"""What each single change would bring: people to a posting, postings to a worker.

The meaning is that of the plain twins at the end: change one thing, judge everybody
again by the same rules, and take the difference. Eligible is who passes every rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from services.matching.engine import additions
from services.matching.engine.additions import Addition, Vocabulary
from services.matching.engine.clock import microseconds
from services.matching.engine.demand import Demand, demand
from services.matching.engine.doors import door_of
from services.matching.engine.facts import PostingFacts, WorkerFacts
from services.matching.engine.index import Index
from services.matching.engine.kernel_what_if import MOMENT
from services.matching.engine.question import Question
from services.matching.engine.ranking import Request
from services.matching.engine.relaxations import (
    TOUCHED,
    Relaxation,
    relaxations,
)
from services.matching.engine.rules import FILTERS, Outcome
from services.matching.engine.searching import (
    find_best_postings,
    find_effects,
    find_unexpired,
    own_desk,
)
from services.matching.engine.supply import Supply, supply
from services.matching.engine.taxonomy import RelatedSkills
from services.matching.engine.unpacking import unpack_posting
from services.matching.engine.worth import worth

BEST_OF_A_KIND = 10


@dataclass(frozen=True, slots=True)
class Effect:
    """What one relaxation does: `eligible` afterwards, `gain` against before (negative
    where a moved start loses more than it wins)."""

    kind: str
    step: str
    change: dict[str, Any]
    eligible: int
    gain: int


@dataclass(frozen=True, slots=True)
class WhatIf:
    """`effects` holds every relaxation, in the order of `relaxations`."""

    considered: int
    eligible: int
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """What one addition opens: so many `postings`, with so many `hours` of work and
    that `pay` for them, minor units by currency (see `worth`)."""

    kind: str
    step: str
    change: dict[str, Any]
    postings: int
    hours: float
    pay: dict[str, int]


@dataclass(frozen=True, slots=True)
class Openings:
    """`openings` holds the ten best of each kind that open anything.

    By postings, then hours, then pay in the currency of the worker's first floor, then
    in the order of `additions`. Of several that follow one another in one subject and
    open the same postings, only the smallest is told.
    """

    considered: int
    eligible: int
    openings: tuple[Opening, ...]


def what_if_posting(index: Index, posting: PostingFacts, request: Request) -> WhatIf:
    """Every relaxation of a posting, which need not be in the index.

    Of the request only `now` is looked at. Raises ValueError for a zone that does not
    exist.
    """
    relaxed = relaxations(posting, request.now)
    alone = index.postings_alone(posting, *[each.relaxed for each in relaxed])
    touched = [0, *[TOUCHED[each.kind] for each in relaxed]]
    eligible = np.zeros(len(touched), np.int64)
    zones, desk = index.zones_door(request.now), own_desk(index)
    doors = (door_of(*alone), index.workers.door, zones, desk.door)
    find_effects(
        microseconds(request.now),
        np.array(touched, np.int64),
        *doors,
        np.zeros((len(touched), MOMENT), np.int64),
        eligible,
    )
    before, *after = eligible.tolist()
    effects = map(_effect, relaxed, [before] * len(after), after)
    return WhatIf(index.workers.live, before, tuple(effects))


def what_if_worker(index: Index, worker: WorkerFacts, request: Request) -> Openings:
    """The best additions of a worker, who need not be in the index.

    Of the request only `now` is looked at. Raises ValueError for a zone that does not
    exist.
    """
    side, now = index.postings, request.now
    table = side.shelf.table
    plain = replace(request, possible=0, weights=None)
    asked = Vocabulary.of_index(index)

    def fitting(who: WorkerFacts) -> set[int]:
        alone = index.worker_alone(supply(who))
        rows, _ = Question(index, plain, alone, side).ask(
            find_best_postings, side.count
        )
        return set(rows.tolist())

    facts: dict[int, PostingFacts] = {}

    def read(rows: Iterable[int]) -> list[PostingFacts]:
        """In the order of rows, each read once."""
        for row in rows:
            if row not in facts:
                facts[row] = unpack_posting(table, row, index.names, index.zones)
        return [facts[row] for row in sorted(rows)]

    base = fitting(worker)
    found: list[Opening] = []
    for kind in additions.KINDS:
        near = fitting(kind.widest(worker, asked, now)) - base
        opened = [
            (step, read(fitting(step.widened) - base))
            for step in kind.steps(worker, read(near), now)
        ]
        found += _best(worker, opened, now, index.related)
    considered = 0
    if worker.active:
        considered = find_unexpired(table.rows, len(table.rows), microseconds(now))
    return Openings(considered, len(base), tuple(found))


def _open(postings: Iterable[PostingFacts], now: datetime) -> list[PostingFacts]:
    return [p for p in postings if p.expires_at is None or p.expires_at > now]


def _effects(
    posting: PostingFacts,
    now: datetime,
    considered: int,
    before: int,
    eligible: Callable[[PostingFacts], int],
) -> WhatIf:
    return WhatIf(
        considered,
        before,
        tuple(
            _effect(each, before, eligible(each.relaxed))
            for each in relaxations(posting, now)
        ),
    )


def _effect(relaxation: Relaxation, before: int, after: int) -> Effect:
    return Effect(
        relaxation.kind, relaxation.step, relaxation.change, after, after - before
    )


Opened = tuple[Addition, list[PostingFacts]]


def _best(
    worker: WorkerFacts,
    opened: Sequence[Opened],
    now: datetime,
    related: RelatedSkills,
) -> list[Opening]:
    """The best of one kind, from all that each of its steps opens."""
    own = worker.pay_floors[0].currency if worker.pay_floors else None
    told = [
        _opening(step, postings, now, related)
        for step, postings in _without_more_for_the_same(opened)
    ]
    told.sort(key=lambda one: (-one.postings, -one.hours, -one.pay.get(own or "", 0)))
    return told[:BEST_OF_A_KIND]


def _without_more_for_the_same(opened: Sequence[Opened]) -> list[Opened]:
    """Steps that open more than the one before them in their subject."""
    most: dict[str, int] = {}
    kept = []
    for step, postings in opened:
        if len(postings) > most.get(step.subject, 0):
            most[step.subject] = len(postings)
            kept.append((step, postings))
    return kept


def _opening(
    step: Addition, postings: list[PostingFacts], now: datetime, related: RelatedSkills
) -> Opening:
    minutes, pay = 0, dict[str, int]()
    for posting in postings:
        offered = worth(posting, now, related)
        minutes += offered.minutes
        if offered.currency is not None:
            pay[offered.currency] = pay.get(offered.currency, 0) + offered.pay
    paid = dict(sorted(pay.items()))
    return Opening(
        step.kind, step.step, step.change, len(postings), minutes / 60.0, paid
    )


def plain_what_if_posting(
    workers: Sequence[WorkerFacts],
    posting: PostingFacts,
    request: Request,
    related: RelatedSkills,
) -> WhatIf:
    """What `what_if_posting` means, over all workers."""
    active = [worker for worker in workers if worker.active]

    def eligible(relaxed: PostingFacts) -> int:
        return len(plain_eligible_workers(active, relaxed, request.now, related))

    return _effects(posting, request.now, len(active), eligible(posting), eligible)


def plain_what_if_worker(
    postings: Sequence[PostingFacts],
    worker: WorkerFacts,
    request: Request,
    related: RelatedSkills,
) -> Openings:
    """What `what_if_worker` means, over all postings."""
    now = request.now
    market = _open(postings, now) if worker.active else []
    asked = Vocabulary.of_postings(market)
    base = plain_eligible_postings(market, worker, now, related)
    taken = {posting.id for posting in base}

    def newly(widened: WorkerFacts) -> list[PostingFacts]:
        fitting = plain_eligible_postings(market, widened, now, related)
        return [posting for posting in fitting if posting.id not in taken]

    found: list[Opening] = []
    for kind in additions.KINDS:
        near = newly(kind.widest(worker, asked, now))
        opened = [(step, newly(step.widened)) for step in kind.steps(worker, near, now)]
        found += _best(worker, opened, now, related)
    return Openings(len(market), len(base), tuple(found))


def plain_eligible_workers(
    workers: Iterable[WorkerFacts],
    posting: PostingFacts,
    now: datetime,
    related: RelatedSkills,
) -> list[WorkerFacts]:
    asked = demand(posting, now, related)
    return [worker for worker in workers if _passes(supply(worker), asked)]


def plain_eligible_postings(
    postings: Iterable[PostingFacts],
    worker: WorkerFacts,
    now: datetime,
    related: RelatedSkills,
) -> list[PostingFacts]:
    offered = supply(worker)
    return [
        posting
        for posting in postings
        if _passes(offered, demand(posting, now, related))
    ]


def _passes(worker: Supply, posting: Demand) -> bool:
    return all(rule(worker, posting).outcome is Outcome.PASS for rule in FILTERS)
