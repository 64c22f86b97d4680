"""Workers and postings put into the tables and the buckets, and taken out: natively.

A batch is packed rows and one array of their words (`at` says where in it). What has no
room yet stops the batch; the caller makes room and goes on from there. Readers are kept
out meanwhile (see `gate`), so whatever can be looked up before has been (see `ahead`).
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.ahead import Ahead
from services.matching.engine.buckets import (
    BITS,
    USED_BUCKETS,
    USED_LEAVES,
    Buckets,
    Room,
    bucket_at,
    delete,
    entry_of,
    insert,
    most_taken,
)
from services.matching.engine.either import (
    change_of,
    list_entries,
    most_entries,
    settle,
    sign_of,
    words_of,
)
from services.matching.engine.entry_changes import ADD, NOTHING
from services.matching.engine.ids import EMPTY, add_row, drop_row, find_row
from services.matching.engine.layout import Table, prefetch, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.space import (
    CELLS,
    LENGTHS,
    Space,
    give_back,
    length_class,
    scrub,
    take,
)
from services.matching.engine.standing import BITS as NEW_BITS
from services.matching.engine.standing import LAT, LON, SLOT, STRIP

STEP = CELLS  # words
SOON = 8  # rows ahead whose memory is fetched


class Shelf(NamedTuple):
    """One kind of entity: its table, which row an id has, and the space of its words.

    `counts` are: rows used, free rows, rows held, held and live.
    """

    table: Table
    slots: NDArray[Any]
    space: Space
    free_rows: NDArray[Any]
    counts: NDArray[Any]


ROWS, FREE, HELD, LIVE = range(4)


@compiled
def put_found(
    batch: Any, words: Any, start: int, shelf: Shelf, into: Buckets, ahead: Ahead
) -> int:
    """Put those of the batch from `start` on whose entries stay where they are; the
    number of the first for which there is no room, or the batch's length."""
    rows = shelf.table.rows
    for number in range(start, len(batch)):
        soon = number + SOON
        if soon < len(batch) and ahead.rows[soon] != EMPTY:
            prefetch(rows, whole(ahead.rows[soon]), 0)
            prefetch(rows, whole(ahead.rows[soon]), 64)
        if ahead.changes[number] == ADD:
            continue
        new, row = batch[number], whole(ahead.rows[number])
        length = words_of(new)
        if not has_place(shelf, length):
            return number
        keep_run(shelf, row, new, words, length, words_of(rows[row]))
        for i in range(ahead.ends[number], ahead.ends[number + 1]):
            place = ahead.places[i]
            into.entries[place, BITS] = ahead.bits[i]
            into.signs[place] = ahead.signs[number]
    return len(batch)


@compiled
def put_others(
    batch: Any,
    words: Any,
    start: int,
    shelf: Shelf,
    into: Buckets,
    room: Room,
    ahead: Ahead,
    note: Any,
) -> int:
    """Put the rest of the batch from `start` on, in their order; as `put_found`."""
    rows = shelf.table.rows
    for number in range(start, len(batch)):
        if ahead.changes[number] != ADD:
            continue
        new = batch[number]
        length, entries = words_of(new), most_entries(new)
        row = find_row(shelf.slots, rows, new.id_high, new.id_low)
        if row != EMPTY:
            entries += most_entries(rows[row])
        fits = entries <= len(note) and has_room(into, room, entries)
        if not fits or not has_place(shelf, length):
            return number
        change, before = ADD, 0
        if row == EMPTY:
            row = new_row(shelf, new)
        else:
            old = rows[row]
            before = words_of(old)
            # named before in this batch, it may have changed since it was looked up
            change = change_of(new, words, old, shelf.table.words)
            if change == ADD:
                remove_all(into, room, note, shelf.table, row)
            shelf.counts[LIVE] += whole(new.live) - whole(old.live)
        keep_run(shelf, row, new, words, length, before)
        if change == ADD:
            settle(rows[row], shelf.table.words, into)
            add_all(into, room, note, shelf.table, row)
        elif change != NOTHING:
            rewrite_all(into, note, shelf.table, row)
    return len(batch)


@compiled
def drop(row: int, shelf: Shelf, buckets: Buckets, room: Room, note: Any) -> None:
    """Take out the entity of a row; the caller scrubs the row."""
    remove_all(buckets, room, note, shelf.table, row)
    forget(shelf, row, words_of(shelf.table.rows[row]))


@inlined
def add_all(buckets: Buckets, room: Room, note: Any, table: Table, row: int) -> None:
    entity = table.rows[row]
    sign = sign_of(entity, table.words)
    for i in range(list_entries(entity, table.words, row, note, 0)):
        insert(
            buckets,
            room,
            note[i, SLOT],
            note[i, STRIP],
            note[i, LAT],
            note[i, LON],
            row,
            note[i, NEW_BITS],
            sign,
        )


@inlined
def remove_all(buckets: Buckets, room: Room, note: Any, table: Table, row: int) -> None:
    for i in range(list_entries(table.rows[row], table.words, row, note, 0)):
        delete(buckets, room, note[i, SLOT], note[i, STRIP], note[i, LON], row)


@inlined
def rewrite_all(buckets: Buckets, note: Any, table: Table, row: int) -> None:
    """Write bits and signature anew where nothing else has changed."""
    entity = table.rows[row]
    sign = sign_of(entity, table.words)
    for i in range(list_entries(entity, table.words, row, note, 0)):
        bucket = bucket_at(buckets, note[i, SLOT], note[i, STRIP])
        place = entry_of(buckets, bucket, note[i, LON], row)
        buckets.entries[place, BITS] = np.int32(note[i, NEW_BITS])
        buckets.signs[place] = sign


@inlined
def has_room(buckets: Buckets, room: Room, entries: int) -> bool:
    """Whether so many entries can surely come and go, wherever that is."""
    used = room.used
    return (
        room.space.ends[0] + most_taken(room, entries) <= len(buckets.entries)
        and used[USED_BUCKETS] + entries <= len(buckets.heads)
        and used[USED_LEAVES] + entries <= len(buckets.leaves)
    )


@inlined
def run_class(length: int) -> int:
    """The class of a run of words; they are given out by STEP, so stay aligned."""
    return length_class((length + STEP - 1) // STEP)


@inlined
def has_place(shelf: Shelf, length: int) -> bool:
    used = shelf.space.ends[0] + LENGTHS[run_class(length)]
    return (
        STEP * used <= len(shelf.table.words)
        and shelf.counts[ROWS] < len(shelf.table.rows)
        and 2 * (shelf.counts[HELD] + 1) <= len(shelf.slots)
    )


@inlined
def new_row(shelf: Shelf, packed: Any) -> int:
    """A row for one not held before; `keep_run` fills it."""
    counts = shelf.counts
    if counts[FREE] > 0:
        counts[FREE] -= 1
        row = whole(shelf.free_rows[counts[FREE]])
    else:
        row = counts[ROWS]
        counts[ROWS] = row + 1
    counts[HELD] += 1
    counts[LIVE] += packed.live
    rows = shelf.table.rows
    rows[row].id_high, rows[row].id_low = packed.id_high, packed.id_low
    add_row(shelf.slots, rows, row)
    return row


@inlined
def keep_run(
    shelf: Shelf, row: int, packed: Any, words: Any, length: int, before: int
) -> None:
    """Copy a packed row and its run; `before` is how long the row's run was."""
    rows, i4 = shelf.table.rows, shelf.table.words
    at = rows[row].at
    kind, kind_before = run_class(length), run_class(before)
    kept = before > 0 and length > 0 and kind_before == kind
    if kept:
        scrub(i4, at + length, at + before)
    elif before > 0:
        scrub(i4, at, at + before)
        give_back(shelf.space, i4, at // STEP, kind_before)
    if length > 0 and not kept:
        at = take(shelf.space, i4, kind) * STEP
    for place in range(length):
        i4[at + place] = words[packed.at + place]
    rows[row] = packed
    rows[row].at = at


@inlined
def forget(shelf: Shelf, row: int, length: int) -> None:
    """Free a row and its run; the caller scrubs the row."""
    rows, counts = shelf.table.rows, shelf.counts
    drop_row(shelf.slots, rows, row)
    if length > 0:
        i4, at = shelf.table.words, rows[row].at
        scrub(i4, at, at + length)
        give_back(shelf.space, i4, at // STEP, run_class(length))
    counts[HELD] -= 1
    counts[LIVE] -= rows[row].live
    rows[row].held = False
    rows[row].live = False
    shelf.free_rows[counts[FREE]] = row
    counts[FREE] += 1
