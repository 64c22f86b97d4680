"""Runs of places of any length in one array, given out and taken back.

Lengths come in classes about an eighth apart. A run that was taken back waits in a list
of its class, whose links stand in the runs themselves, or is cut into shorter ones; all
that is given out is within the array, so that nothing but its end has to be watched.
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

    Where none is free, a longer one is cut; only then the unused is begun, of which the
    caller has made sure that there is enough.
    """
    free = kind
    while free < len(LENGTHS) and space.heads[free] == NONE:
        free += 1
    if free == len(LENGTHS):
        at = space.ends[0]
        space.ends[0] = at + LENGTHS[kind]
        return at
    at = space.heads[free]
    space.heads[free] = whole(links[at * width])
    space.ends[1] -= LENGTHS[free]
    rest, end = at + LENGTHS[kind], at + LENGTHS[free]
    while rest < end:
        piece = length_class(end - rest + 1) - 1
        give_back(space, links, width, rest, piece)
        rest += LENGTHS[piece]
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
