"""The engine itself, asked as a process that ranks many postings asks it: packed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.matching.engine.clock import microseconds
from services.matching.engine.doors import door_of
from services.matching.engine.facts import posting_facts
from services.matching.engine.index import Index
from services.matching.engine.searching import find_best_workers, own_desk
from services.matching.engine.warm import warm_up
from tests.benchmarks.engine.market import Market
from tests.benchmarks.engine.ordering import TOP, Ranked
from tests.benchmarks.engine.queries import Query
from tests.benchmarks.engine.world import NOW

AT_ONCE = 1_000


class Rollcall:
    name = "Rollcall"

    def build(self, market: Market, queries: Sequence[Query]) -> None:
        warm_up()
        index = Index(market.related_skills())
        count = len(market.workers)
        for first in range(0, count, AT_ONCE):
            rows = range(first, min(count, first + AT_ONCE))
            index.put_workers(
                [index.read_worker(market.worker_document(row)) for row in rows]
            )
        self._side = index.workers
        self._asked = [
            door_of(*index.postings_alone(posting_facts(query.document)))
            for query in queries
        ]
        self._zones = index.zones_door(NOW)
        self._desk = own_desk(index)
        self._now, self._weights = microseconds(NOW), np.empty(0)
        best = self._desk.lists.matches
        self._rows, self._points = best["rows"], best["points"]

    def rank(self, number: int) -> Ranked:
        """In a fresh index a worker's row is their number."""
        kept = find_best_workers(
            self._now,
            self._weights,
            0,
            self._asked[number],
            self._side.door,
            self._zones,
            self._desk.door,
            TOP,
        )
        return Ranked(self._rows[:kept].copy(), self._points[:kept].copy())

    def close(self) -> None:
        """Nothing is held outside the process."""
