"""A search engine in the process: Tantivy filters, numpy scores what it finds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray

from services.matching.engine.geo import EARTH_RADIUS_KM
from tests.benchmarks.engine.market import Market
from tests.benchmarks.engine.ordering import Ranked
from tests.benchmarks.engine.peers.scoring import Scorer
from tests.benchmarks.engine.places import KM_A_DEGREE, centres
from tests.benchmarks.engine.queries import Asked, Query
from tests.benchmarks.engine.workers import NO_SKILL, Workers, claim

WRITER_BYTES = 1_000_000_000
TERMS = ("claim", "want", "certificate", "language", "currency")
MUST, SHOULD = tantivy.Occur.Must, tantivy.Occur.Should


class TantivyRescoring:
    name = "Tantivy + numpy"

    def build(self, market: Market, queries: Sequence[Query]) -> None:
        self.workers, self.queries = market.workers, queries
        self.schema = _schema()
        index = tantivy.Index(self.schema)
        _fill(index, market.workers)
        self.searcher = index.searcher()
        self.filters = [self._filter(query) for query in queries]
        # how many it will find: a longer list costs it time, a shorter is wrong
        self.limits = [_found(self.searcher, asked) for asked in self.filters]
        self.scorer = Scorer(market.workers)

    def close(self) -> None:
        """Nothing is held outside the process."""

    def rank(self, number: int) -> Ranked:
        query = self.queries[number]
        found = self.searcher.search(
            self.filters[number],
            limit=self.limits[number],
            count=False,
            order_by_field="row",
        ).hits
        rows = np.array([row for row, _ in found], np.int64)
        chord = self.workers.at[rows] - query.at
        half = np.sqrt(np.einsum("ij,ij->i", chord, chord)) / 2.0
        km = 2.0 * EARTH_RADIUS_KM * np.arcsin(half)
        near = (km <= query.radius) & (km <= self.workers.radius[rows])
        rows, km = rows[near], km[near]
        earned = np.zeros(len(rows))
        skills, levels = self.workers.skills[rows], self.workers.levels[rows]
        for asked in query.asked:
            earned += asked.weight * _worth(asked, skills, levels)
        return self.scorer.rank(query, rows, km, earned)

    def _filter(self, query: Query) -> Any:
        """Every rule but those of time and of the exact distance."""
        reach = query.radius / KM_A_DEGREE + 1e-3
        across = reach / math.cos(math.radians(abs(query.lat) + reach))
        rules = [self._group(asked) for asked in query.required]
        rules += [self._term("currency", query.currency)]
        for name, bits in (
            ("want", query.wants),
            ("certificate", query.certificates),
            ("language", query.languages),
        ):
            rules += [self._term(name, bit) for bit in _bits(bits)]
        rules += [
            self._between("lat", query.lat - reach, query.lat + reach),
            self._between("lon", query.lon - across, query.lon + across),
            self._between("floor", 0.0, float(query.top)),
        ]
        return tantivy.Query.boolean_query([(MUST, rule) for rule in rules])

    def _group(self, asked: Asked) -> Any:
        terms = [
            self._term("claim", claim(skill, asked.level)) for skill, _ in asked.members
        ]
        if len(terms) == 1:
            return terms[0]
        return tantivy.Query.boolean_query([(SHOULD, term) for term in terms])

    def _term(self, name: str, value: int) -> Any:
        return tantivy.Query.term_query(self.schema, name, value)

    def _between(self, name: str, low: float, high: float) -> Any:
        return tantivy.Query.range_query(
            self.schema, name, tantivy.FieldType.Float, low, high
        )


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", fast=True)
    for name in TERMS:
        builder.add_unsigned_field(name, indexed=True)
    for name in ("lat", "lon", "floor"):
        builder.add_float_field(name, fast=True)
    return builder.build()


def _fill(index: Any, workers: Workers) -> None:
    """One thread, so one segment's worth of order: neighbours are side by side."""
    writer = index.writer(WRITER_BYTES, 1)
    lat, lon = workers.cells.T
    for row in np.lexsort((lon, lat // 5)).tolist():
        writer.add_document(_document(workers, row))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()


def _document(workers: Workers, row: int) -> Any:
    lat, lon = centres(workers.cells[row]).tolist()
    document = tantivy.Document()
    document.add_unsigned("row", row)
    document.add_float("lat", lat)
    document.add_float("lon", lon)
    document.add_float("floor", float(workers.floor[row]))
    document.add_unsigned("currency", int(workers.currency[row]))
    for skill, level in zip(
        workers.skills[row].tolist(), workers.levels[row].tolist(), strict=True
    ):
        if skill != NO_SKILL:
            for lower in range(1, level + 1):
                document.add_unsigned("claim", claim(skill, lower))
    for name, bits in (
        ("want", workers.wants),
        ("certificate", workers.certificates),
        ("language", workers.languages),
    ):
        for bit in _bits(int(bits[row])):
            document.add_unsigned(name, bit)
    return document


def _found(searcher: Any, asked: Any) -> int:
    """How many documents a filter lets through, at least 1."""
    count: int = searcher.search(asked, limit=1, count=True).count
    return max(1, count)


def _bits(bits: int) -> list[int]:
    return [bit for bit in range(bits.bit_length()) if bits >> bit & 1]


def _worth(asked: Asked, skills: NDArray[Any], levels: NDArray[Any]) -> NDArray[Any]:
    """Credit x level / 5 of the best member that counts; 0 for none."""
    best = np.zeros(len(skills))
    for skill, credit in asked.members:
        held = np.where(skills == skill, levels, 0).max(1, initial=0).astype(float)
        held[held < asked.lowest] = 0.0
        best = np.maximum(best, credit * held / 5.0)
    return best
