"""What every engine beside which Rollcall is measured has to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tests.benchmarks.engine.market import Market
from tests.benchmarks.engine.ordering import Ranked
from tests.benchmarks.engine.queries import Query


class Peer(Protocol):
    """Answers exactly as the engine does: the TOP workers with their points."""

    name: str

    def build(self, market: Market, queries: Sequence[Query]) -> None:
        """Take the market in, and prepare whatever can be prepared of the queries."""

    def rank(self, number: int) -> Ranked:
        """The answer to one of the queries, best first."""

    def close(self) -> None:
        """Give back what the peer holds."""
