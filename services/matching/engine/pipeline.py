"""The ranking, step by step: filter and score every row, keep the best, explain."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

import numpy as np

from services.matching.engine.clock import microseconds
from services.matching.engine.demand import demand
from services.matching.engine.facts import PostingFacts, WorkerFacts
from services.matching.engine.index import Index
from services.matching.engine.kernel import EVERY, Best, best, scan
from services.matching.engine.order import POINTS
from services.matching.engine.pair import asks, part_weights, score_parts
from services.matching.engine.posting_columns import PostingArrays
from services.matching.engine.ranking import Match, Part, Possible, Ranking, Request
from services.matching.engine.rules import FILTERS
from services.matching.engine.scores import SCORES
from services.matching.engine.supply import supply
from services.matching.engine.weights import caller_weights
from services.matching.engine.worker_columns import WorkerArrays

__all__ = [
    "ENGINE_VERSION",
    "Match",
    "Part",
    "Possible",
    "Ranking",
    "Request",
    "rank_postings",
    "rank_workers",
]

ENGINE_VERSION = "1"


def rank_workers(index: Index, posting: PostingFacts, request: Request) -> Ranking:
    """The best active workers for a posting, which need not be in the index.

    Raises `WeightFault` (a ValueError) for weights that cannot be used, and ValueError
    for a zone that does not exist.
    """
    alone = index.posting_alone(posting)
    found = _search(index, request, index.worker_arrays(), EVERY, alone, 0)
    asked = demand(posting, request.now, index.related)
    weights = part_weights(asked, request.weights)
    workers = [index.workers.at(row) for row in found.rows]
    parts = [score_parts(supply(worker), asked, weights) for worker in workers]
    matches = _matches(found, [worker.id for worker in workers], parts)
    possible = tuple(
        Possible(worker.id, asks(supply(worker), asked))
        for worker in map(index.workers.at, found.possible)
    )
    return Ranking(
        found.considered, found.funnel, matches, possible, found.possible_total, weights
    )


def rank_postings(index: Index, worker: WorkerFacts, request: Request) -> Ranking:
    """The best open postings of the index for a worker, who need not be in it.

    Expired postings are not considered, and an inactive worker gets none.
    Raises `WeightFault` (a ValueError) for weights that cannot be used, and ValueError
    for a zone that does not exist.
    """
    alone = index.worker_alone(worker)
    found = _search(index, request, alone, 0, index.posting_arrays(), EVERY)
    offered = supply(worker)
    asked = [
        demand(index.postings.at(row), request.now, index.related) for row in found.rows
    ]
    parts = [
        score_parts(offered, posting, part_weights(posting, request.weights))
        for posting in asked
    ]
    matches = _matches(found, [posting.id for posting in asked], parts)
    possible = tuple(
        Possible(posting.id, asks(offered, demand(posting, request.now, index.related)))
        for posting in map(index.postings.at, found.possible)
    )
    return Ranking(
        found.considered, found.funnel, matches, possible, found.possible_total, {}
    )


class _Found(NamedTuple):
    """Rows in the order of the ranking, and the points of the matches among them."""

    considered: int
    funnel: tuple[tuple[str, int], ...]
    rows: list[int]
    points: list[int]
    possible: list[int]
    possible_total: int


def _search(
    index: Index,
    request: Request,
    workers: WorkerArrays,
    worker_row: int,
    postings: PostingArrays,
    posting_row: int,
) -> _Found:
    """Filter, score and keep the best, in the kernel."""
    weights = () if request.weights is None else caller_weights(request.weights)
    matches, possible = best(request.k), best(request.possible)
    funnel = np.zeros(len(FILTERS), np.int64)
    considered, kept, listed, possible_total = scan(
        microseconds(request.now),
        np.array(weights, np.float64),
        worker_row,
        posting_row,
        workers,
        postings,
        index.zone_arrays(request.now),
        matches,
        possible,
        funnel,
        np.empty(len(SCORES)),
    )
    names = (rule.__name__ for rule in FILTERS)
    rows, points = _sorted(matches, kept)
    return _Found(
        considered,
        tuple(zip(names, funnel.tolist(), strict=True)),
        rows,
        points,
        _sorted(possible, listed)[0],
        possible_total,
    )


def _sorted(heap: Best, size: int) -> tuple[list[int], list[int]]:
    """The heap's rows and points, best first."""
    order = np.lexsort((heap.ties[:size], -heap.points[:size]))
    return heap.rows[order].tolist(), heap.points[order].tolist()


def _matches(
    found: _Found, ids: list[UUID], parts: list[tuple[Part, ...]]
) -> tuple[Match, ...]:
    return tuple(
        Match(rank, id, points / POINTS, each)
        for rank, (id, points, each) in enumerate(
            zip(ids, found.points, parts, strict=True), start=1
        )
    )
