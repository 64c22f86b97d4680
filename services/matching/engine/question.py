"""One posting or worker asked about, natively: rows, figures and counts come back."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.clock import microseconds
from services.matching.engine.explaining import Figures
from services.matching.engine.heap import best
from services.matching.engine.index import Index
from services.matching.engine.kernel_evidence import FIGURES
from services.matching.engine.layout import Table
from services.matching.engine.ranking import Possible, Request
from services.matching.engine.rules import ASKS, FILTERS
from services.matching.engine.searching import MOST, find_evidence, own_desk
from services.matching.engine.side import Side
from services.matching.engine.tally import ASK_AT
from services.matching.engine.weights import caller_weights


class Told(NamedTuple):
    """`funnel` as of a `Ranking`; `total` fail nothing but must be asked."""

    funnel: tuple[tuple[str, int], ...]
    possible: tuple[Possible, ...]
    total: int


class Question:
    """Row 0 of the first table, about the rows of the second."""

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
        heap = self._desk.matches if k <= MOST else best(k)
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
        # a list of rows leaves what is an array in a row an array
        parts = figures["parts"].tolist()
        told = [
            Figures(each, *others)
            for each, (_, *others) in zip(parts, figures.tolist(), strict=True)
        ]
        return told, claims.tolist()

    def count(self, find: Any, side: Side) -> Told:
        """The funnel, and who is possible but must be asked."""
        places = self._possible
        heap = self._desk.possible if places <= MOST else best(places)
        funnel = self._desk.funnel
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
        return Told(
            tuple(zip(names, funnel.tolist(), strict=True)),
            tuple(map(Possible, ids, map(_asks, asks))),
            total,
        )


def _asks(bits: int) -> tuple[str, ...]:
    return tuple([name for place, name in enumerate(ASKS) if bits >> place & 1])
