"""Working the queue in one process: claim, rank, finish; heartbeats and the reaper.

A ring or the poll wakes the claim, whichever comes first, so that with Valkey gone the
queue is only slower.

Runs of the bulk lane are taken a few at a time: such a batch has one slot, is ranked
one run after the other and ends in one transaction. It waits while this process ranks
anything more urgent, and never has all the slots.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Mapping, Sequence
from random import Random
from uuid import UUID

import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.engine.facts import posting_facts
from services.matching.engine.pipeline import Request
from services.matching.intake.replica import Replica
from services.matching.runs import leases
from services.matching.runs.doorbell import Doorbell
from services.matching.runs.lanes import BULK, Lane, lottery
from services.matching.runs.leases import HEARTBEAT_SECONDS, Claim
from services.matching.runs.queries import KnownPosting, known_postings
from services.matching.runs.ranking import rank_for_run
from services.matching.runs.result import Result
from services.matching.supervision import pause
from shared.database import Database

log = structlog.get_logger(__name__)

SLOTS = 4
BULK_SLOTS = 2  # one batch is ranked while the other is stored
BULK_AT_ONCE = 8
KEPT_MATCHES = 50
POLL_SECONDS = 1.0
REAP_SECONDS = 1.0
INDEX_PATIENCE_SECONDS = 2.0
BEHIND_DELAY_SECONDS = 0.5
DRAIN_SECONDS = 5.0
OUTAGE_SECONDS = 0.5

Batch = Sequence[Claim]

RUNS = Counter("rollcall_runs_total", "Runs ended by this process", ("lane", "end"))
RUN_SECONDS = Histogram(
    "rollcall_run_seconds",
    "From claim to commit",
    ("lane",),
    buckets=(0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)


class Runner:
    """Works in up to `slots` slots at a time over one replica."""

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
        self._held: dict[asyncio.Task[None], Batch] = {}
        self._nothing_urgent = asyncio.Event()
        self._nothing_urgent.set()

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
                batches = await self._claim(session, free)
                ids = [claim.posting_id for batch in batches for claim in batch]
                # as they are now; whoever changes one later queues a run for it
                postings = await known_postings(session, ids) if ids else {}
        except (SQLAlchemyError, OSError) as error:
            log.warning("queue waits for the database", error=repr(error))
            await pause(stop, OUTAGE_SECONDS)
            return
        for batch in batches:
            task = asyncio.create_task(self._run(batch, postings))
            self._held[task] = batch
            task.add_done_callback(self._let_go)
        self._note_what_is_urgent()
        if len(batches) == free:
            # there may be more than we can hold: let another process hear of it
            self._doorbell.ring_soon(batches[-1][0].lane)

    async def _claim(self, session: AsyncSession, free: int) -> list[Batch]:
        """At most `free` batches, looking into the lanes in an order drawn by lot."""
        batches: list[Batch] = []
        for lane in lottery(self._random):
            left = free - len(batches)
            if lane == BULK:
                while left > 0 and (batch := await self._claim_bulk(session, batches)):
                    batches.append(batch)
                    left -= 1
            elif left > 0:
                claims = await leases.claim(session, [lane], left, self.name)
                batches += [[claim] for claim in claims]
        return batches

    async def _claim_bulk(
        self, session: AsyncSession, batches: Sequence[Batch]
    ) -> Batch:
        """Runs of the bulk lane for one more slot, if there may be one.

        One that an earlier attempt has left may have killed its worker, so it is taken
        alone.
        """
        under_way = [*self._held.values(), *batches]
        bulk = sum(batch[0].lane == BULK for batch in under_way)
        if bulk >= min(BULK_SLOTS, max(1, self._slots - 1)):
            return []
        claims = await leases.claim(
            session, [BULK], BULK_AT_ONCE, self.name, untried=True
        )
        if claims or bulk:
            return claims
        return await leases.claim(session, [BULK], 1, self.name)

    def _note_what_is_urgent(self) -> None:
        if all(batch[0].lane == BULK for batch in self._held.values()):
            self._nothing_urgent.set()
        else:
            self._nothing_urgent.clear()

    def _let_go(self, task: asyncio.Task[None]) -> None:
        del self._held[task]
        self._note_what_is_urgent()
        self.wake()

    async def _until_woken(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)
        except TimeoutError:
            return

    async def _run(self, batch: Batch, postings: Mapping[UUID, KnownPosting]) -> None:
        started = time.perf_counter()
        ranked: list[tuple[Claim, Result]] = []
        for claim in batch:
            if claim.lane == BULK:
                await self._let_the_urgent_pass()
            try:
                said = await self._rank(claim, postings.get(claim.posting_id))
            except Exception as error:
                said = await self._fail(claim, error)
            if isinstance(said, Result):
                ranked.append((claim, said))
            else:
                _ended(claim, said, started)
        for claim, end in await self._finish(ranked):
            _ended(claim, end, started)

    async def _let_the_urgent_pass(self) -> None:
        """Also once round the loop, where a ring may be waiting to be heard."""
        await asyncio.sleep(0)
        await self._nothing_urgent.wait()

    async def _rank(self, claim: Claim, posting: KnownPosting | None) -> Result | str:
        """What to keep, or how the run ended without a list."""
        if not await self._replica.reached(claim.needed, INDEX_PATIENCE_SECONDS):
            async with self._database.as_system() as session:
                await leases.give_back(session, claim, BEHIND_DELAY_SECONDS)
            return "behind"
        if posting is None or not posting.is_open:
            async with self._database.as_system() as session:
                await leases.call_off(session, claim, "the posting is no longer open")
            return "cancelled"
        request = Request(now=claim.claimed_at, k=KEPT_MATCHES)
        return await rank_for_run(self._replica, posting_facts(posting.doc), request)

    async def _finish(
        self, ranked: Sequence[tuple[Claim, Result]]
    ) -> list[tuple[Claim, str]]:
        """Store all lists in one transaction; how each run ended."""
        if not ranked:
            return []
        try:
            async with self._database.as_system() as session:
                done = await leases.finish_all(session, ranked)
        except Exception as error:
            return [(claim, await self._fail(claim, error)) for claim, _ in ranked]
        for claim, _ in ranked:
            if claim.id not in done:
                log.warning(
                    "run was no longer ours", run=str(claim.id), token=claim.token
                )
        return [(claim, "done" if claim.id in done else "late") for claim, _ in ranked]

    async def _fail(self, claim: Claim, error: Exception) -> str:
        log.error(
            "run failed", run=str(claim.id), attempt=claim.attempts, exc_info=error
        )
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
                    held = [claim for batch in self._held.values() for claim in batch]
                    await leases.beat(session, held)
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
                for batch in unfinished.values():
                    for claim in batch:
                        await leases.give_back(session, claim, 0.0)


def _ended(claim: Claim, end: str, started: float) -> None:
    RUNS.labels(claim.lane, end).inc()
    RUN_SECONDS.labels(claim.lane).observe(time.perf_counter() - started)
