"""The index: every active worker and open posting, packed, and where each is found.

On one thread nothing else is needed. Where one thread writes while others read, each
reads `with index.reading()`, and it writes `with index.writing()` (see `gate`). Facts
may be packed outside: only `put` and `drop` change what readers see.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.buckets import (
    FIRST_SKILL,
    aligned,
    grown,
    new_buckets,
)
from services.matching.engine.clock import DAY, WEEK, floor_minute
from services.matching.engine.entries import (
    new_standing,
    posting_entries,
    worker_entries,
)
from services.matching.engine.facts import PostingFacts, WorkerFacts
from services.matching.engine.gate import Gate
from services.matching.engine.ids import EMPTY, add_all_rows, find_row, new_slots
from services.matching.engine.keeping import (
    HELD,
    LIVE,
    ROWS,
    STEP,
    Shelf,
    drop_posting,
    drop_worker,
    put_postings,
    put_workers,
)
from services.matching.engine.layout import Run, Table
from services.matching.engine.names import Names, Number
from services.matching.engine.native import Settled
from services.matching.engine.posting_rows import POSTING, cover_period, pack_posting
from services.matching.engine.reading import Reader
from services.matching.engine.space import new_space
from services.matching.engine.supply import Supply, supply
from services.matching.engine.taxonomy import RelatedSkills
from services.matching.engine.terms import Document
from services.matching.engine.worker_rows import WORKER, pack_worker, unpack_worker
from services.matching.engine.zones import ZoneArrays, Zones

LOW = (1 << 64) - 1
GROWTH = 1.3


class Batch(NamedTuple):
    """Packed rows, and one array of their words."""

    rows: NDArray[Any]
    words: NDArray[Any]


def batch_of(kind: Any, packed: Sequence[Run]) -> Batch:
    lengths = [len(each.words) // 4 for each in packed]
    ends = np.cumsum([0, *lengths], dtype=np.int64)
    rows = np.frombuffer(bytearray().join([each.row for each in packed]), kind)
    rows["at"] = ends[:-1]
    words = bytearray().join([each.words for each in packed])
    if len(words) % 8:
        words += bytes(4)  # an even number, to be read as float64 too
    return Batch(rows, np.frombuffer(words, np.int32))


class Side:
    """All of one kind: the shelf they lie on and the buckets they are found in."""

    def __init__(
        self,
        kind: Any,
        put: Callable[..., int],
        drop: Callable[..., None],
        entries: Callable[..., int],
    ) -> None:
        self.kind = kind
        self.shelf = _new_shelf(kind)
        self.buckets, self.room = new_buckets()
        self._note = new_standing(64)
        self._nobody = np.zeros((), kind)
        self._put = Settled(put)
        self._drop = Settled(drop)
        self._find = Settled(find_row)
        self._entries = entries

    def put(self, batch: Batch, slots: int) -> None:
        """Add or replace; `slots` is how many slots of buckets there may be now."""
        done, count = 0, len(batch.rows)
        if not count:
            return
        if slots > len(self.buckets.pages):
            self.buckets, self.room = grown(self.buckets, self.room, 0, slots)
        while True:
            done = self._put(
                *batch, done, self.shelf, self.buckets, self.room, self._note
            )
            if done == count:
                return
            self._make_room(batch.rows[done])

    def drop(self, id: UUID) -> bool:
        """Remove; False if it was not there."""
        row = self.row(id)
        if row == EMPTY:
            return False
        self._drop(row, self.shelf, self.buckets, self.room, self._note)
        self.shelf.table.rows[row] = self._nobody
        return True

    def row(self, id: UUID) -> int:
        """The row of an id, or EMPTY."""
        high, low = np.uint64(id.int >> 64), np.uint64(id.int & LOW)
        row: int = self._find(self.shelf.slots, self.shelf.table.rows, high, low)
        return row

    def ids(self, rows: NDArray[Any]) -> list[UUID]:
        found = self.shelf.table.rows[rows]
        return [
            UUID(int=high << 64 | low)
            for high, low in zip(
                found["id_high"].tolist(), found["id_low"].tolist(), strict=True
            )
        ]

    @property
    def count(self) -> int:
        return int(self.shelf.counts[HELD])

    @property
    def live(self) -> int:
        return int(self.shelf.counts[LIVE])

    def _make_room(self, row: Any) -> None:
        """For what stopped a batch: a little of everything, at least for this one."""
        counts = {name: int(row[name]) for name in row.dtype.names if name[-2:] == "_n"}
        entries = self._entries(row)
        held = self.row(UUID(int=int(row["id_high"]) << 64 | int(row["id_low"])))
        if held != EMPTY:
            entries += self._entries(self.shelf.table.rows[held])
        if entries > len(self._note.places):
            self._note = new_standing(entries)
        self.buckets, self.room = grown(
            self.buckets, self.room, entries, len(self.buckets.pages)
        )
        self.shelf = _grown_shelf(self.shelf, 64 * sum(counts.values()) + 64)


def _new_shelf(kind: Any) -> Shelf:
    rows = aligned((64,), kind)
    words = aligned((4096,), np.int32)
    counts = np.zeros(4, np.int64)
    return Shelf(
        Table(rows, words), new_slots(64), new_space(), np.zeros(64, np.int32), counts
    )


def _grown_shelf(shelf: Shelf, words: int) -> Shelf:
    """With room for a tenth more rows than there are, and `words` more at least."""
    rows, i4 = shelf.table
    used, count = int(shelf.counts[ROWS]), len(rows)
    slots, free_rows = shelf.slots, shelf.free_rows
    if used == count:
        count = int(count * GROWTH) + 1
        longer = aligned((count,), rows.dtype)
        longer[:used] = rows
        rows = longer
        free_rows = np.zeros(count, np.int32)
        free_rows[: len(shelf.free_rows)] = shelf.free_rows
    if 2 * (int(shelf.counts[HELD]) + 1) > len(slots):
        slots = new_slots(2 * len(slots))
        add_all_rows(slots, rows, used)
    end = STEP * int(shelf.space.ends[0])
    if end + words > len(i4):
        size = int(len(i4) * GROWTH) + 2 * words
        wider = aligned((size - size % STEP,), np.int32)
        wider[:end] = i4[:end]
        i4 = wider
    return Shelf(Table(rows, i4), slots, shelf.space, free_rows, shelf.counts)


class Index:
    def __init__(
        self,
        related: RelatedSkills,
        names: Names | None = None,
        zones: Zones | None = None,
    ) -> None:
        """Empty; `names` and `zones` as another index numbered them."""
        self.related = related
        self.names = Names() if names is None else names
        self.zones = Zones() if zones is None else zones
        self._reader = Reader(self.names, self.zones)
        self.gate = Gate()
        self.reading = self.gate.reading
        self.writing = self.gate.writing
        self.workers = Side(WORKER, put_workers, drop_worker, worker_entries)
        self.postings = Side(POSTING, put_postings, drop_posting, posting_entries)

    def put_worker(self, facts: WorkerFacts) -> None:
        """Add a worker or replace what is known of one; inactive ones never match.

        Raises ValueError for a zone that does not exist, changing nothing.
        """
        self.put_workers([self.pack_worker(supply(facts), self.names.intern)])

    def put_workers(self, packed: Sequence[Run]) -> None:
        """The same of many at once, packed."""
        self.workers.put(batch_of(WORKER, packed), self._slots())

    def drop_worker(self, id: UUID) -> bool:
        """Forget a worker; False if the index did not hold one of that id."""
        return self.workers.drop(id)

    def put_posting(self, facts: PostingFacts) -> None:
        """Add or replace an open posting; the caller drops it when it closes.

        Raises ValueError for a zone that does not exist, changing nothing.
        """
        self.put_postings([self.pack_posting(facts, self.names.intern)])

    def put_postings(self, packed: Sequence[Run]) -> None:
        self.postings.put(batch_of(POSTING, packed), self._slots())

    def drop_posting(self, id: UUID) -> bool:
        """Forget a posting; False if the index did not hold one of that id."""
        return self.postings.drop(id)

    def worker(self, id: UUID) -> Supply | None:
        """The facts of a worker as the index holds them."""
        row = self.workers.row(id)
        if row == EMPTY:
            return None
        return unpack_worker(self.workers.shelf.table, row, self.names, self.zones)

    def holds_worker(self, id: UUID) -> bool:
        return self.workers.row(id) != EMPTY

    def holds_posting(self, id: UUID) -> bool:
        return self.postings.row(id) != EMPTY

    @property
    def worker_count(self) -> int:
        return self.workers.count

    @property
    def posting_count(self) -> int:
        return self.postings.count

    def zone_arrays(self, now: datetime) -> ZoneArrays:
        """Take last: packing a row may add a zone or a year."""
        minute = floor_minute(now)
        self.zones.cover(minute - 2 * DAY, minute + 3 * WEEK)
        return self.zones.arrays()

    def worker_alone(self, worker: Supply) -> Table:
        """One worker beside the index, as row 0.

        Names that no posting of the index carries stay unknown and match nothing.
        """
        return _alone(WORKER, self.pack_worker(worker, self.names.find))

    def postings_alone(self, *facts: PostingFacts) -> Table:
        """Postings beside the index, as its first rows."""
        return _alone(POSTING, *[self.pack_posting(f, self.names.find) for f in facts])

    def read_worker(self, document: Document) -> Run:
        """A worker's document, packed for `put_workers`.

        Raises ValueError, KeyError or TypeError on a malformed document.
        """
        return self._reader.worker(document)

    def pack_worker(self, worker: Supply, number: Number) -> Run:
        return pack_worker(worker, number, self.zones)

    def pack_posting(self, facts: PostingFacts, number: Number) -> Run:
        packed = pack_posting(facts, self.related, number, self.zones)
        cover_period(facts, self.zones)
        return packed

    def _slots(self) -> int:
        return int(FIRST_SKILL) + self.names.count("skill")


def _alone(kind: Any, *packed: Run) -> Table:
    return Table(*batch_of(kind, packed))
