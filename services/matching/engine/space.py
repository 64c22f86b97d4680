"""Runs of places of any length in one array, given out and taken back.

Runs are given out in classes of lengths about an eighth apart. What is taken back joins
the free runs beside it and waits in the list of its class, whose links stand in the
free runs themselves, or is cut for a shorter one. All that is given out is within the
array, so that nothing but its end has to be watched. (Lists of sizes with marks at both
ends of what is free: Knuth, The Art of Computer Programming 1, 2.5.)
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.layout import whole
from services.matching.engine.native import compiled, inlined

NONE = -1

CELLS = 4
"""Cells of int32 that each place of an array has."""

# what is in the first place of a free run, and in its last
NEXT, PREVIOUS, LENGTH, LENGTH_AGAIN = range(CELLS)


def _lengths() -> NDArray[np.int64]:
    lengths = [1]
    while lengths[-1] < 1 << 30:
        lengths.append(max(lengths[-1] + 1, lengths[-1] * 9 // 8))
    return np.array(lengths, np.int64)


LENGTHS = _lengths()
"""How many places a run of each class has."""


class Space(NamedTuple):
    """`heads[c]` is the first free run of at least class c and less than the next,
    `ends[0]` where the unused begins, `ends[1]` how many places are in free runs.

    `marks` has a bit for each place that a free run begins or ends with.
    """

    heads: NDArray[Any]
    ends: NDArray[Any]
    marks: NDArray[Any]


def new_space(places: int) -> Space:
    heads = np.full(len(LENGTHS), NONE, np.int64)
    return Space(heads, np.zeros(2, np.int64), np.zeros(places // 64 + 1, np.uint64))


def with_places(space: Space, places: int) -> Space:
    """The same where the array has so many places now."""
    marks = np.zeros(places // 64 + 1, np.uint64)
    marks[: len(space.marks)] = space.marks
    return space._replace(marks=marks)


@inlined
def length_class(length: int) -> int:
    """The smallest class that holds `length` places."""
    low, high = 0, len(LENGTHS) - 1
    while low < high:
        middle = (low + high) // 2
        if LENGTHS[middle] < length:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def scrub(cells: Any, at: int, end: int) -> None:
    """Nothing of what was in [at, end) may stay: it may have been about a person."""
    for cell in range(at, end):
        cells[cell] = 0


@compiled
def take(space: Space, cells: Any, kind: int) -> int:
    """Where a run of class `kind` is now; of `cells` there are CELLS for each place.

    Where none is free, a longer one is cut; only then the unused is begun, of which the
    caller has made sure that there is enough.
    """
    length = LENGTHS[kind]
    free = kind
    while free < len(LENGTHS) and space.heads[free] == NONE:
        free += 1
    if free == len(LENGTHS):
        at = space.ends[0]
        space.ends[0] = at + length
        return at
    at = space.heads[free]
    found = whole(cells[at * CELLS + LENGTH])
    _unlink(space, cells, at, found)
    if found > length:
        _link(space, cells, at + length, found - length)
    return at


@compiled
def give_back(space: Space, cells: Any, at: int, kind: int) -> None:
    """Take back a run, which has been scrubbed; what is free beside it joins it."""
    begin, end = at, at + LENGTHS[kind]
    if begin > 0 and _is_marked(space, begin - 1):
        length = whole(cells[(begin - 1) * CELLS + LENGTH_AGAIN])
        begin -= length
        _unlink(space, cells, begin, length)
    if end < space.ends[0] and _is_marked(space, end):
        length = whole(cells[end * CELLS + LENGTH])
        _unlink(space, cells, end, length)
        end += length
    if end == space.ends[0]:
        space.ends[0] = begin
    else:
        _link(space, cells, begin, end - begin)


@inlined
def _link(space: Space, cells: Any, at: int, length: int) -> None:
    """Put a free run into the list of its class."""
    kind = length_class(length + 1) - 1
    first = space.heads[kind]
    cells[at * CELLS + NEXT] = np.int32(first)
    cells[at * CELLS + PREVIOUS] = np.int32(NONE)
    if first != NONE:
        cells[first * CELLS + PREVIOUS] = np.int32(at)
    space.heads[kind] = at
    cells[at * CELLS + LENGTH] = np.int32(length)
    cells[(at + length - 1) * CELLS + LENGTH_AGAIN] = np.int32(length)
    _mark(space, at, True)
    _mark(space, at + length - 1, True)
    space.ends[1] += length


@inlined
def _unlink(space: Space, cells: Any, at: int, length: int) -> None:
    """Take a free run out of its list, and what was written in it out of it."""
    after = whole(cells[at * CELLS + NEXT])
    before = whole(cells[at * CELLS + PREVIOUS])
    if before == NONE:
        space.heads[length_class(length + 1) - 1] = after
    else:
        cells[before * CELLS + NEXT] = np.int32(after)
    if after != NONE:
        cells[after * CELLS + PREVIOUS] = np.int32(before)
    scrub(cells, at * CELLS, (at + 1) * CELLS)
    cells[(at + length - 1) * CELLS + LENGTH_AGAIN] = 0
    _mark(space, at, False)
    _mark(space, at + length - 1, False)
    space.ends[1] -= length


@inlined
def _mark(space: Space, place: int, on: bool) -> None:
    bit = np.uint64(1) << np.uint64(place % 64)
    if on:
        space.marks[place // 64] |= bit
    else:
        space.marks[place // 64] &= ~bit


@inlined
def _is_marked(space: Space, place: int) -> bool:
    bit = np.uint64(place % 64)
    return (space.marks[place // 64] >> bit) & np.uint64(1) != np.uint64(0)
