"""All workers, or all postings, of an index: what holds them, and the room for more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.ahead import Ahead, look_ahead, new_ahead
from services.matching.engine.buckets import (
    Buckets,
    Room,
    aligned,
    grown,
    new_buckets,
)
from services.matching.engine.doors import door_of
from services.matching.engine.ids import EMPTY, add_all_rows, find_row, new_slots
from services.matching.engine.keeping import (
    HELD,
    LIVE,
    ROWS,
    STEP,
    Shelf,
    drop,
    put_found,
    put_others,
)
from services.matching.engine.layout import Run, Table
from services.matching.engine.native import Settled
from services.matching.engine.space import new_space, with_places
from services.matching.engine.standing import new_standing

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


class Found(NamedTuple):
    """A batch, and what was looked up for it `changes` changes into a side's life."""

    batch: Batch
    slots: int
    ahead: Ahead
    changes: int


class Side:
    """All of one kind: the shelf they lie on and the buckets they are found in."""

    def __init__(self, kind: Any, entries: Callable[[Any], int]) -> None:
        self.kind = kind
        self.hold(_new_shelf(kind), *new_buckets())
        self._note = new_standing(64)
        self._nobody = np.zeros((), kind)
        self._look_ahead = Settled(look_ahead)
        self._put_found = Settled(put_found)
        self._put_others = Settled(put_others)
        self._drop = Settled(drop)
        self._find = Settled(find_row)
        self._changes = 0
        self._entries = entries

    def hold(self, shelf: Shelf, buckets: Buckets, room: Room) -> None:
        """From now on these are its arrays."""
        self.shelf, self.buckets, self.room = shelf, buckets, room
        self.door = door_of(*shelf.table, *buckets)

    def find(self, batch: Batch, slots: int) -> Found:
        """Look up what putting a batch takes; `slots` is how many slots of buckets
        there may be now. Changes nothing."""
        ahead = new_ahead(len(batch.rows))
        table = self.shelf.table
        self._look_ahead(*batch, table, self.shelf.slots, self.buckets, ahead)
        return Found(batch, slots, ahead, self._changes)

    def put(self, found: Found) -> None:
        """Add or replace all of a batch."""
        batch, slots, ahead, changes = found
        count = len(batch.rows)
        if not count:
            return
        if changes != self._changes:  # what was found may have moved since
            ahead = self.find(batch, slots).ahead
        self._changes += 1
        if slots > len(self.buckets.pages):
            self.hold(self.shelf, *grown(self.buckets, self.room, 0, slots))
        done = 0
        while True:
            done = self._put_found(*batch, done, self.shelf, self.buckets, ahead)
            if done == count:
                break
            self._make_room(batch.rows[done])
        done = 0
        while True:
            done = self._put_others(
                *batch, done, self.shelf, self.buckets, self.room, ahead, self._note
            )
            if done == count:
                return
            self._make_room(batch.rows[done])

    def drop(self, id: UUID) -> bool:
        """Remove; False if it was not there."""
        row = self.row(id)
        if row == EMPTY:
            return False
        self._changes += 1
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
        if entries > len(self._note):
            self._note = new_standing(entries)
        self.hold(
            _grown_shelf(self.shelf, 64 * sum(counts.values()) + 64),
            *grown(self.buckets, self.room, entries, len(self.buckets.pages)),
        )


def _new_shelf(kind: Any) -> Shelf:
    rows = aligned((64,), kind)
    words = aligned((4096,), np.int32)
    counts = np.zeros(4, np.int64)
    return Shelf(
        Table(rows, words),
        new_slots(64),
        new_space(len(words) // STEP),
        np.zeros(64, np.int32),
        counts,
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
    end, space = STEP * int(shelf.space.ends[0]), shelf.space
    if end + words > len(i4):
        size = int(len(i4) * GROWTH) + 2 * words
        wider = aligned((size - size % STEP,), np.int32)
        wider[:end] = i4[:end]
        i4, space = wider, with_places(space, size // STEP)
    return Shelf(Table(rows, i4), slots, space, free_rows, shelf.counts)
