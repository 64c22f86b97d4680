"""Working the queue in one process: claim, rank, store; heartbeats.

A ring or the poll wakes the claim, whichever comes first, so that with Valkey gone the
queue is only slower.

Runs that take less time than a claim are claimed several to a slot, and ranked one
after the other: as many as take some hundredths of a second, as the last ones did.

Runs of the bulk lane are taken a few at a time: such a batch has one slot. It waits
while this process ranks anything more urgent, and never has all the slots.

A run that has lost a worker may be what killed it: it is taken when nothing else is
held, and nothing else is taken until it has ended.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from random import Random
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.runs import leases
from services.matching.runs.claiming import Areas, Claim, Queue, claim, look
from services.matching.runs.doorbell import Doorbell
from services.matching.runs.ending import Ending
from services.matching.runs.lanes import BULK, LANES, Lane, lottery
from services.matching.runs.leases import HEARTBEAT_SECONDS
from services.matching.runs.outages import OUTAGE_SECONDS
from services.matching.runs.queries import KnownPosting, known_postings
from services.matching.runs.ranker import Rank
from services.matching.runs.result import Result
from services.matching.runs.tracing import RunTrace
from services.matching.runs.workers import WorkerNow, leave, report
from services.matching.supervision import pause
from shared.database import Database

log = structlog.get_logger(__name__)

SLOTS = 4
BULK_SLOTS = 2  # one batch is ranked while the other is stored
BULK_AT_ONCE = 8
AHEAD_SECONDS = 0.03  # of ranking, that a slot may be given with one claim
MOST_AT_ONCE = 16
POLL_SECONDS = 1.0
DRAIN_SECONDS = 30.0

Batch = Sequence[Claim]


class Runner:
    """Works in up to `slots` slots at a time, on these lanes and areas (None: all).

    `index_seq` says how far the index that it ranks by has come.
    """

    def __init__(
        self,
        database: Database,
        rank: Rank,
        ready: asyncio.Event,
        doorbell: Doorbell,
        *,
        slots: int = SLOTS,
        lanes: Sequence[Lane] = LANES,
        areas: Areas | None = None,
        drain_seconds: float = DRAIN_SECONDS,
        index_seq: Callable[[], int] | None = None,
    ) -> None:
        # another process may have the same host's name and the same pid one day
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._database = database
        self._rank = rank
        self._ready = ready
        self._doorbell = doorbell
        self._ending = Ending(database)
        self._slots = slots
        self._lanes = lanes
        self._areas = areas
        self._drain_seconds = drain_seconds
        self._index_seq = index_seq
        self._draining = False
        self._random = Random()
        self._woken = asyncio.Event()
        self._held: dict[asyncio.Task[None], Batch] = {}
        self._in_doubt = False  # whether an attempt to claim may have succeeded
        # nobody knows yet: at first one at a time
        self._rank_seconds = AHEAD_SECONDS
        self._nothing_urgent = asyncio.Event()
        self._nothing_urgent.set()

    def wake(self, _: Lane | None = None) -> None:
        """There may be something to claim."""
        self._woken.set()

    def stands(self) -> WorkerNow:
        """What this process is doing."""
        state = "draining" if self._draining else "working"
        return WorkerNow(
            name=self.name,
            state=state if self._ready.is_set() else "starting",
            lanes=self._lanes,
            areas=self._areas,
            slots=self._slots,
            busy=len(self._held),
            index_seq=None if self._index_seq is None else self._index_seq(),
        )

    async def work(self, stop: asyncio.Event) -> None:
        """Claim and run until `stop`; then finish what runs, or give it back."""
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: self.wake())
        loading = asyncio.create_task(self._ready.wait())
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
            # after the last heartbeat, which would tell of this worker again
            await self._say_goodbye()

    async def _claim_more(self, stop: asyncio.Event) -> None:
        """Claim for the free slots; a slot that frees up wakes the next claim."""
        free = self._slots - len(self._held)
        if free == 0 or any(held.lost for held in self._claims):
            return
        try:
            async with self._database.as_system() as session:
                if self._in_doubt:
                    await leases.give_back_unheard(session, self.name, self._claims)
                batches = await self._claim(session, free)
                ids = [claim.posting_id for batch in batches for claim in batch]
                # as they are now; whoever changes one later queues a run for it
                postings = await known_postings(session, ids) if ids else {}
        except (SQLAlchemyError, OSError) as error:
            log.warning("queue waits for the database", error=repr(error))
            self._in_doubt = True
            await pause(stop, OUTAGE_SECONDS)
            self.wake()
            return
        self._in_doubt = False
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
        queue = await look(session, self._areas)
        weights = {lane: queue.lanes[lane].weight for lane in self._lanes}
        order = lottery(self._random, weights)
        suspects = [lane for lane in order if lane in queue.suspects]
        if suspects and self._held:
            return []
        for lane in suspects:
            if found := await self._take(session, queue, lane, 1, suspected=True):
                return [found]
        batches: list[Batch] = []
        for lane in order:
            left = free - len(batches)
            if lane == BULK:
                while left > 0 and (
                    batch := await self._claim_bulk(session, queue, batches)
                ):
                    batches.append(batch)
                    left -= 1
            elif left > 0:
                found = await self._take(session, queue, lane, left * self._at_once)
                batches += [found[slot::left] for slot in range(min(left, len(found)))]
        return batches

    @property
    def _at_once(self) -> int:
        """How many runs a slot is given, so that none of them waits long for it."""
        fitting = AHEAD_SECONDS / max(self._rank_seconds, 1e-6)
        return max(1, min(MOST_AT_ONCE, int(fitting)))

    async def _claim_bulk(
        self, session: AsyncSession, queue: Queue, batches: Sequence[Batch]
    ) -> Batch:
        """Runs of the bulk lane for one more slot, if there may be one."""
        under_way = [*self._held.values(), *batches]
        bulk = sum(batch[0].lane == BULK for batch in under_way)
        if bulk >= min(BULK_SLOTS, max(1, self._slots - 1)):
            return []
        return await self._take(session, queue, BULK, BULK_AT_ONCE)

    async def _take(
        self,
        session: AsyncSession,
        queue: Queue,
        lane: Lane,
        limit: int,
        *,
        suspected: bool = False,
    ) -> list[Claim]:
        return await claim(
            session,
            queue.lanes[lane],
            limit,
            self.name,
            areas=self._areas,
            suspected=suspected,
        )

    @property
    def _claims(self) -> list[Claim]:
        """All runs that this process holds."""
        return [held for batch in self._held.values() for held in batch]

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
        ranked: list[tuple[Claim, RunTrace, Result]] = []
        for held in batch:
            if held.lane == BULK:
                await self._let_the_urgent_pass()
            traced = RunTrace(held)
            try:
                begun = time.perf_counter()
                with traced.step("rank"):
                    outcome = await self._rank(held, postings.get(held.posting_id))
                took = time.perf_counter() - begun
                self._rank_seconds += 0.1 * (took - self._rank_seconds)
                if isinstance(outcome, Result):
                    ranked.append((held, traced, outcome))
                else:
                    await self._ending.leave(held, traced, outcome)
            except Exception as error:
                await self._ending.fail(held, traced, error)
        await asyncio.gather(*(self._ending.keep(*one) for one in ranked))

    async def _let_the_urgent_pass(self) -> None:
        """Also once round the loop, where a ring may be waiting to be heard."""
        await asyncio.sleep(0)
        await self._nothing_urgent.wait()

    async def _keep_leases(self) -> None:
        while True:
            try:
                async with self._database.as_system() as session:
                    await leases.beat(session, self._claims)
                    await report(session, self.stands())
            except (SQLAlchemyError, OSError) as error:
                log.warning("heartbeat missed", error=repr(error))
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def _drain(self) -> None:
        self._draining = True
        if self._held:
            await asyncio.wait(set(self._held), timeout=self._drain_seconds)
        unfinished = dict(self._held)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        try:
            async with self._database.as_system() as session:
                for batch in unfinished.values():
                    for held in batch:
                        drained = "given back: its worker was told to stop"
                        await leases.give_back(session, held, 0.0, drained)
        except (SQLAlchemyError, OSError) as error:
            # the leases run out, and a reaper takes the runs back
            log.warning("drained without the database", error=repr(error))

    async def _say_goodbye(self) -> None:
        try:
            async with self._database.as_system() as session:
                await leave(session, self.name)
        except (SQLAlchemyError, OSError) as error:
            log.warning("left without the database", error=repr(error))
