"""The ranking, step by step: retrieve, filter and score, keep the best, explain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.explaining import Asked, parts_of
from services.matching.engine.facts import PostingFacts
from services.matching.engine.index import Index
from services.matching.engine.order import POINTS
from services.matching.engine.question import Question
from services.matching.engine.ranking import Match, Part, Possible, Ranking, Request
from services.matching.engine.searching import (
    find_best_postings,
    find_best_workers,
    find_posting_counts,
    find_unexpired,
    find_worker_counts,
)
from services.matching.engine.side import Side
from services.matching.engine.supply import Supply

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

ENGINE_VERSION = "3"


def rank_workers(index: Index, posting: PostingFacts, request: Request) -> Ranking:
    """The best active workers for a posting, which need not be in the index.

    Raises `WeightFault` (a ValueError) for weights that cannot be used, and ValueError
    for a zone that does not exist.
    """
    alone = index.postings_alone(posting)
    side = index.workers
    asked = Asked.read(alone, 0, index.names, request.weights, posting)
    question = Question(index, request, alone, side)
    rows, points = question.ask(find_best_workers, request.k)
    figures, claims = question.evidence(True, rows, len(asked.skills))
    parts = [
        parts_of(told, held, asked, question.now_us)
        for told, held in zip(figures, claims, strict=True)
    ]
    matches = _matches(side, rows, points, parts)
    counted = question.count(find_worker_counts)
    return Ranking(
        side.live,
        counted.funnel,
        matches,
        counted.possible,
        counted.total,
        dict(asked.weights),
    )


def rank_postings(index: Index, worker: Supply, request: Request) -> Ranking:
    """The best open postings of the index for a worker, who need not be in it.

    Expired postings are not considered, and an inactive worker gets none.
    Raises `WeightFault` (a ValueError) for weights that cannot be used, and ValueError
    for a zone that does not exist.
    """
    side = index.postings
    table = side.shelf.table
    question = Question(index, request, index.worker_alone(worker), side)
    rows, points = question.ask(find_best_postings, request.k)
    asked = [
        Asked.read(table, row, index.names, request.weights) for row in rows.tolist()
    ]
    most = max([len(each.skills) for each in asked], default=0)
    figures, claims = question.evidence(False, rows, most)
    parts = [
        parts_of(told, held, each, question.now_us)
        for told, held, each in zip(figures, claims, asked, strict=True)
    ]
    matches = _matches(side, rows, points, parts)
    counted = question.count(find_posting_counts)
    considered = 0
    if worker.active:
        considered = find_unexpired(table.rows, len(table.rows), question.now_us)
    return Ranking(
        considered, counted.funnel, matches, counted.possible, counted.total, {}
    )


def _matches(
    side: Side,
    rows: NDArray[np.int64],
    points: list[int],
    parts: list[tuple[Part, ...]],
) -> tuple[Match, ...]:
    return tuple(
        [
            Match(rank, id, each / POINTS, said)
            for rank, (id, each, said) in enumerate(
                zip(side.ids(rows), points, parts, strict=True), start=1
            )
        ]
    )
