"""Columns in numpy, filtered rule by rule: what a good numpy programmer writes.

Workers are in the order of latitude, so that one radius is one slice; the claims of a
skill are one run of rows in that order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.geo import EARTH_RADIUS_KM
from tests.benchmarks.engine.market import Market
from tests.benchmarks.engine.ordering import Ranked
from tests.benchmarks.engine.peers.scoring import Scorer
from tests.benchmarks.engine.places import KM_A_DEGREE, centres
from tests.benchmarks.engine.queries import Asked, Query
from tests.benchmarks.engine.workers import NO_SKILL, Workers
from tests.benchmarks.engine.world import SKILLS


class Claims:
    """Who holds each skill, as places in the order of latitude, and at what level."""

    def __init__(self, workers: Workers, order: NDArray[Any]) -> None:
        place, column = np.nonzero(workers.skills[order] != NO_SKILL)
        skills = workers.skills[order][place, column]
        by_skill = np.argsort(skills, kind="stable")
        self.starts = np.searchsorted(skills[by_skill], np.arange(SKILLS + 1))
        self.places = place[by_skill].astype(np.int32)
        self.levels = workers.levels[order][place, column][by_skill]

    def run(self, skill: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Ascending places, and the levels there."""
        run = slice(self.starts[skill], self.starts[skill + 1])
        return self.places[run], self.levels[run]

    def held(self, skill: int) -> int:
        return int(self.starts[skill + 1] - self.starts[skill])

    def levels_at(self, skill: int, places: NDArray[Any]) -> NDArray[Any]:
        """The level of those who hold the skill, else 0."""
        known, levels = self.run(skill)
        if not len(known):
            return np.zeros(len(places))
        found = np.minimum(np.searchsorted(known, places), len(known) - 1)
        return np.where(known[found] == places, levels[found], 0).astype(float)


class NumpyFiltering:
    name = "numpy, filter by filter"

    def build(self, market: Market, queries: Sequence[Query]) -> None:
        self.queries = queries
        self.workers = workers = market.workers
        self.order = np.argsort(workers.cells[:, 0], kind="stable")
        self.lat = centres(workers.cells[self.order, 0])
        self.claims = Claims(workers, self.order)
        self.scorer = Scorer(workers)

    def close(self) -> None:
        """Nothing is held outside the process."""

    def rank(self, number: int) -> Ranked:
        query = self.queries[number]
        places = self._holders(query)
        rows = self.order[places]
        rows_kept = self._is_willing(query, rows)
        places, rows = places[rows_kept], rows[rows_kept]
        km = self._distances(query, rows)
        near = (km <= query.radius) & (km <= self.workers.radius[rows])
        places, rows, km = places[near], rows[near], km[near]
        earned = np.zeros(len(rows))
        for asked in query.asked:
            worth = self._worth(asked, places)
            earned += asked.weight * worth
            if asked.required:
                held = worth > 0.0
                places, rows, km = places[held], rows[held], km[held]
                earned = earned[held]
        return self.scorer.rank(query, rows, km, earned)

    def _holders(self, query: Query) -> NDArray[Any]:
        """Who holds a member of the rarest required group, in the band of latitude."""
        rarest = min(
            query.required,
            key=lambda asked: sum(
                self.claims.held(skill) for skill, _ in asked.members
            ),
        )
        reach = query.radius / KM_A_DEGREE + 1e-3
        band = np.searchsorted(self.lat, [query.lat - reach, query.lat + reach])
        found = []
        for skill, _ in rarest.members:
            places, levels = self.claims.run(skill)
            inside = slice(*np.searchsorted(places, band))
            found.append(places[inside][levels[inside] >= rarest.level])
        return found[0] if len(found) == 1 else np.unique(np.concatenate(found))

    def _is_willing(self, query: Query, rows: NDArray[Any]) -> NDArray[Any]:
        workers = self.workers
        flags: NDArray[Any] = workers.floor[rows] <= query.top
        flags &= workers.currency[rows] == query.currency
        flags &= workers.wants[rows] & query.wants == query.wants
        for held, asked in (
            (workers.certificates, query.certificates),
            (workers.languages, query.languages),
        ):
            if asked:
                flags &= held[rows] & asked == asked
        return flags

    def _distances(self, query: Query, rows: NDArray[Any]) -> NDArray[Any]:
        chord = self.workers.at[rows] - query.at
        half = np.sqrt(np.einsum("ij,ij->i", chord, chord)) / 2.0
        km: NDArray[Any] = 2.0 * EARTH_RADIUS_KM * np.arcsin(half)
        return km

    def _worth(self, asked: Asked, places: NDArray[Any]) -> NDArray[Any]:
        best = np.zeros(len(places))
        for skill, credit in asked.members:
            levels = self.claims.levels_at(skill, places)
            levels[levels < asked.lowest] = 0.0
            best = np.maximum(best, credit * levels / 5.0)
        return best
