"""What a worker process of the tests does in a run, other than ranking."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable

from services.matching.intake.replica import Replica
from services.matching.runs.claiming import Claim
from services.matching.runs.queries import KnownPosting
from services.matching.runs.ranker import Outcome, Rank, ranker
from tests.matching.documents import an_empty_list

VARIABLE = "ROLLCALL_FAULT_RANK"
POISON = "this one kills"
"""The title of a posting that kills whoever ranks it."""

BRIEF_SECONDS = 0.03
SLOW_SECONDS = 0.4
STUCK_SECONDS = 3_600.0


async def nothing(claim: Claim, posting: KnownPosting | None) -> Outcome:
    """The cost of the queue alone."""
    return an_empty_list(claim.claimed_at)


def taking(seconds: float) -> Rank:
    async def rank(claim: Claim, posting: KnownPosting | None) -> Outcome:
        await asyncio.sleep(seconds)
        return an_empty_list(claim.claimed_at)

    return rank


def poisonable(replica: Replica) -> Rank:
    """Ranks, but for what kills it."""
    healthy = ranker(replica)

    async def rank(claim: Claim, posting: KnownPosting | None) -> Outcome:
        if posting is not None and posting.doc["title"] == POISON:
            os.kill(os.getpid(), signal.SIGKILL)
        return await healthy(claim, posting)

    return rank


RANKS: dict[str, Callable[[Replica], Rank]] = {
    "nothing": lambda replica: nothing,
    "brief": lambda replica: taking(BRIEF_SECONDS),
    "slow": lambda replica: taking(SLOW_SECONDS),
    "stuck": lambda replica: taking(STUCK_SECONDS),
    "poisonable": poisonable,
}
