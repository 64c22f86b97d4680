"""Covering buckets: for every (slot, strip) the entries that stand there, by longitude.

A slot is a skill, or EVERYONE, or ASKS_NONE. An entry says where somebody is and what
rejects most of them without a look at their row (`bits`, and a signature of skills). A
slot's strips stand in pages, and only pages with entries exist.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.layout import I2, I4, I8, U2, U8, move, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.space import (
    CELLS,
    LENGTHS,
    NONE,
    Space,
    give_back,
    length_class,
    new_space,
    scrub,
    take,
    with_places,
)
from services.matching.engine.strips import PLACELESS, lowest

EVERYONE = whole(0)
ASKS_NONE = whole(1)
FIRST_SKILL = whole(2)

PAGE = 32
PAGES = int(PLACELESS) // PAGE + 1
WIDTH = CELLS

LAT, LON, ROW, BITS = range(WIDTH)


# a bucket has `count` entries from `start` on, in a run of class `kind` that begins
# `before` places earlier
HEAD = np.dtype([("start", I8), ("count", I4), ("kind", I2), ("before", U2)])
MOST_BEFORE = 65_535
# a page has its strips' buckets, and `weight` entries in all
LEAF = np.dtype([("buckets", I4, (PAGE,)), ("weight", I4)])


class Buckets(NamedTuple):
    """`entries[i]` is (lat, lon, row, bits) and `signs[i]` its signature.

    `pages[slot, strip // PAGE]` names a leaf, that a bucket, and its head the entries.
    """

    entries: NDArray[Any]
    signs: NDArray[Any]
    heads: NDArray[Any]
    pages: NDArray[Any]
    leaves: NDArray[Any]


class Room(NamedTuple):
    """What a writer needs beside: where there is room.

    `links` are the cells of the entries. `used` counts buckets, leaves, the most
    entries that a bucket ever had, and the free buckets, which are in `free_buckets`;
    last is one more than the first free leaf, whose first bucket says the next.
    """

    links: NDArray[Any]
    space: Space
    used: NDArray[Any]
    free_buckets: NDArray[Any]


USED_BUCKETS, USED_LEAVES, LARGEST, FREED, FREE_LEAF = range(5)


def aligned(shape: tuple[int, ...], kind: Any) -> NDArray[Any]:
    """Zeros that start on a cache line."""
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    raw = np.zeros(size + 64, np.uint8)
    shift = -raw.ctypes.data % 64
    return raw[shift : shift + size].view(kind).reshape(shape)


def new_buckets() -> tuple[Buckets, Room]:
    entries = aligned((1024, WIDTH), I4)
    buckets = Buckets(
        entries,
        aligned((1024,), U8),
        np.zeros(256, HEAD),
        np.full((FIRST_SKILL, PAGES), NONE, I4),
        np.zeros(16, LEAF),
    )
    return buckets, Room(
        entries.reshape(-1), new_space(len(entries)), np.zeros(5, I8), np.zeros(256, I4)
    )


@inlined
def bucket_at(buckets: Buckets, slot: int, strip: int) -> int:
    """The bucket of a strip, or NONE."""
    if slot >= len(buckets.pages):
        return NONE
    page = buckets.pages[slot, strip // PAGE]
    return NONE if page == NONE else buckets.leaves[page].buckets[strip % PAGE]


@compiled
def weight_between(buckets: Buckets, slot: int, first: int, last: int) -> int:
    """About how many entries a slot has in the strips `first` to `last`: at least."""
    if slot >= len(buckets.pages):
        return 0
    total = 0
    for number in range(first // PAGE, last // PAGE + 1):
        page = buckets.pages[slot, number]
        if page != NONE:
            total += buckets.leaves[page].weight
    return total


@inlined
def most_taken(room: Room, changes: int) -> int:
    """At most so many places are taken from the unused by so many inserts and deletes.

    Each moves at most one bucket, of LARGEST or less; all together move no more than
    there is.
    """
    each = changes * (2 * room.used[LARGEST] + 64)
    return min(each, 2 * room.space.ends[0] + 64 * changes)


@compiled
def insert(
    buckets: Buckets,
    room: Room,
    slot: int,
    strip: int,
    lat: int,
    lon: int,
    row: int,
    bits: int,
    sign: np.uint64,
) -> None:
    """Add an entry; whoever calls has made sure that there is room.

    Whatever is on its shorter side makes way, if there is room there.
    """
    number = whole(buckets.pages[slot, strip // PAGE])
    if number == NONE:
        number = new_leaf(buckets, room)
        buckets.pages[slot, strip // PAGE] = number
    leaf = buckets.leaves[number]
    bucket = whole(leaf.buckets[strip % PAGE])
    if bucket == NONE:
        bucket = new_bucket(room)
        buckets.heads[bucket].count = 0
        leaf.buckets[strip % PAGE] = bucket
    leaf.weight += 1
    head = buckets.heads[bucket]
    count = whole(head.count)
    if count == 0 or count == LENGTHS[head.kind]:
        resize(buckets, room, bucket, length_class(count + 1))
    at = head.start
    place = lowest(buckets.entries, at, at + count, lon)
    entries, signs = buckets.entries, buckets.signs
    left, right = place - at, at + count - place
    full = head.before + count == LENGTHS[head.kind]
    if head.before > 0 and (full or left < right):
        place -= 1
        move_entries(buckets, at - 1, at, left)
        head.start = at - 1
        head.before -= 1
    else:
        move_entries(buckets, place + 1, place, right)
    entries[place, LAT] = lat
    entries[place, LON] = lon
    entries[place, ROW] = row
    entries[place, BITS] = np.int32(bits)
    signs[place] = sign
    head.count = count + 1
    room.used[LARGEST] = max(room.used[LARGEST], count + 1)


@inlined
def move_entries(buckets: Buckets, to: int, at: int, count: int) -> None:
    move(buckets.entries, WIDTH * to, WIDTH * at, WIDTH * count)
    move(buckets.signs, to, at, count)


@inlined
def entry_of(buckets: Buckets, bucket: int, lon: int, row: int) -> int:
    """Where a row's entry is in a bucket; it is there."""
    at = buckets.heads[bucket].start
    place = lowest(buckets.entries, at, at + buckets.heads[bucket].count, lon)
    while buckets.entries[place, ROW] != row:
        place += 1
    return place


@compiled
def delete(
    buckets: Buckets, room: Room, slot: int, strip: int, lon: int, row: int
) -> None:
    """Take out an entry that is there; a bucket half empty moves to a shorter run if
    there is one."""
    number = whole(buckets.pages[slot, strip // PAGE])
    leaf = buckets.leaves[number]
    bucket = whole(leaf.buckets[strip % PAGE])
    head = buckets.heads[bucket]
    count = whole(head.count) - 1
    place = entry_of(buckets, bucket, lon, row)
    at = head.start
    left, right = place - at, at + count - place
    if left < right and head.before < MOST_BEFORE:
        move_entries(buckets, at + 1, at, left)
        clear(buckets, room, at, at + 1)
        head.start = at + 1
        head.before += 1
    else:
        move_entries(buckets, place, place + 1, right)
        clear(buckets, room, at + count, at + count + 1)
    leaf.weight -= 1
    head.count = count
    if count == 0:
        give_back(room.space, room.links, head.start - head.before, head.kind)
        leaf.buckets[strip % PAGE] = NONE
        room.free_buckets[room.used[FREED]] = bucket
        room.used[FREED] += 1
        if leaf.weight == 0:
            leaf.buckets[0] = room.used[FREE_LEAF] - 1
            room.used[FREE_LEAF] = number + 1
            buckets.pages[slot, strip // PAGE] = NONE
    elif 2 * count < LENGTHS[head.kind]:
        kind = length_class(count + count // 8)
        if kind < head.kind and has_run(buckets, room, kind):
            resize(buckets, room, bucket, kind)


@inlined
def has_run(buckets: Buckets, room: Room, kind: int) -> bool:
    """Whether a run of class `kind` can be had without more room being made."""
    space = room.space
    end = space.ends[0] + LENGTHS[kind]
    return space.heads[kind] != NONE or end <= len(buckets.entries)


@inlined
def clear(buckets: Buckets, room: Room, at: int, end: int) -> None:
    scrub(room.links, WIDTH * at, WIDTH * end)
    scrub(buckets.signs, at, end)


@inlined
def new_bucket(room: Room) -> int:
    used = room.used
    if used[FREED] > 0:
        used[FREED] -= 1
        return whole(room.free_buckets[used[FREED]])
    bucket = used[USED_BUCKETS]
    used[USED_BUCKETS] = bucket + 1
    return bucket


@inlined
def new_leaf(buckets: Buckets, room: Room) -> int:
    used, leaves = room.used, buckets.leaves
    number = whole(used[FREE_LEAF]) - 1
    if number == NONE:
        number = used[USED_LEAVES]
        used[USED_LEAVES] = number + 1
    else:
        used[FREE_LEAF] = whole(leaves[number].buckets[0]) + 1
    for strip in range(PAGE):
        leaves[number].buckets[strip] = NONE
    leaves[number].weight = 0
    return number


@compiled
def resize(buckets: Buckets, room: Room, bucket: int, kind: int) -> None:
    """Move a bucket to a run of class `kind`; an empty one has had none."""
    head = buckets.heads[bucket]
    run = take(room.space, room.links, kind)
    before = min((LENGTHS[kind] - head.count) // 2, MOST_BEFORE)
    to = run + before
    if head.count > 0:
        at = head.start
        move_entries(buckets, to, at, whole(head.count))
        clear(buckets, room, at, at + head.count)
        give_back(room.space, room.links, at - head.before, head.kind)
    head.start = to
    head.before = before
    head.kind = kind


def grown(
    buckets: Buckets, room: Room, inserts: int, slots: int
) -> tuple[Buckets, Room]:
    """The same with room for `inserts` more entries wherever they go, and `slots`."""
    used = room.used
    begun = int(room.space.ends[0])
    needed = begun + most_taken(room, inserts)
    entries = _longer(buckets.entries, begun, needed, 1.25)
    held = int(used[USED_BUCKETS])
    leaves = int(used[USED_LEAVES])
    pages = _longer(buckets.pages, len(buckets.pages), slots, 1.25)
    pages[len(buckets.pages) :] = NONE
    return (
        Buckets(
            entries,
            _longer(buckets.signs, begun, len(entries), 1.0),
            _longer(buckets.heads, held, held + inserts, 1.25),
            pages,
            _longer(buckets.leaves, leaves, leaves + inserts, 1.25),
        ),
        Room(
            entries.reshape(-1),
            with_places(room.space, len(entries)),
            used,
            _longer(room.free_buckets, int(used[FREED]), held + inserts, 1.25),
        ),
    )


def _longer(array: NDArray[Any], used: int, needed: int, factor: float) -> NDArray[Any]:
    """At least `needed` long, and if longer than now then by the factor at least; only
    the first `used` are copied, for what nobody has written yet takes no memory."""
    if needed <= len(array):
        return array
    size = max(needed, int(len(array) * factor) + 1)
    longer = aligned((size, *array.shape[1:]), array.dtype)
    longer[:used] = array[:used]
    return longer
