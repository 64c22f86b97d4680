"""Which entries lie around a point: pieces of the buckets that a circle meets."""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

from services.matching.engine.buckets import PAGE, WIDTH, Buckets, bucket_at
from services.matching.engine.layout import prefetch, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.scratch import LONGEST
from services.matching.engine.strips import (
    FAR,
    HALF_TURN,
    KM_A_MICRO,
    LEAST_COSINE,
    TURN,
    Circle,
    half_width,
    lowest,
)

FEW = 16
"""So many entries are sooner looked at than narrowed down."""


@compiled
def around_it(buckets: Buckets, slot: int, around: Circle, memory: Any) -> int:
    """The pieces of a slot's buckets that a circle meets; how many."""
    rise = KM_A_MICRO * KM_A_MICRO
    if slot >= len(buckets.pages):
        return 0
    met, heads, places = memory.met, buckets.heads, 0
    # memory is asked for in three rounds, not one strip after the other
    for number in range(around.first // PAGE, around.last // PAGE + 1):
        page = buckets.pages[slot, number]
        if page < 0:
            continue
        leaf = buckets.leaves[page]
        low, high = max(around.first - number * PAGE, 0), around.last - number * PAGE
        for place in range(low, min(high, PAGE - 1) + 1):
            bucket = whole(leaf.buckets[place])
            if bucket >= 0:
                prefetch(heads, bucket, 0)
                met[places, 0] = number * PAGE + place
                met[places, 1] = bucket
                places += 1
    for place in range(places):
        head = heads[met[place, 1]]
        middle = head.start + head.count // 2
        prefetch(buckets.entries, middle * WIDTH, 0)
        prefetch(buckets.signs, middle, 0)
    count, lon = 0, around.lon
    over_the_line = crosses(around)
    for place in range(places):
        strip, bucket = whole(met[place, 0]), whole(met[place, 1])
        at = heads[bucket].start
        end = at + heads[bucket].count
        if not around.flat:
            count = piece(memory, count, at, end, 0, rise, 0.0)
            continue
        width = rise * around.cosine * LEAST_COSINE[strip]
        if end - at <= FEW and not over_the_line:
            count = piece(memory, count, at, end, lon, rise, width)
            continue
        half = half_width(around, strip)
        if half < 0:
            continue
        entries = buckets.entries
        west, east = lon - half, lon + half
        low = lowest(entries, at, end, west)
        high = lowest(entries, low, end, east + 1)
        count = piece(memory, count, low, high, lon, rise, width)
        # what lies beyond the antimeridian
        if west < -HALF_TURN:
            low = lowest(entries, at, end, west + TURN)
            count = piece(memory, count, low, end, lon + TURN, rise, width)
        if east > HALF_TURN:
            high = lowest(entries, at, end, east - TURN + 1)
            count = piece(memory, count, at, high, lon - TURN, rise, width)
    return count


@inlined
def crosses(around: Circle) -> bool:
    """Whether a flat circle may reach beyond the antimeridian."""
    cosine = min(LEAST_COSINE[around.first], LEAST_COSINE[around.last])
    widest = around.km * 1.01 / (KM_A_MICRO * cosine) + 2.0
    return abs(around.lon) + widest > HALF_TURN


@compiled
def aside(buckets: Buckets, slot: int, strip: int, memory: Any) -> int:
    """The one piece of those who are looked for in no circle; latitudes alone tell how
    far the FAR are, and nothing the others."""
    bucket = bucket_at(buckets, slot, strip)
    if bucket < 0:
        return 0
    at = buckets.heads[bucket].start
    end = at + buckets.heads[bucket].count
    rise = KM_A_MICRO * KM_A_MICRO if strip == FAR else 0.0
    return piece(memory, 0, at, end, 0, rise, 0.0)


@inlined
def piece(
    memory: Any, count: int, at: int, end: int, lon: int, rise: float, width: float
) -> int:
    if at >= end:
        return count
    memory.ends[count, 0] = at
    memory.ends[count, 1] = end
    memory.ends[count, 2] = lon
    memory.scales[count, 0] = rise
    memory.scales[count, 1] = width
    return count + 1


@inlined
def begin(memory: Any) -> None:
    """Before the first piece; `goes_on` goes through them."""
    memory.piece = -1
    memory.until = memory.end = 0


@inlined
def goes_on(memory: Any, pieces: int) -> bool:
    """On to the next LONGEST entries of so many pieces; False behind the last."""
    memory.at = memory.until
    if memory.at == memory.end:
        memory.piece += 1
        if memory.piece >= pieces:
            return False
        memory.at, memory.end = (
            memory.ends[memory.piece, 0],
            memory.ends[memory.piece, 1],
        )
    memory.until = min(memory.end, memory.at + LONGEST)
    return True
