"""Runs of places of any length in one array, given out and taken back.

Lengths come in classes about an eighth apart. A run that was taken back waits in a list
of its class, whose links stand in the runs themselves; all that is given out is within
the array, so that nothing but its end has to be watched.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.layout import whole
from services.matching.engine.native import compiled, inlined

NONE = -1


def _lengths() -> NDArray[np.int64]:
    lengths = [1]
    while lengths[-1] < 1 << 30:
        lengths.append(max(lengths[-1] + 1, lengths[-1] * 9 // 8))
    return np.array(lengths, np.int64)


LENGTHS = _lengths()
"""How many places a run of each class has."""


class Space(NamedTuple):
    """`heads[c]` is the first free run of class c, `ends[0]` where the unused begins,
    `ends[1]` how many places are in free runs."""

    heads: NDArray[Any]
    ends: NDArray[Any]


def new_space() -> Space:
    return Space(np.full(len(LENGTHS), NONE, np.int64), np.zeros(2, np.int64))


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


@compiled
def take(space: Space, links: Any, width: int, kind: int) -> int:
    """Where a run of class `kind` is now; `links` has `width` cells for each place.

    The caller has made sure that the array goes on far enough.
    """
    at = space.heads[kind]
    if at == NONE:
        at = space.ends[0]
        space.ends[0] = at + LENGTHS[kind]
        return at
    cell = at * width
    space.heads[kind] = whole(links[cell])
    space.ends[1] -= LENGTHS[kind]
    return at


@inlined
def scrub(cells: Any, at: int, end: int) -> None:
    """Nothing of what was in [at, end) may stay: it may have been about a person."""
    for cell in range(at, end):
        cells[cell] = 0


@compiled
def give_back(space: Space, links: Any, width: int, at: int, kind: int) -> None:
    """Take back a run, which has been scrubbed."""
    links[at * width] = np.int32(space.heads[kind])
    space.heads[kind] = at
    space.ends[1] += LENGTHS[kind]
