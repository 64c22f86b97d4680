"""What is done in a run: ranking its posting once the index has seen enough."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.matching.engine.facts import posting_facts
from services.matching.engine.pipeline import Request
from services.matching.intake.replica import Replica
from services.matching.runs.claiming import Claim
from services.matching.runs.queries import KnownPosting
from services.matching.runs.ranking import rank_for_run
from services.matching.runs.result import Result

KEPT_MATCHES = 50
INDEX_PATIENCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Behind:
    """The index has not seen what the run was caused by: later."""


@dataclass(frozen=True, slots=True)
class CallOff:
    """There is nothing to rank any more."""

    because: str


Outcome = Result | Behind | CallOff
Rank = Callable[[Claim, KnownPosting | None], Awaitable[Outcome]]
"""(claim, its posting as the read model has it now) → what came of it."""


def ranker(replica: Replica) -> Rank:
    """Ranks over this replica's index."""

    async def rank(claim: Claim, posting: KnownPosting | None) -> Outcome:
        if not await replica.reached(claim.needed, INDEX_PATIENCE_SECONDS):
            return Behind()
        if posting is None or not posting.is_open:
            return CallOff("the posting is no longer open")
        request = Request(now=claim.claimed_at, k=KEPT_MATCHES)
        return await rank_for_run(replica, posting_facts(posting.doc), request)

    return rank
