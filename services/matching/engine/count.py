"""How many workers a posting leaves after each rule, without ranking any."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.matching.engine.facts import PostingFacts
from services.matching.engine.index import Index
from services.matching.engine.question import Question
from services.matching.engine.ranking import Request
from services.matching.engine.searching import find_worker_counts


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
    alone = index.postings_alone(posting)
    nobody = replace(request, k=0, possible=0, weights=None)
    side = index.workers
    told = Question(index, nobody, alone, side).count(find_worker_counts)
    return Counted(side.live, told.funnel, told.total)
