"""How runs end, written even where the database is away meanwhile."""

from __future__ import annotations

import traceback

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.matching.runs import leases
from services.matching.runs.claiming import Claim
from services.matching.runs.outages import despite_outages
from services.matching.runs.ranker import Behind, CallOff
from services.matching.runs.result import Result
from services.matching.runs.storing import Storing
from services.matching.runs.tracing import RunTrace
from shared.database import Database

log = structlog.get_logger(__name__)

BEHIND_DELAY_SECONDS = 0.5


class Ending:
    """Ends the runs of one process, each if it is still ours: its token says so."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._store = Storing(database)

    async def leave(
        self, held: Claim, traced: RunTrace, outcome: Behind | CallOff
    ) -> None:
        """End a run that has no list."""
        because = "given back: the index is behind"
        if isinstance(outcome, CallOff):
            because = outcome.because

        async def note() -> None:
            async with self._database.as_system() as session:
                if isinstance(outcome, CallOff):
                    await leases.call_off(session, held, because)
                else:
                    delay = BEHIND_DELAY_SECONDS
                    await leases.give_back(session, held, delay, because)

        with traced.step("leave"):
            await despite_outages(note, "a run that has no list")
        traced.end(because)

    async def keep(self, held: Claim, traced: RunTrace, result: Result) -> None:
        try:
            with traced.step("store"):
                ours = await self._store(held, result)
        except Exception as error:
            await self.fail(held, traced, error)
            return
        traced.end("done" if ours else "was no longer ours")
        if not ours:
            log.warning("run was no longer ours", run=str(held.id), token=held.token)

    async def fail(self, held: Claim, traced: RunTrace, error: Exception) -> None:
        told = "".join(traceback.format_exception(error))
        traced.failed(error)

        async def note() -> None:
            async with self._database.as_system() as session:
                await leases.fail(session, held, repr(error), told)

        with traced.step("fail"):
            log.error("run failed", attempt=held.attempts, exc_info=error)
            try:
                await despite_outages(note, "a failed run")
            except SQLAlchemyError as failure:
                # the lease runs out, and a reaper takes the run back
                log.warning("failure not noted", error=repr(failure))
        traced.end("failed")
