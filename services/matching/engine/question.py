"""One posting or worker asked about, natively: rows, figures and counts come back."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.clock import microseconds
from services.matching.engine.doors import door_of
from services.matching.engine.explaining import Figures
from services.matching.engine.index import Index
from services.matching.engine.kernel_evidence import FIGURES
from services.matching.engine.layout import Table
from services.matching.engine.ranking import Possible, Request
from services.matching.engine.rules import ASKS, FILTERS
from services.matching.engine.searching import find_evidence, own_desk
from services.matching.engine.side import Side
from services.matching.engine.tally import ASK_AT
from services.matching.engine.weights import caller_weights


class Told(NamedTuple):
    """`funnel` as of a `Ranking`; `total` fail nothing but must be asked."""

    funnel: tuple[tuple[str, int], ...]
    possible: tuple[Possible, ...]
    total: int


class Question:
    """Row 0 of a table, about all that a side holds."""

    def __init__(
        self, index: Index, request: Request, asked: Table, side: Side
    ) -> None:
        self.now_us = microseconds(request.now)
        self._possible = request.possible
        weights = () if request.weights is None else caller_weights(request.weights)
        self._weights = np.array(weights, np.float64)
        self._side = side
        self._doors = (door_of(*asked), side.door, index.zones_door(request.now))
        self._desk = own_desk(index)

    def ask(self, find: Any, k: int) -> tuple[NDArray[np.int64], list[int]]:
        """The rows of the best, in order, and their points."""
        lists, desk = self._desk.with_room(k)
        kept = find(self.now_us, self._weights, 0, *self._doors, desk, k)
        best = lists.matches
        return best["rows"][:kept].copy(), best["points"][:kept].tolist()

    def evidence(
        self, of_workers: bool, rows: NDArray[np.int64], requirements: int
    ) -> tuple[list[Figures], list[list[list[int]]]]:
        """The figures of each row, and which skill answers each requirement."""
        count = len(rows)
        figures = np.zeros(count, FIGURES)
        claims = np.full((count, requirements, 2), -1, np.int32)
        asked, side, zones = self._doors
        workers, postings = (side, asked) if of_workers else (asked, side)
        find_evidence(
            self.now_us,
            of_workers,
            0,
            rows,
            count,
            workers,
            postings,
            zones,
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

    def count(self, find: Any) -> Told:
        """The funnel, and who is possible but must be asked."""
        lists, desk = self._desk.with_room(self._possible)
        listed, total = find(self.now_us, 0, *self._doors, desk, self._possible)
        names = (rule.__name__ for rule in FILTERS)
        rows = lists.possible["rows"][:listed]
        asks = (rows >> ASK_AT).tolist()
        ids = self._side.ids(rows & ((1 << ASK_AT) - 1))
        return Told(
            tuple(zip(names, lists.funnel.tolist(), strict=True)),
            tuple(map(Possible, ids, map(_asks, asks))),
            total,
        )


def _asks(bits: int) -> tuple[str, ...]:
    return tuple([name for place, name in enumerate(ASKS) if bits >> place & 1])
