"""Whether the queue takes one more request: not into a lane that is full or draining,
nor from a tenant that has too much waiting there.

What a feed causes is never refused: it is bounded by the postings that are open, each
of which has one waiting run at most.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.errors import LaneDraining, LaneFull, TooManyWaiting
from services.matching.runs.lanes import Lane

RETRY_SECONDS = 5
DRAINED_SECONDS = 60

STANDS = text(
    """
    SELECT mode, most_waiting, most_waiting_of_one,
        (SELECT COALESCE(sum(n), 0) FROM matching.match_run_tally
            WHERE lane = :lane AND what = 'are queued') AS waiting,
        (SELECT count(*) FROM (
            SELECT FROM matching.match_run
            WHERE state = 'queued' AND lane = :lane AND tenant = :tenant
            LIMIT most_waiting_of_one) AS own) AS own,
        EXISTS (SELECT FROM matching.match_run
            WHERE state = 'queued' AND posting_id = :posting) AS waits
    FROM matching.match_lane WHERE lane = :lane
    """
)

LANES_STAND = text(
    """
    SELECT lane, mode, most_waiting,
        (SELECT COALESCE(sum(n), 0) FROM matching.match_run_tally AS tally
            WHERE tally.lane = match_lane.lane AND what = 'are queued') AS waiting
    FROM matching.match_lane WHERE lane = ANY(CAST(:lanes AS text[]))
    """
)


async def admit(session: AsyncSession, lane: Lane, tenant: UUID, posting: UUID) -> None:
    """Raises LaneDraining, LaneFull or TooManyWaiting; `session` is the system's.

    A posting whose run waits already adds nothing, and is never refused for want of
    room.
    """
    values = {"lane": lane, "tenant": tenant, "posting": posting}
    stands = (await session.execute(STANDS, values)).one()
    if stands.mode == "draining":
        raise _draining(lane)
    if stands.waits:
        return
    if stands.own >= stands.most_waiting_of_one:
        raise TooManyWaiting(
            f"{stands.own} runs of this organisation wait in the {lane} lane.",
            headers={"Retry-After": str(RETRY_SECONDS)},
            lane=lane,
            bound=stands.most_waiting_of_one,
        )
    if stands.waiting >= stands.most_waiting:
        raise _full(lane, stands.waiting, stands.most_waiting)


async def admit_more(session: AsyncSession, runs: Mapping[Lane, int]) -> None:
    """Whether the lanes take so many runs more, that an operator asks for; raises
    LaneDraining or LaneFull. What one organisation may have waiting is no bound here.
    """
    values = {"lanes": list(runs)}
    for stands in await session.execute(LANES_STAND, values):
        if stands.mode == "draining":
            raise _draining(stands.lane)
        if stands.waiting + runs[stands.lane] > stands.most_waiting:
            raise _full(stands.lane, stands.waiting, stands.most_waiting)


def _draining(lane: Lane) -> LaneDraining:
    return LaneDraining(
        f"The {lane} lane is being drained.",
        headers={"Retry-After": str(DRAINED_SECONDS)},
        lane=lane,
    )


def _full(lane: Lane, waiting: int, bound: int) -> LaneFull:
    return LaneFull(
        f"{waiting} runs wait in the {lane} lane.",
        headers={"Retry-After": str(RETRY_SECONDS)},
        lane=lane,
        bound=bound,
    )
