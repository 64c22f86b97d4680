"""The index: every active worker and open posting as facts and as columns.

One thread uses an index at a time, for reading and for writing. The kernels release
the GIL, so other threads run meanwhile, but they must leave this index alone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from services.matching.engine.clock import DAY, WEEK, floor_minute
from services.matching.engine.columns import Columns, Packed
from services.matching.engine.facts import PostingFacts, WorkerFacts
from services.matching.engine.names import Names, Number
from services.matching.engine.posting_columns import (
    PostingArrays,
    cover_period,
    pack_posting,
    posting_columns,
)
from services.matching.engine.taxonomy import RelatedSkills
from services.matching.engine.worker_columns import (
    WorkerArrays,
    pack_worker,
    worker_columns,
)
from services.matching.engine.zones import ZoneArrays, Zones

Facts = TypeVar("Facts", WorkerFacts, PostingFacts)


class Table(Generic[Facts]):
    """Facts by id, and the column row that each has."""

    def __init__(
        self, columns: Columns, pack: Callable[[Facts, Number], Packed]
    ) -> None:
        self.columns = columns
        self._pack: Callable[[Facts, Number], Packed] = pack
        self._facts: dict[UUID, Facts] = {}
        self._rows: dict[UUID, int] = {}
        self._ids: list[UUID] = []

    def put(self, facts: Facts, number: Number) -> None:
        """Add or replace; ValueError, changing nothing, for what cannot be packed."""
        fixed, runs = self._pack(facts, number)
        row = self._rows.get(facts.id)
        if row is None:
            row = self._rows[facts.id] = self.columns.add(fixed, runs)
            self._ids[row : row + 1] = [facts.id]
        else:
            self.columns.replace(row, fixed, runs)
        self._facts[facts.id] = facts

    def drop(self, id: UUID) -> bool:
        """Remove; False if it was not there."""
        row = self._rows.pop(id, None)
        if row is None:
            return False
        self.columns.drop(row)
        del self._facts[id]
        return True

    def get(self, id: UUID) -> Facts | None:
        return self._facts.get(id)

    def at(self, row: int) -> Facts:
        return self._facts[self._ids[row]]

    def __len__(self) -> int:
        return len(self._facts)


class Index:
    def __init__(self, related: RelatedSkills) -> None:
        self.related = related
        self._names = Names()
        self._zones = Zones()
        self.workers = Table(worker_columns(), self._pack_worker)
        self.postings = Table(posting_columns(), self._pack_posting)

    def put_worker(self, facts: WorkerFacts) -> None:
        """Add a worker or replace what is known of one; inactive ones never match.

        Raises ValueError for a zone that does not exist, changing nothing.
        """
        self.workers.put(facts, self._names.intern)

    def drop_worker(self, id: UUID) -> bool:
        """Forget a worker; False if the index did not hold one of that id."""
        return self.workers.drop(id)

    def put_posting(self, facts: PostingFacts) -> None:
        """Add or replace an open posting; the caller drops it when it closes.

        Raises ValueError for a zone that does not exist, changing nothing.
        """
        self.postings.put(facts, self._names.intern)

    def drop_posting(self, id: UUID) -> bool:
        """Forget a posting; False if the index did not hold one of that id."""
        return self.postings.drop(id)

    def worker(self, id: UUID) -> WorkerFacts | None:
        return self.workers.get(id)

    def posting(self, id: UUID) -> PostingFacts | None:
        return self.postings.get(id)

    @property
    def worker_count(self) -> int:
        return len(self.workers)

    @property
    def posting_count(self) -> int:
        return len(self.postings)

    def worker_arrays(self) -> WorkerArrays:
        return WorkerArrays(*self.workers.columns.arrays())

    def posting_arrays(self) -> PostingArrays:
        return PostingArrays(*self.postings.columns.arrays())

    def zone_arrays(self, now: datetime) -> ZoneArrays:
        """Take last: packing a row may add a zone or a year."""
        minute = floor_minute(now)
        self._zones.cover(minute - 2 * DAY, minute + 3 * WEEK)
        return self._zones.arrays()

    def worker_alone(self, facts: WorkerFacts) -> WorkerArrays:
        """One worker as columns beside the index, as row 0.

        Names that no posting of the index carries stay unknown and match nothing.
        """
        columns = worker_columns()
        columns.add(*self._pack_worker(facts, self._names.find))
        return WorkerArrays(*columns.arrays())

    def posting_alone(self, facts: PostingFacts) -> PostingArrays:
        """One posting as columns beside the index, as row 0."""
        columns = posting_columns()
        columns.add(*self._pack_posting(facts, self._names.find))
        return PostingArrays(*columns.arrays())

    def _pack_worker(self, facts: WorkerFacts, number: Number) -> Packed:
        return pack_worker(facts, number, self._zones)

    def _pack_posting(self, facts: PostingFacts, number: Number) -> Packed:
        packed = pack_posting(facts, self.related, number, self._zones)
        cover_period(facts, self._zones)
        return packed
