"""The ranking, step by step: retrieve, filter and score, keep the best, explain."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.clock import microseconds
from services.matching.engine.explaining import Asked, Figures, parts_of
from services.matching.engine.facts import PostingFacts
from services.matching.engine.index import Index, Side
from services.matching.engine.kernel_counts import ASK_AT
from services.matching.engine.kernel_evidence import FIGURES
from services.matching.engine.layout import Table
from services.matching.engine.order import POINTS
from services.matching.engine.ranking import Match, Part, Possible, Ranking, Request
from services.matching.engine.rules import ASKS, FILTERS
from services.matching.engine.searching import (
    find_best_postings,
    find_best_workers,
    find_evidence,
    find_posting_counts,
    find_unexpired,
    find_worker_counts,
    own_desk,
)
from services.matching.engine.supply import Supply
from services.matching.engine.weights import caller_weights

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

ENGINE_VERSION = "2"


def rank_workers(index: Index, posting: PostingFacts, request: Request) -> Ranking:
    """The best active workers for a posting, which need not be in the index.

    Raises `WeightFault` (a ValueError) for weights that cannot be used, and ValueError
    for a zone that does not exist.
    """
    alone = index.posting_alone(posting)
    side = index.workers
    asked = Asked.read(alone, 0, index.names, request.weights, posting)
    question = _Question(index, request, (alone, side.shelf.table))
    rows, points = question.ask(find_best_workers, side, request.k)
    figures, claims = question.evidence(True, rows, len(asked.skills))
    parts = [
        parts_of(told, held, asked, question.now_us)
        for told, held in zip(figures, claims, strict=True)
    ]
    matches = _matches(side, rows, points, parts)
    counted = question.count(find_worker_counts, side)
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
    question = _Question(index, request, (index.worker_alone(worker), table))
    rows, points = question.ask(find_best_postings, side, request.k)
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
    counted = question.count(find_posting_counts, side)
    considered = 0
    if worker.active:
        considered = find_unexpired(table.rows, len(table.rows), question.now_us)
    return Ranking(
        considered, counted.funnel, matches, counted.possible, counted.total, {}
    )


class Counted(NamedTuple):
    """`funnel` as of a `Ranking`; `total` fail nothing but must be asked."""

    funnel: tuple[tuple[str, int], ...]
    possible: tuple[Possible, ...]
    total: int


class _Question:
    """One posting or worker (row 0 of its own table) asked about, natively."""

    def __init__(
        self, index: Index, request: Request, tables: tuple[Table, Table]
    ) -> None:
        self.now_us = microseconds(request.now)
        self._possible = request.possible
        weights = () if request.weights is None else caller_weights(request.weights)
        self._weights = np.array(weights, np.float64)
        self._tables = tables
        self._zones = index.zone_arrays(request.now)
        self._desk = own_desk(index)

    def ask(self, find: Any, side: Side, k: int) -> tuple[NDArray[np.int64], list[int]]:
        """The rows of the best, in order, and their points."""
        heap = self._desk.matches
        kept = find(
            self.now_us,
            self._weights,
            0,
            *self._tables,
            side.buckets,
            self._zones,
            self._desk.scratch,
            heap,
            k,
        )
        return heap["rows"][:kept].copy(), heap["points"][:kept].tolist()

    def evidence(
        self, of_workers: bool, rows: NDArray[np.int64], requirements: int
    ) -> tuple[list[Figures], list[list[list[int]]]]:
        """The figures of each row, and which skill answers each requirement."""
        count = len(rows)
        figures = np.zeros(count, FIGURES)
        claims = np.full((count, requirements, 2), -1, np.int32)
        asked, others = self._tables
        workers, postings = (others, asked) if of_workers else (asked, others)
        find_evidence(
            self.now_us,
            self._weights,
            of_workers,
            0,
            rows,
            count,
            workers,
            postings,
            self._zones,
            figures,
            claims,
        )
        return list(map(Figures._make, figures.tolist())), claims.tolist()

    def count(self, find: Any, side: Side) -> Counted:
        """The funnel, and who is possible but must be asked."""
        heap, funnel = self._desk.possible, self._desk.funnel
        listed, total = find(
            self.now_us,
            0,
            *self._tables,
            side.buckets,
            self._zones,
            self._desk.scratch,
            funnel,
            heap,
            self._possible,
        )
        names = (rule.__name__ for rule in FILTERS)
        rows = heap["rows"][:listed]
        asks = (rows >> ASK_AT).tolist()
        ids = side.ids(rows & ((1 << ASK_AT) - 1))
        return Counted(
            tuple(zip(names, funnel.tolist(), strict=True)),
            tuple(map(Possible, ids, map(_asks, asks))),
            total,
        )


def _asks(bits: int) -> tuple[str, ...]:
    return tuple([name for place, name in enumerate(ASKS) if bits >> place & 1])


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
