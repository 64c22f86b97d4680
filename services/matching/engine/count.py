"""How many workers a posting leaves after each rule, without ranking any."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.matching.engine.facts import PostingFacts
from services.matching.engine.index import Index
from services.matching.engine.pipeline import Request, rank_workers


@dataclass(frozen=True, slots=True)
class Counted:
    """`funnel` counts, after each filter in turn, who still passes all of them."""

    considered: int
    funnel: tuple[tuple[str, int], ...]
    possible_total: int

    @property
    def eligible(self) -> int:
        return self.funnel[-1][1]


def count_workers(index: Index, posting: PostingFacts, request: Request) -> Counted:
    """The counts of `rank_workers`; of the request only `now` is looked at.

    Raises ValueError for a zone that does not exist.
    """
    nobody = replace(request, k=0, possible=0, weights=None)
    ranking = rank_workers(index, posting, nobody)
    return Counted(ranking.considered, ranking.funnel, ranking.possible_total)
