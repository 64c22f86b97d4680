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

from services.matching.engine.layout import I4, I8, U8
from services.matching.engine.native import compiled, inlined
from services.matching.engine.space import (
    LENGTHS,
    NONE,
    Space,
    give_back,
    length_class,
    new_space,
    take,
)
from services.matching.engine.strips import PLACELESS, lowest

EVERYONE = 0
ASKS_NONE = 1
FIRST_SKILL = 2

PAGE = 32
PAGES = -(-(PLACELESS + 1) // PAGE)
WIDTH = 4

LAT, LON, ROW, BITS = range(WIDTH)


class Buckets(NamedTuple):
    """`entries[i]` is (lat, lon, row, bits) and `signs[i]` its signature.

    Bucket b has `count[b]` of them from `start[b]` on, in a run of class `kind[b]`.
    `pages[slot, strip // PAGE]` is a page, `strips[page]` its buckets, `weight[page]`
    how many entries those have in all. `used` is how many buckets and pages there are.
    """

    entries: NDArray[Any]
    signs: NDArray[Any]
    links: NDArray[Any]
    space: Space
    start: NDArray[Any]
    count: NDArray[Any]
    kind: NDArray[Any]
    pages: NDArray[Any]
    strips: NDArray[Any]
    weight: NDArray[Any]
    used: NDArray[Any]
    free_buckets: NDArray[Any]


def aligned(shape: tuple[int, ...], kind: Any) -> NDArray[Any]:
    """Zeros that start on a cache line."""
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    raw = np.zeros(size + 64, np.uint8)
    shift = -raw.ctypes.data % 64
    return raw[shift : shift + size].view(kind).reshape(shape)


def new_buckets() -> Buckets:
    entries = aligned((1024, WIDTH), I4)
    return Buckets(
        entries,
        aligned((1024,), U8),
        entries.reshape(-1),
        new_space(),
        np.zeros(256, I8),
        np.zeros(256, I4),
        np.zeros(256, I4),
        np.full((FIRST_SKILL, PAGES), NONE, I4),
        np.full((16, PAGE), NONE, I4),
        np.zeros(16, I4),
        np.zeros(4, I8),
        np.zeros(256, I4),
    )


USED_BUCKETS, USED_PAGES, LARGEST, FREED = range(4)


@inlined
def bucket_at(buckets: Buckets, slot: int, strip: int) -> int:
    """The bucket of a strip, or NONE."""
    if slot >= len(buckets.pages):
        return NONE
    page = buckets.pages[slot, strip // PAGE]
    return NONE if page == NONE else buckets.strips[page, strip % PAGE]


@compiled
def weight_between(buckets: Buckets, slot: int, first: int, last: int) -> int:
    """About how many entries a slot has in the strips `first` to `last`: at least."""
    if slot >= len(buckets.pages):
        return 0
    total = 0
    for number in range(first // PAGE, last // PAGE + 1):
        page = buckets.pages[slot, number]
        if page != NONE:
            total += buckets.weight[page]
    return total


@compiled
def insert(
    buckets: Buckets,
    slot: int,
    strip: int,
    lat: int,
    lon: int,
    row: int,
    bits: int,
    sign: np.uint64,
) -> None:
    """Add an entry; `has_room` has said before that there is room."""
    page = buckets.pages[slot, strip // PAGE]
    if page == NONE:
        page = buckets.used[USED_PAGES]
        buckets.used[USED_PAGES] = page + 1
        buckets.pages[slot, strip // PAGE] = page
    bucket = buckets.strips[page, strip % PAGE]
    if bucket == NONE:
        bucket = new_bucket(buckets)
        buckets.strips[page, strip % PAGE] = bucket
    buckets.weight[page] += 1
    count = np.int64(buckets.count[bucket])
    if count == 0 or count == LENGTHS[buckets.kind[bucket]]:
        resize(buckets, bucket, length_class(count + 1))
    at = buckets.start[bucket]
    place = lowest(buckets.entries, at, at + count, lon)
    entries, signs = buckets.entries, buckets.signs
    for i in range(at + count, place, -1):
        entries[i, 0] = entries[i - 1, 0]
        entries[i, 1] = entries[i - 1, 1]
        entries[i, 2] = entries[i - 1, 2]
        entries[i, 3] = entries[i - 1, 3]
        signs[i] = signs[i - 1]
    entries[place, 0] = lat
    entries[place, 1] = lon
    entries[place, 2] = row
    entries[place, 3] = np.int32(bits)
    signs[place] = sign
    buckets.count[bucket] = count + 1
    buckets.used[LARGEST] = max(buckets.used[LARGEST], count + 1)


@inlined
def entry_of(buckets: Buckets, bucket: int, lon: int, row: int) -> int:
    """Where a row's entry is in a bucket; it is there."""
    at = buckets.start[bucket]
    place = lowest(buckets.entries, at, at + buckets.count[bucket], lon)
    while buckets.entries[place, ROW] != row:
        place += 1
    return place


@compiled
def delete(buckets: Buckets, slot: int, strip: int, lon: int, row: int) -> None:
    """Take out an entry that is there; a bucket half empty moves to a shorter run."""
    page = buckets.pages[slot, strip // PAGE]
    bucket = buckets.strips[page, strip % PAGE]
    last = buckets.start[bucket] + buckets.count[bucket] - 1
    entries, signs = buckets.entries, buckets.signs
    for i in range(entry_of(buckets, bucket, lon, row), last):
        entries[i, 0] = entries[i + 1, 0]
        entries[i, 1] = entries[i + 1, 1]
        entries[i, 2] = entries[i + 1, 2]
        entries[i, 3] = entries[i + 1, 3]
        signs[i] = signs[i + 1]
    buckets.weight[page] -= 1
    count = np.int64(buckets.count[bucket]) - 1
    buckets.count[bucket] = count
    if count == 0:
        at, kind = buckets.start[bucket], buckets.kind[bucket]
        give_back(buckets.space, buckets.links, WIDTH, at, kind)
        buckets.strips[page, strip % PAGE] = NONE
        buckets.free_buckets[buckets.used[FREED]] = bucket
        buckets.used[FREED] += 1
    elif 2 * count < LENGTHS[buckets.kind[bucket]]:
        kind = length_class(count + count // 8)
        if kind < buckets.kind[bucket]:
            resize(buckets, bucket, kind)


@inlined
def new_bucket(buckets: Buckets) -> int:
    if buckets.used[FREED] > 0:
        buckets.used[FREED] -= 1
        return np.int64(buckets.free_buckets[buckets.used[FREED]])
    bucket = buckets.used[USED_BUCKETS]
    buckets.used[USED_BUCKETS] = bucket + 1
    return bucket


@compiled
def resize(buckets: Buckets, bucket: int, kind: int) -> None:
    """Move a bucket to a run of class `kind`; an empty one has had none."""
    count = np.int64(buckets.count[bucket])
    to = take(buckets.space, buckets.links, WIDTH, kind)
    if count > 0:
        at = buckets.start[bucket]
        for i in range(count):
            for cell in range(WIDTH):
                buckets.entries[to + i, cell] = buckets.entries[at + i, cell]
            buckets.signs[to + i] = buckets.signs[at + i]
        give_back(buckets.space, buckets.links, WIDTH, at, buckets.kind[bucket])
    buckets.start[bucket] = to
    buckets.kind[bucket] = kind


def grown(buckets: Buckets, inserts: int, slots: int) -> Buckets:
    """The same with room for `inserts` more entries wherever they go, and `slots`."""
    used = buckets.used
    needed = int(buckets.space.ends[0]) + inserts * (
        2 * (int(used[LARGEST]) + inserts) + 64
    )
    entries = _longer(buckets.entries, needed, 1.25)
    count = int(used[USED_BUCKETS]) + inserts
    pages = int(used[USED_PAGES]) + inserts
    return Buckets(
        entries,
        _longer(buckets.signs, len(entries), 1.0),
        entries.reshape(-1),
        buckets.space,
        _longer(buckets.start, count, 1.5),
        _longer(buckets.count, count, 1.5),
        _longer(buckets.kind, count, 1.5),
        _longer(buckets.pages, slots, 1.5, NONE),
        _longer(buckets.strips, pages, 1.5, NONE),
        _longer(buckets.weight, pages, 1.5),
        used,
        _longer(buckets.free_buckets, count, 1.5),
    )


def _longer(
    array: NDArray[Any], needed: int, factor: float, filling: int = 0
) -> NDArray[Any]:
    """At least `needed` long, and if longer than now then by the factor at least."""
    if needed <= len(array):
        return array
    size = max(needed, int(len(array) * factor) + 1)
    longer = aligned((size, *array.shape[1:]), array.dtype)
    longer[: len(array)] = array
    if filling:
        longer[len(array) :] = filling
    return longer
