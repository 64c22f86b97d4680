"""The four kinds of queries asked, as one list with a slice for each kind."""

from __future__ import annotations

from collections.abc import Mapping

from tests.benchmarks.engine.market import Market
from tests.benchmarks.engine.queries import Query

RANDOM, RELATED = "random", "random, related skills"
WORST, WORST_RELATED = "worst", "worst, related skills"

RANDOM_COUNT = 240
WORST_COUNT = 60


def all_queries(
    market: Market, random: int = RANDOM_COUNT, worst: int = WORST_COUNT
) -> tuple[list[Query], Mapping[str, slice]]:
    """`random` and `worst` are how many of each kind."""
    queries: list[Query] = []
    kinds: dict[str, slice] = {}
    for kind, drawn in (
        (RANDOM, market.random_queries(random)),
        (RELATED, market.random_queries(random, related=True)),
        (WORST, market.worst_queries(worst)),
        (WORST_RELATED, market.worst_queries(worst, related=True)),
    ):
        kinds[kind] = slice(len(queries), len(queries) + len(drawn))
        queries += drawn
    return queries, kinds
