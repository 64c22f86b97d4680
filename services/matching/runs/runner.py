"""Working the queue in one process: claim, rank, finish; heartbeats and the reaper.

A ring or the poll wakes the claim, whichever comes first, so that with Valkey gone the
queue is only slower.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from random import Random

import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import SQLAlchemyError

from services.matching.engine.facts import posting_facts
from services.matching.engine.pipeline import Request
from services.matching.intake.replica import Replica
from services.matching.runs import leases
from services.matching.runs.doorbell import Doorbell
from services.matching.runs.lanes import Lane, lottery
from services.matching.runs.leases import HEARTBEAT_SECONDS, Claim
from services.matching.runs.queries import known_posting
from services.matching.runs.ranking import rank_for_run
from services.matching.supervision import pause
from shared.database import Database

log = structlog.get_logger(__name__)

SLOTS = 4
KEPT_MATCHES = 50
POLL_SECONDS = 1.0
REAP_SECONDS = 1.0
INDEX_PATIENCE_SECONDS = 2.0
BEHIND_DELAY_SECONDS = 0.5
DRAIN_SECONDS = 5.0
OUTAGE_SECONDS = 0.5

RUNS = Counter("rollcall_runs_total", "Runs ended by this process", ("lane", "end"))
RUN_SECONDS = Histogram(
    "rollcall_run_seconds",
    "From claim to commit",
    ("lane",),
    buckets=(0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)


class Runner:
    """Runs up to `slots` match runs at a time over one replica."""

    def __init__(
        self,
        database: Database,
        replica: Replica,
        doorbell: Doorbell,
        *,
        slots: int = SLOTS,
        drain_seconds: float = DRAIN_SECONDS,
    ) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._database = database
        self._replica = replica
        self._doorbell = doorbell
        self._slots = slots
        self._drain_seconds = drain_seconds
        self._random = Random()
        self._woken = asyncio.Event()
        self._held: dict[asyncio.Task[None], Claim] = {}

    def wake(self, _: Lane | None = None) -> None:
        """There may be something to claim."""
        self._woken.set()

    async def work(self, stop: asyncio.Event) -> None:
        """Claim and run until `stop`; then finish what runs, or give it back."""
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: self.wake())
        loading = asyncio.create_task(self._replica.loaded.wait())
        beating = asyncio.create_task(self._keep_leases())
        try:
            await asyncio.wait({loading, stopping}, return_when=asyncio.FIRST_COMPLETED)
            while not stop.is_set():
                self._woken.clear()
                await self._claim_more(stop)
                await self._until_woken()
        finally:
            await self._drain()
            for task in (stopping, loading, beating):
                task.cancel()
            await asyncio.gather(stopping, loading, beating, return_exceptions=True)

    async def reap(self, stop: asyncio.Event) -> None:
        """Take back what was lost, by whatever process."""
        while not stop.is_set():
            try:
                async with self._database.as_system() as session:
                    reaped = await leases.reap(session)
            except (SQLAlchemyError, OSError) as error:
                log.warning("reaper waits for the database", error=repr(error))
            else:
                if reaped:
                    log.warning("stalled runs taken back", runs=reaped)
                    self.wake()
            await pause(stop, REAP_SECONDS)

    async def _claim_more(self, stop: asyncio.Event) -> None:
        """Claim for the free slots; a slot that frees up wakes the next claim."""
        free = self._slots - len(self._held)
        if free == 0:
            return
        try:
            async with self._database.as_system() as session:
                lanes = lottery(self._random)
                claims = await leases.claim(session, lanes, free, self.name)
        except (SQLAlchemyError, OSError) as error:
            log.warning("queue waits for the database", error=repr(error))
            await pause(stop, OUTAGE_SECONDS)
            return
        for claim in claims:
            task = asyncio.create_task(self._run(claim))
            self._held[task] = claim
            task.add_done_callback(self._let_go)
        if len(claims) == free:
            # there may be more than we can hold: let another process hear of it
            self._doorbell.ring_soon(claims[-1].lane)

    def _let_go(self, task: asyncio.Task[None]) -> None:
        del self._held[task]
        self.wake()

    async def _until_woken(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)
        except TimeoutError:
            return

    async def _run(self, claim: Claim) -> None:
        started = time.perf_counter()
        try:
            end = await self._rank(claim)
        except Exception as error:
            log.exception("run failed", run=str(claim.id), attempt=claim.attempts)
            end = await self._fail(claim, error)
        RUNS.labels(claim.lane, end).inc()
        RUN_SECONDS.labels(claim.lane).observe(time.perf_counter() - started)

    async def _rank(self, claim: Claim) -> str:
        if not await self._replica.reached(claim.needed, INDEX_PATIENCE_SECONDS):
            async with self._database.as_system() as session:
                await leases.give_back(session, claim, BEHIND_DELAY_SECONDS)
            return "behind"
        async with self._database.as_system() as session:
            posting = await known_posting(session, claim.posting_id)
            if posting is None or not posting.is_open:
                await leases.call_off(session, claim, "the posting is no longer open")
                return "cancelled"
        request = Request(now=claim.claimed_at, k=KEPT_MATCHES)
        facts = posting_facts(posting.doc)
        result = await rank_for_run(self._replica, facts, request)
        async with self._database.as_system() as session:
            if await leases.finish(session, claim, result):
                return "done"
        log.warning("run was no longer ours", run=str(claim.id), token=claim.token)
        return "late"

    async def _fail(self, claim: Claim, error: Exception) -> str:
        try:
            async with self._database.as_system() as session:
                await leases.fail(session, claim, repr(error))
        except (SQLAlchemyError, OSError) as failure:
            # the lease runs out, and a reaper takes the run back
            log.warning("failure not noted", run=str(claim.id), error=repr(failure))
            return "lost"
        return "failed"

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                async with self._database.as_system() as session:
                    await leases.beat(session, list(self._held.values()))
            except (SQLAlchemyError, OSError) as error:
                log.warning("heartbeat missed", error=repr(error))

    async def _drain(self) -> None:
        if self._held:
            await asyncio.wait(set(self._held), timeout=self._drain_seconds)
        unfinished = dict(self._held)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        if unfinished:
            async with self._database.as_system() as session:
                for claim in unfinished.values():
                    await leases.give_back(session, claim, 0.0)
