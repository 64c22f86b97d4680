"""What a batch will find, looked up before readers are kept out.

Only a writer changes the index, so what the one writer finds stays as it was found
until it writes. Where each of a changed worker's entries stands is found for many at a
time, step by step: the next step's memory is fetched while the others take this one.
Looking up takes longer than writing, and so costs readers nothing.

Whoever must be put in order, one after the other, is left: new ones, those whose
entries move, those named before in the batch. Their memory has been fetched.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.buckets import LON as EAST
from services.matching.engine.buckets import PAGE, ROW, WIDTH, Buckets
from services.matching.engine.either import (
    change_of,
    list_entries,
    most_entries,
    sign_of,
)
from services.matching.engine.entry_changes import ADD, NOTHING, REWRITE
from services.matching.engine.ids import EMPTY, find_row, home
from services.matching.engine.layout import Table, prefetch, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.space import NONE
from services.matching.engine.standing import BITS, LON, SLOT, STRIP, new_standing

AT_ONCE = 32  # rows whose memory is fetched together
LISTED = 2_048  # entries that are found together, of those rows
ENTRIES = 16  # found for each of a batch, on average; what is beyond is left
LINE = 64  # bytes
ENTRIES_A_LINE = 4
FETCHED = 32  # entries of a bucket behind one that goes or comes


class Ahead(NamedTuple):
    """Of each of a batch: its row, what its entries need, and their signature.

    Those that are only rewritten are at `places[ends[i] : ends[i + 1]]`, and get
    `bits`. `seen` are the rows named so far, by open addresses; the rest is for the
    entries that are being found.
    """

    rows: NDArray[Any]
    changes: NDArray[Any]
    signs: NDArray[Any]
    ends: NDArray[Any]
    places: NDArray[Any]
    bits: NDArray[Any]
    seen: NDArray[Any]
    spans: NDArray[Any]
    standing: NDArray[Any]
    lows: NDArray[Any]
    highs: NDArray[Any]
    stops: NDArray[Any]


def new_ahead(count: int) -> Ahead:
    """Room for what is found of so many."""
    size = 1 << (2 * count).bit_length()
    return Ahead(
        rows=np.empty(count, np.int32),
        changes=np.empty(count, np.int8),
        signs=np.empty(count, np.uint64),
        ends=np.zeros(count + 1, np.int64),
        places=np.empty(ENTRIES * count, np.int64),
        bits=np.empty(ENTRIES * count, np.int32),
        seen=np.full(size, EMPTY, np.int32),
        spans=np.zeros(AT_ONCE + 1, np.int64),
        standing=new_standing(LISTED),
        lows=np.empty(LISTED, np.int64),
        highs=np.empty(LISTED, np.int64),
        stops=np.empty(LISTED, np.int64),
    )


@compiled
def look_ahead(
    batch: Any, words: Any, table: Table, slots: Any, buckets: Buckets, ahead: Ahead
) -> None:
    """Fill `ahead` of a batch of rows and their words."""
    rows, i4 = table
    for first in range(0, len(batch), AT_ONCE):
        end = min(first + AT_ONCE, len(batch))
        _find_rows(batch, first, end, rows, i4, slots, ahead)
        listed = whole(0)
        for number in range(first, end):
            new, row = batch[number], whole(ahead.rows[number])
            change = ADD
            if row != EMPTY and not _was_named(ahead.seen, row):
                change = change_of(new, words, rows[row], i4)
            ahead.changes[number] = change
            ahead.spans[number - first] = listed
            if change == NOTHING:
                continue
            ahead.signs[number] = sign_of(new, words)
            most = most_entries(new)
            if row != EMPTY:
                most += most_entries(rows[row])
            if listed + most > len(ahead.standing):
                ahead.changes[number] = ADD
                continue
            if change == ADD and row != EMPTY:
                listed = list_entries(rows[row], i4, row, ahead.standing, listed)
            listed = list_entries(new, words, row, ahead.standing, listed)
        ahead.spans[end - first] = listed
        _find_buckets(buckets, ahead, listed)
        _find_longitudes(buckets, ahead, listed)
        for number in range(first, end):
            at, to = ahead.spans[number - first], ahead.spans[number - first + 1]
            _note(buckets, ahead, number, at, to)


@inlined
def _find_rows(
    batch: Any, first: int, end: int, rows: Any, words: Any, slots: Any, ahead: Ahead
) -> None:
    for number in range(first, end):
        prefetch(slots, home(slots, batch[number].id_high, batch[number].id_low), 0)
    for number in range(first, end):
        row = slots[home(slots, batch[number].id_high, batch[number].id_low)]
        if row != EMPTY:
            prefetch(rows, whole(row), 0)
            prefetch(rows, whole(row), LINE)
    for number in range(first, end):
        row = find_row(slots, rows, batch[number].id_high, batch[number].id_low)
        ahead.rows[number] = row
        if row != EMPTY:
            for beyond in range(0, 4 * LINE, LINE):
                prefetch(words, whole(rows[row].at), beyond)


@inlined
def _was_named(seen: Any, row: int) -> bool:
    """Whether a row was named before; it has been now."""
    last = len(seen) - 1
    place = (row * 40_503) & last
    while seen[place] != EMPTY:
        if seen[place] == row:
            return True
        place = (place + 1) & last
    seen[place] = row
    return False


@inlined
def _find_buckets(buckets: Buckets, ahead: Ahead, count: int) -> None:
    """The runs of the buckets where the listed ones stand, or are to stand; an empty
    one where there is no bucket yet."""
    pages, leaves, heads = buckets.pages, buckets.leaves, buckets.heads
    standing, found = ahead.standing, ahead.lows
    for i in range(count):
        slot, page = standing[i, SLOT], standing[i, STRIP] // PAGE
        found[i] = NONE
        if slot < len(pages) and pages[slot, page] != NONE:
            found[i] = pages[slot, page]
            prefetch(leaves, found[i], 4 * (standing[i, STRIP] % PAGE))
    for i in range(count):
        if found[i] != NONE:
            found[i] = leaves[found[i]].buckets[standing[i, STRIP] % PAGE]
            if found[i] != NONE:
                prefetch(heads, found[i], 0)
    for i in range(count):
        begin, end = whole(0), whole(0)
        if found[i] != NONE:
            begin = heads[found[i]].start
            end = begin + heads[found[i]].count
            prefetch(buckets.entries, (begin + end) // 2 * WIDTH, 0)
        ahead.lows[i], ahead.highs[i], ahead.stops[i] = begin, end, end


@inlined
def _find_longitudes(buckets: Buckets, ahead: Ahead, count: int) -> None:
    """Halve all the runs in turn, until each is the first place not west of where it
    is looked for."""
    entries, standing = buckets.entries, ahead.standing
    going = True
    while going:
        going = False
        for i in range(count):
            low, high = ahead.lows[i], ahead.highs[i]
            if low < high:
                middle = (low + high) // 2
                if entries[middle, EAST] < standing[i, LON]:
                    low = middle + 1
                else:
                    high = middle
                ahead.lows[i], ahead.highs[i] = low, high
                prefetch(entries, (low + high) // 2 * WIDTH, 0)
                going = True


@inlined
def _note(buckets: Buckets, ahead: Ahead, number: int, at: int, to: int) -> None:
    """Note the places of those that are rewritten; fetch what the others move."""
    ended = ahead.ends[number]
    ahead.ends[number + 1] = ended
    if ahead.changes[number] == REWRITE:
        if ended + to - at > len(ahead.places):
            ahead.changes[number] = ADD
            return
        for i in range(at, to):
            place = ahead.lows[i]
            while buckets.entries[place, ROW] != ahead.rows[number]:
                place += 1
            prefetch(buckets.signs, place, 0)
            ahead.places[ended + i - at] = place
            ahead.bits[ended + i - at] = np.int32(ahead.standing[i, BITS])
        ahead.ends[number + 1] = ended + to - at
    else:
        for i in range(at, to):
            low = ahead.lows[i]
            for place in range(low, min(ahead.stops[i], low + FETCHED), ENTRIES_A_LINE):
                prefetch(buckets.entries, place * WIDTH, 0)
                prefetch(buckets.signs, place, 0)
