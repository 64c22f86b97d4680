"""Workers and postings put into the tables and the buckets, and taken out: natively.

A batch is packed rows and one array of their words (`at` says where in it). What has no
room yet stops the batch; the caller makes room and goes on from there. Readers are kept
out meanwhile (see `gate`).
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from services.matching.engine.buckets import (
    USED_BUCKETS,
    USED_LEAVES,
    Buckets,
    Room,
    most_taken,
)
from services.matching.engine.entries import (
    Standing,
    add_all,
    is_far,
    list_posting,
    list_worker,
    posting_entries,
    rarest_group,
    remove_all,
    rewrite_all,
    worker_bits,
    worker_entries,
)
from services.matching.engine.ids import EMPTY, add_row, drop_row, find_row
from services.matching.engine.layout import Table, f8_at, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.posting_rows import posting_words
from services.matching.engine.space import (
    LENGTHS,
    Space,
    give_back,
    length_class,
    scrub,
    take,
)
from services.matching.engine.worker_rows import (
    PLACE_WORDS,
    skills_at,
    worker_words,
)

STEP = 4  # words

# what a changed worker's entries need
NOTHING, REWRITE, ADD = 0, 1, 2


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
def put_workers(
    batch: Any,
    words: Any,
    start: int,
    shelf: Shelf,
    into: Buckets,
    room: Room,
    note: Standing,
) -> int:
    """Put the batch from `start` on; the number of the first for which there is no
    room, or the batch's length."""
    rows = shelf.table.rows
    for number in range(start, len(batch)):
        worker = batch[number]
        length, entries = worker_words(worker), worker_entries(worker)
        row = find_row(shelf.slots, rows, worker.id_high, worker.id_low)
        if row != EMPTY:
            entries += worker_entries(rows[row])
        if not has_room(into, room, entries, note) or not has_place(shelf, length):
            return number
        what, before = ADD, 0
        if row == EMPTY:
            row = new_row(shelf, worker)
        else:
            held = rows[row]
            before = worker_words(held)
            what = entry_change(worker, words, held, shelf.table.words)
            if what == ADD:
                count = list_worker(held, shelf.table.words, row, note)
                remove_all(into, room, note, count, row)
            shelf.counts[LIVE] += whole(worker.live) - whole(held.live)
        keep_run(shelf, row, worker, words, length, before)
        if what != NOTHING:
            count = list_worker(rows[row], shelf.table.words, row, note)
            if what == ADD:
                add_all(into, room, note, count, row)
            else:
                rewrite_all(into, note, count, row)
    return len(batch)


@compiled
def drop_worker(
    row: int, shelf: Shelf, buckets: Buckets, room: Room, note: Standing
) -> None:
    worker = shelf.table.rows[row]
    count = list_worker(worker, shelf.table.words, row, note)
    remove_all(buckets, room, note, count, row)
    forget(shelf, row, worker_words(worker))


@compiled
def put_postings(
    batch: Any,
    words: Any,
    start: int,
    shelf: Shelf,
    into: Buckets,
    room: Room,
    note: Standing,
) -> int:
    """As `put_workers`. A posting changes seldom: its entries are always made anew."""
    rows = shelf.table.rows
    for number in range(start, len(batch)):
        posting = batch[number]
        length, entries = posting_words(posting), posting_entries(posting)
        row = find_row(shelf.slots, rows, posting.id_high, posting.id_low)
        if row != EMPTY:
            entries += posting_entries(rows[row])
        if not has_room(into, room, entries, note) or not has_place(shelf, length):
            return number
        before = 0
        if row == EMPTY:
            row = new_row(shelf, posting)
        else:
            before = posting_words(rows[row])
            count = list_posting(rows[row], shelf.table.words, row, note)
            remove_all(into, room, note, count, row)
        keep_run(shelf, row, posting, words, length, before)
        rows[row].group = rarest_group(into, rows[row], shelf.table.words)
        count = list_posting(rows[row], shelf.table.words, row, note)
        add_all(into, room, note, count, row)
    return len(batch)


@compiled
def drop_posting(
    row: int, shelf: Shelf, buckets: Buckets, room: Room, note: Standing
) -> None:
    posting = shelf.table.rows[row]
    count = list_posting(posting, shelf.table.words, row, note)
    remove_all(buckets, room, note, count, row)
    forget(shelf, row, posting_words(posting))


@inlined
def has_room(buckets: Buckets, room: Room, entries: int, note: Standing) -> bool:
    """Whether so many entries can surely come and go, wherever that is."""
    used = room.used
    return (
        entries <= len(note.places)
        and room.space.ends[0] + most_taken(room, entries) <= len(buckets.entries)
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
    if before > 0:
        scrub(i4, at, at + before)
        if not kept:
            give_back(shelf.space, i4, STEP, at // STEP, kind_before)
    if length > 0 and not kept:
        at = take(shelf.space, i4, STEP, kind) * STEP
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
        give_back(shelf.space, i4, STEP, at // STEP, run_class(length))
    counts[HELD] -= 1
    counts[LIVE] -= rows[row].live
    rows[row].held = False
    rows[row].live = False
    shelf.free_rows[counts[FREE]] = row
    counts[FREE] += 1


@inlined
def entry_change(new: Any, new_i4: Any, old: Any, old_i4: Any) -> int:
    """What a changed worker's entries need; ADD: all of them anew."""
    if (
        new.live != old.live
        or new.remote != old.remote
        or new.lodging != old.lodging
        or new.places_n != old.places_n
        or new.skills_n != old.skills_n
        or new.places_n > 1
    ):
        return ADD
    if new.places_n == 1 and (
        is_far(new, f8_at(new_i4, new.at + 6)) != is_far(old, f8_at(old_i4, old.at + 6))
    ):
        return ADD
    ours, theirs = skills_at(new), skills_at(old)
    for number in range(new.skills_n):
        if new_i4[ours + number] != old_i4[theirs + number]:
            return ADD
    for cell in range(PLACE_WORDS * new.places_n):
        # where it is, and whether it holds always; a radius is in the bits
        if cell not in (6, 7) and new_i4[new.at + cell] != old_i4[old.at + cell]:
            return ADD
    if new.quarters != old.quarters:
        return REWRITE
    for number in range(-1, whole(new.places_n)):
        if worker_bits(new, new_i4, number) != worker_bits(old, old_i4, number):
            return REWRITE
    return NOTHING
