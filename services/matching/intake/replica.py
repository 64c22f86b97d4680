"""The index of one ranking process: loaded once, kept by the read model's change log.

It starts from its own file where it can (see `index_file`), else from the read model.
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
from pathlib import Path
from typing import Generic, TypeVar

import asyncpg
import structlog
from prometheus_client import Counter, Gauge

from services.matching.engine.index import Index
from services.matching.intake.changelog import ChangedDocuments, ChangeLog, Document
from services.matching.intake.documents import read_documents
from services.matching.intake.index_file import ERASED_SECONDS, IndexFile, Standing
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
    """One index, one writer. `run` loads and tails until stopped.

    `file` is where the index is kept for the next start; None: nowhere.
    """

    def __init__(
        self, database_url: str, taxonomy: Taxonomy, file: Path | None = None
    ) -> None:
        self.taxonomy = taxonomy
        self.loaded = asyncio.Event()
        self.skipped = 0
        # moves only under its index's gate, so that whoever reads knows where it stands
        self._stood = Standing(Index(taxonomy.related), 0, "", NOWHERE)
        self._file = None if file is None else IndexFile(file, taxonomy)
        self._database_url = database_url
        self._epoch = ""
        self._moved = asyncio.Event()
        self._look_seconds = 0.0

    @property
    def seq(self) -> int:
        return self._stood.seq

    @property
    def positions(self) -> Positions:
        return self._stood.positions

    @property
    def worker_count(self) -> int:
        return self._stood.index.worker_count

    @property
    def posting_count(self) -> int:
        return self._stood.index.posting_count

    async def run(self, stop: asyncio.Event) -> None:
        """Load, then follow the change log; an outage is waited out, never an exit."""
        while not stop.is_set():
            try:
                async with ChangeLog.connect(self._database_url) as changes:
                    await self._follow(changes, stop)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("index not followed", error=repr(error))
                await pause(stop, RECONNECT_SECONDS)
        if self._file is not None and self._file.behind:
            await self._save(self._file)

    async def look(self, work: Callable[[Index], T]) -> Seen[T]:
        """Do `work` on the index with nothing changing meanwhile.

        In a thread when looks of late took long, or when a change is just being made,
        so that the loop goes on; several may look at once. One that has begun in a
        thread goes on there when its caller is cancelled.
        """
        stood = self._stood
        if self._look_seconds < INLINE_SECONDS and stood.index.gate.try_read():
            try:
                return self._look(work, stood)
            finally:
                stood.index.gate.leave_read()
        return await asyncio.to_thread(self._look_in_turn, work, stood)

    def _look_in_turn(self, work: Callable[[Index], T], stood: Standing) -> Seen[T]:
        with stood.index.reading():
            return self._look(work, stood)

    def _look(self, work: Callable[[Index], T], stood: Standing) -> Seen[T]:
        started = time.perf_counter()
        value = work(stood.index)
        took = time.perf_counter() - started
        self._look_seconds += 0.2 * (took - self._look_seconds)
        return Seen(value, stood.seq, stood.positions)

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
            await self._load(changes, epoch)
            self._epoch = epoch
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: changes.wake())
        try:
            while not stop.is_set():
                more = await self._catch_up(changes)
                if self._file is not None and self._file.due:
                    await self._save(self._file)
                if not more:
                    await changes.wait(POLL_SECONDS)
        finally:
            stopping.cancel()

    async def _load(self, changes: ChangeLog, epoch: str) -> None:
        started = time.perf_counter()
        stood = await self._from_file(changes, epoch)
        source = "file"
        if stood is None:
            stood, source = await self._from_read_model(changes), "read model"
            if self._file is not None:
                self._file.moved(within=0.0)
        self._stood = stood
        self.loaded.set()
        self._announce()
        log.info(
            "index loaded",
            source=source,
            workers=stood.index.worker_count,
            postings=stood.index.posting_count,
            seconds=round(time.perf_counter() - started, 3),
        )

    async def _from_file(self, changes: ChangeLog, epoch: str) -> Standing | None:
        if self._file is None:
            return None
        stood = await asyncio.to_thread(self._file.read, epoch)
        if stood is None or await changes.goes_on_from(stood.seq, stood.mark):
            return stood
        log.warning("index file passed over", reason="of another change log")
        self._file.forget()
        return None

    async def _from_read_model(self, changes: ChangeLog) -> Standing:
        fresh = Index(self.taxonomy.related)
        # reading makes millions of objects, and none of them is garbage in a circle
        gc.disable()
        try:
            async with changes.snapshot() as snapshot:
                putting: asyncio.Task[None] | None = None
                async for documents in snapshot.documents():
                    read = read_documents(fresh, documents, self._skip)
                    if putting is not None:
                        await putting
                    # compiled code, on another core than the reading of the next ones
                    put = asyncio.to_thread(read.put_into, fresh)
                    putting = asyncio.create_task(put)
                if putting is not None:
                    await putting
        finally:
            gc.freeze()
            gc.enable()
        return Standing(fresh, snapshot.seq, snapshot.mark, snapshot.positions)

    async def _catch_up(self, changes: ChangeLog) -> bool:
        """Apply what comes next; whether there may be more at once."""
        batch = await changes.after(self.seq)
        # a batch cut short has not yet seen all that its snapshot's cursors have
        positions = batch.positions if batch.complete else self.positions
        if (batch.seq, positions) != (self.seq, self.positions):
            if batch.documents:
                await asyncio.to_thread(self._apply, batch, positions)
                self._note_moved(batch)
            else:
                self._stood.positions = positions
            self._announce()
        return not batch.complete

    def _apply(self, batch: ChangedDocuments, positions: Positions) -> None:
        stood = self._stood
        read = read_documents(stood.index, batch.documents, self._skip)
        found = read.found_in(stood.index)
        with stood.index.writing():
            found.put_into(stood.index)
            stood.seq, stood.positions = batch.seq, positions
            stood.mark = batch.mark or stood.mark

    def _note_moved(self, batch: ChangedDocuments) -> None:
        if self._file is None:
            return
        self._file.moved()
        if any(each.entity == "worker" and each.gone for each in batch.documents):
            self._file.moved(within=ERASED_SECONDS)

    async def _save(self, file: IndexFile) -> None:
        # nothing else writes to the index, and here nothing is applied meanwhile
        await asyncio.to_thread(file.write, self._stood, self._epoch)

    def _skip(self, document: Document, error: Exception) -> None:
        self.skipped += 1
        SKIPPED.labels(document.entity).inc()
        log.error(
            "document skipped",
            entity=document.entity,
            id=str(document.id),
            error=repr(error),
        )

    def _announce(self) -> None:
        SEQ.set(self.seq)
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
