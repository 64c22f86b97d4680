"""The index: every active worker and open posting, packed, and where each is found.

On one thread nothing else is needed. Where one thread writes while others read, each
reads `with index.reading()`, and it writes `with index.writing()` (see `gate`). Facts
may be packed outside: only `put` and `drop` change what readers see.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.matching.engine.buckets import FIRST_SKILL
from services.matching.engine.clock import DAY, WEEK, floor_minute
from services.matching.engine.doors import Door
from services.matching.engine.facts import PostingFacts, WorkerFacts
from services.matching.engine.gate import Gate
from services.matching.engine.ids import EMPTY
from services.matching.engine.layout import Run, Table
from services.matching.engine.names import Names, Number
from services.matching.engine.posting_rows import POSTING, cover_period, pack_posting
from services.matching.engine.reading import Reader
from services.matching.engine.side import Found, Side, batch_of
from services.matching.engine.standing import posting_entries, worker_entries
from services.matching.engine.supply import Supply, supply
from services.matching.engine.taxonomy import RelatedSkills
from services.matching.engine.terms import Document
from services.matching.engine.unpacking import unpack_worker
from services.matching.engine.worker_rows import WORKER, pack_worker
from services.matching.engine.zones import ZoneArrays, Zones


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
        self.workers = Side(WORKER, worker_entries)
        self.postings = Side(POSTING, posting_entries)

    def put_worker(self, facts: WorkerFacts) -> None:
        """Add a worker or replace what is known of one; inactive ones never match.

        Raises ValueError for a zone that does not exist, changing nothing.
        """
        self.put_workers([self.pack_worker(supply(facts), self.names.intern)])

    def put_workers(self, packed: Sequence[Run]) -> None:
        """The same of many at once, packed."""
        self.workers.put(self.find_workers(packed))

    def find_workers(self, packed: Sequence[Run]) -> Found:
        """What `workers.put` takes, with all looked up that can be while readers go
        on; only whoever writes may ask."""
        return self.workers.find(batch_of(WORKER, packed), self._slots())

    def drop_worker(self, id: UUID) -> bool:
        """Forget a worker; False if the index did not hold one of that id."""
        return self.workers.drop(id)

    def put_posting(self, facts: PostingFacts) -> None:
        """Add or replace an open posting; the caller drops it when it closes.

        Raises ValueError for a zone that does not exist, changing nothing.
        """
        self.put_postings([self.pack_posting(facts, self.names.intern)])

    def put_postings(self, packed: Sequence[Run]) -> None:
        self.postings.put(self.find_postings(packed))

    def find_postings(self, packed: Sequence[Run]) -> Found:
        """As `find_workers`."""
        return self.postings.find(batch_of(POSTING, packed), self._slots())

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

    def zones_door(self, now: datetime) -> Door:
        """Take last: packing a row may add a zone or a year."""
        self._cover_weeks_after(now)
        return self.zones.door()

    def zone_arrays(self, now: datetime) -> ZoneArrays:
        """The same, for what is handed arrays."""
        self._cover_weeks_after(now)
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

    def _cover_weeks_after(self, now: datetime) -> None:
        minute = floor_minute(now)
        self.zones.cover(minute - 2 * DAY, minute + 3 * WEEK)

    def _slots(self) -> int:
        return int(FIRST_SKILL) + self.names.count("skill")


def _alone(kind: Any, *packed: Run) -> Table:
    return Table(*batch_of(kind, packed))
