"""The index of one ranking process: loaded from the read model, kept by its change log.

A notification wakes the tail; a poll is the guarantee. Change log, documents and feed
cursors are read in one statement, hence one snapshot: having applied all of it, the
index knows which position of each feed it has reached.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import asyncpg
import structlog
from prometheus_client import Counter, Gauge

from services.matching.engine.index import Index
from services.matching.intake.changelog import ChangeLog, Document
from services.matching.intake.documents import put_document
from services.matching.intake.positions import NOWHERE, Positions, have_reached
from services.matching.intake.taxonomy import Taxonomy
from services.matching.supervision import pause

log = structlog.get_logger(__name__)

T = TypeVar("T")

POLL_SECONDS = 0.1
RECONNECT_SECONDS = 0.5
# shorter looks are cheaper on the loop's own thread than the hop to another
INLINE_SECONDS = 0.010

SKIPPED = Counter(
    "rollcall_index_documents_skipped_total",
    "Documents that could not be read into the index",
    ("entity",),
)
SEQ = Gauge("rollcall_index_seq", "Place in the change log that the index has reached")


@dataclass(frozen=True, slots=True)
class Seen(Generic[T]):
    """What a look at the index gave, and where the index stood."""

    value: T
    seq: int
    positions: Positions


class Replica:
    """One index, one writer. `run` loads and tails until stopped."""

    def __init__(self, database_url: str, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        self.loaded = asyncio.Event()
        self.seq = 0
        self.positions: Positions = NOWHERE
        self.skipped = 0
        self._index = Index(taxonomy.related)
        self._database_url = database_url
        self._epoch = ""
        # the index bears one thread at a time, reading or writing
        self._turn = asyncio.Lock()
        self._moved = asyncio.Event()
        self._look_seconds = 0.0

    @property
    def worker_count(self) -> int:
        return self._index.worker_count

    @property
    def posting_count(self) -> int:
        return self._index.posting_count

    async def run(self, stop: asyncio.Event) -> None:
        """Load, then follow the change log; an outage is waited out, never an exit."""
        while not stop.is_set():
            try:
                async with ChangeLog.connect(self._database_url) as changes:
                    await self._follow(changes, stop)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("index not followed", error=repr(error))
                await pause(stop, RECONNECT_SECONDS)

    async def look(self, work: Callable[[Index], T]) -> Seen[T]:
        """Do `work` on the index with nothing changing meanwhile.

        In a thread when looks of late took long, so that the loop goes on.
        """
        async with self._turn:
            seq, positions = self.seq, self.positions
            started = time.perf_counter()
            if self._look_seconds < INLINE_SECONDS:
                value = work(self._index)
            else:
                value = await asyncio.to_thread(work, self._index)
            took = time.perf_counter() - started
            self._look_seconds += 0.2 * (took - self._look_seconds)
        return Seen(value, seq, positions)

    async def reached(self, needed: Positions, timeout: float) -> bool:
        """Wait until the index has seen these positions; False after `timeout`
        seconds."""
        try:
            async with asyncio.timeout(timeout):
                while not (self.loaded.is_set() and self._has(needed)):
                    await self._moved.wait()
        except TimeoutError:
            return False
        return True

    def _has(self, needed: Positions) -> bool:
        return have_reached(self.positions, needed)

    async def _follow(self, changes: ChangeLog, stop: asyncio.Event) -> None:
        epoch = await changes.epoch()
        # a restored database has another history than the one in memory
        if epoch != self._epoch:
            await self._load(changes)
            self._epoch = epoch
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: changes.wake())
        try:
            while not stop.is_set():
                if not await self._catch_up(changes):
                    await changes.wait(POLL_SECONDS)
        finally:
            stopping.cancel()

    async def _load(self, changes: ChangeLog) -> None:
        started = time.perf_counter()
        fresh = Index(self.taxonomy.related)
        # none of what a load makes is garbage: looking through it again and again
        # costs a third of the time, and later pauses that grow with the index
        gc.disable()
        try:
            async with changes.snapshot() as snapshot:
                async for documents in snapshot.documents():
                    for document in documents:
                        self._put(fresh, document)
        finally:
            gc.freeze()
            gc.enable()
        async with self._turn:
            self._index = fresh
            self._stand(snapshot.seq, snapshot.positions)
        self.loaded.set()
        self._announce()
        log.info(
            "index loaded",
            workers=fresh.worker_count,
            postings=fresh.posting_count,
            seconds=round(time.perf_counter() - started, 3),
        )

    async def _catch_up(self, changes: ChangeLog) -> bool:
        """Apply what comes next; whether there may be more at once."""
        batch = await changes.after(self.seq)
        async with self._turn:
            for document in batch.documents:
                self._put(self._index, document)
            # a batch cut short has not yet seen all that its snapshot's cursors have
            positions = batch.positions if batch.complete else self.positions
            moved = (batch.seq, positions) != (self.seq, self.positions)
            self._stand(batch.seq, positions)
        if moved:
            self._announce()
        return not batch.complete

    def _put(self, index: Index, document: Document) -> None:
        """A document that cannot be read costs itself, not the ones after it."""
        try:
            put_document(index, document)
        except Exception as error:
            self.skipped += 1
            SKIPPED.labels(document.entity).inc()
            log.error(
                "document skipped",
                entity=document.entity,
                id=str(document.id),
                error=repr(error),
            )

    def _stand(self, seq: int, positions: Positions) -> None:
        self.seq, self.positions = seq, positions
        SEQ.set(seq)

    def _announce(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    def readiness(self) -> Mapping[str, object]:
        """For /readyz."""
        return {
            "ready": self.loaded.is_set(),
            "index": {
                "seq": self.seq,
                "workers": self.worker_count,
                "postings": self.posting_count,
                "skipped": self.skipped,
            },
        }
