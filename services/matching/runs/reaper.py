"""What any worker does for all: runs whose worker is gone are taken back, processes
that nobody has seen are forgotten, and counts are folded and sampled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from services.matching.runs import leases
from services.matching.runs.figures import sample_counts
from services.matching.supervision import pause
from shared.database import Database

log = structlog.get_logger(__name__)

REAP_SECONDS = 1.0
FOLD_EVERY = 5

# whoever folds at the same time waits here and then finds the rows gone
FOLD = text(
    """
    WITH gone AS (DELETE FROM matching.match_run_tally RETURNING *)
    INSERT INTO matching.match_run_tally (lane, what, bucket, n, seconds)
    SELECT lane, what, bucket, sum(n), sum(seconds) FROM gone
    GROUP BY lane, what, bucket
    """
)
FORGET_WORKERS = text(
    "DELETE FROM matching.match_worker"
    " WHERE seen_at < clock_timestamp() - interval '1 hour'"
)


async def reap(
    database: Database, wake: Callable[[], None], stop: asyncio.Event
) -> None:
    """Take back what was lost, by whatever process, and `wake` for it, until `stop`."""
    round = 0
    while not stop.is_set():
        try:
            async with database.as_system() as session:
                reaped = await leases.reap(session)
            if round % FOLD_EVERY == 0:
                async with database.as_system() as session:
                    await session.execute(FOLD)
                    await sample_counts(session)
                    await session.execute(FORGET_WORKERS)
        except (SQLAlchemyError, OSError) as error:
            log.warning("reaper waits for the database", error=repr(error))
        else:
            if reaped:
                log.warning("stalled runs taken back", runs=reaped)
                wake()
        round += 1
        await pause(stop, REAP_SECONDS)
