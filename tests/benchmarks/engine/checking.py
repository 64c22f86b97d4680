"""Whether every answer is right: lists, funnels and what-ifs over the full rules.

The market has all that facts can say (places with dates, lodging, pick-up points,
remote work, stale hours, currencies, groups of related skills …), crowded around one
hub. Every answer is compared with one made by judging everybody, in float64 and in no
order: fresh, and again after random updates in place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.clock import microseconds
from services.matching.engine.facts import PostingFacts
from services.matching.engine.index import Index
from services.matching.engine.kernel_moment import moment_of
from services.matching.engine.kernel_pair import (
    FILTER_COUNT,
    Sides,
    applied_weights,
    eligible_score,
    judge,
    tie_of,
)
from services.matching.engine.layout import Run, Table
from services.matching.engine.native import compiled
from services.matching.engine.order import POINTS, native_points
from services.matching.engine.pipeline import (
    Ranking,
    Request,
    rank_postings,
    rank_workers,
)
from services.matching.engine.relaxations import relaxations
from services.matching.engine.supply import Supply, supply
from services.matching.engine.whatif import what_if_posting
from tests.benchmarks.figures import Figure, tell
from tests.matching.engine.crowds import odd_posting, odd_worker
from tests.matching.engine.generated import (
    RELATED,
    generated_posting,
    generated_worker,
    moment,
)

QUESTIONS = 1_000
UPDATES = 1_000_000
VARIANTS = 3
HUB = 0
AT_ONCE = 1_000
K = 50


def main(scale: int, *, as_json: bool = False) -> None:
    """`scale` workers and a fifth as many postings; wrong answers are counted."""
    rng = Random(17)
    now = moment(rng)
    index = Index(RELATED)
    workers = [
        _packed_worker(index, rng, now, number % scale)
        for number in range(VARIANTS * scale)
    ]
    for first in range(0, scale, AT_ONCE):
        index.put_workers(workers[first : min(scale, first + AT_ONCE)])
    for number in range(scale // 5):
        index.put_posting(_posting(rng, now, number))
    for when, updates in (("fresh", 0), ("after updates", UPDATES)):
        for _ in range(updates // AT_ONCE):
            index.put_workers(rng.choices(workers, k=AT_ONCE))
        for what, wrong in _checked(index, rng, now):
            name = f"wrong {what}, {QUESTIONS} asked, {when}"
            tell(Figure(name, wrong, "count", 0), as_json=as_json)


def _packed_worker(index: Index, rng: Random, now: datetime, number: int) -> Run:
    make = rng.choice((generated_worker, odd_worker))
    facts = replace(make(rng, now, hub=HUB), id=UUID(int=number))
    return index.pack_worker(supply(facts), index.names.intern)


def _posting(rng: Random, now: datetime, number: int) -> PostingFacts:
    make = rng.choice((generated_posting, odd_posting))
    return replace(make(rng, now, hub=HUB), id=UUID(int=number))


def _checked(index: Index, rng: Random, now: datetime) -> Iterator[tuple[str, int]]:
    request = Request(now, k=K)
    lists = counts = effects = 0
    for number in range(QUESTIONS):
        posting = _posting(rng, now, 10**6 + number)
        ranking = rank_workers(index, posting, request)
        truth = _everybody(index, posting, now)
        lists += not _same_list(ranking, truth)
        counts += not _same_counts(ranking, truth)
        effects += _wrong_effects(index, posting, request)
    yield "lists of workers", lists
    yield "funnels of workers", counts
    yield "what-ifs of a posting", effects
    lists = counts = 0
    ids = index.workers.ids(np.arange(index.worker_count))
    for id in rng.choices(ids, k=QUESTIONS):
        worker = index.worker(id)
        assert worker is not None
        found = rank_postings(index, worker, request)
        truth = _every_posting(index, worker, now)
        lists += not _same_list(found, truth)
        counts += not _same_counts(found, truth)
    yield "lists of postings", lists
    yield "funnels of postings", counts


Truth = tuple[Sequence[tuple[UUID, int]], NDArray[np.int64], int]
"""The best K with their points, the funnel, and how many there are to ask."""


def _same_list(ranking: Ranking, truth: Truth) -> bool:
    found = [(match.id, round(match.score * POINTS)) for match in ranking.matches]
    return found == list(truth[0])


def _same_counts(ranking: Ranking, truth: Truth) -> bool:
    funnel = [left for _, left in ranking.funnel]
    return funnel == truth[1].tolist() and ranking.possible_total == truth[2]


def _wrong_effects(index: Index, posting: PostingFacts, request: Request) -> bool:
    told = what_if_posting(index, posting, request)
    after = [
        int(_everybody(index, each.relaxed, request.now)[1][-1])
        for each in relaxations(posting, request.now)
    ]
    return [effect.eligible for effect in told.effects] != after


def _everybody(index: Index, posting: PostingFacts, now: datetime) -> Truth:
    side = index.workers
    sides = Sides(
        side.shelf.table, index.postings_alone(posting), index.zone_arrays(now)
    )
    return _truth(side, _judged(sides, True, side.shelf.table, now))


def _every_posting(index: Index, worker: Supply, now: datetime) -> Truth:
    side = index.postings
    sides = Sides(index.worker_alone(worker), side.shelf.table, index.zone_arrays(now))
    return _truth(side, _judged(sides, False, side.shelf.table, now))


Judged = tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]


def _judged(sides: Sides, of_workers: bool, table: Table, now: datetime) -> Judged:
    count = len(table.rows)
    points, ties = np.full(count, -1, np.int64), np.zeros(count, np.uint64)
    passed, asked = np.zeros(count, np.int64), np.zeros(count, np.int64)
    us, none = microseconds(now), np.empty(0)
    _judge_all(of_workers, us, none, sides, points, ties, passed, asked)
    return points, ties, passed, asked


def _truth(side: Any, judged: Judged) -> Truth:
    points, ties, passed, asked = judged
    order = np.lexsort((ties, -points))
    best = order[points[order] >= 0][:K]
    funnel = np.array([(passed > rule).sum() for rule in range(FILTER_COUNT)])
    listed = list(zip(side.ids(best), points[best].tolist(), strict=True))
    return listed, funnel, int((asked > 0).sum())


@compiled
def _judge_all(
    of_workers: bool,
    now_us: int,
    weights: Any,
    sides: Sides,
    points: Any,
    ties: Any,
    passed: Any,
    asked: Any,
) -> None:
    """One against everybody: no buckets, no bits, no bounds."""
    p, zones = sides.postings.words, sides.zones
    for row in range(len(points)):
        worker = sides.workers.rows[row if of_workers else 0]
        posting = sides.postings.rows[0 if of_workers else row]
        if not worker.live or not posting.live:
            continue
        if not of_workers and posting.expires <= now_us:
            continue
        moment = moment_of(now_us, posting, p, zones)
        applied = applied_weights(posting, weights)
        passed[row], asked[row] = judge(moment, worker, posting, sides)
        value = eligible_score(moment, applied, worker, posting, sides)
        if value >= 0.0:
            points[row] = native_points(value)
        ties[row] = tie_of(worker, posting)
