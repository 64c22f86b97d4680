"""The engine itself."""

from __future__ import annotations

from collections.abc import Sequence

from services.matching.engine.facts import posting_facts, worker_facts
from services.matching.engine.index import Index
from services.matching.engine.order import points
from services.matching.engine.pipeline import Request, rank_workers
from services.matching.engine.warm import warm_up
from tests.benchmarks.engine.documents import row_of
from tests.benchmarks.engine.market import Market
from tests.benchmarks.engine.ordering import TOP, Ranked
from tests.benchmarks.engine.queries import Query
from tests.benchmarks.engine.world import NOW


class Rollcall:
    name = "Rollcall"

    def build(self, market: Market, queries: Sequence[Query]) -> None:
        warm_up()
        self.index = Index(market.related_skills())
        for row in range(len(market.workers)):
            self.index.put_worker(worker_facts(market.worker_document(row)))
        self.postings = [posting_facts(query.document) for query in queries]
        self.request = Request(NOW, k=TOP, possible=0)

    def rank(self, number: int) -> Ranked:
        ranking = rank_workers(self.index, self.postings[number], self.request)
        return [(row_of(found.id), points(found.score)) for found in ranking.matches]

    def close(self) -> None:
        """Nothing is held outside the process."""
