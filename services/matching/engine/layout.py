"""How a worker or a posting lies in memory: a row of fixed width, and a run of words.

The row is a record; what there may be any number of stands in the run that it names by
`at`, one section behind the other in a fixed order. A word is 32 bits; sections with
64-bit figures come first, so that those are aligned. How many there are of each is in
the row, as `<section>_n`.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.native import inlined

FLAG, I2, U2, I4, U4 = np.uint8, np.int16, np.uint16, np.int32, np.uint32
I8, U8, F8 = np.int64, np.uint64, np.float64

MOST = 65_535  # of anything in one worker or posting
LEVEL_BITS = 3


class Words(NamedTuple):
    """One array of words, read as whole numbers and as float64."""

    i4: NDArray[Any]
    i8: NDArray[Any]
    f8: NDArray[Any]


def words_over(array: NDArray[Any]) -> Words:
    """`array` is int32, of an even length, and starts on a multiple of 8 bytes."""
    return Words(array, array.view(I8), array.view(F8))


class Table(NamedTuple):
    """What the kernels read of all workers, or of all postings."""

    rows: NDArray[Any]
    words: Words


ENVELOPE = {"id_high": U8, "id_low": U8, "at": I8, "version": I4}
FLAGS = {"held": FLAG, "live": FLAG}


def row_type(fixed: Mapping[str, Any], sections: Mapping[str, int]) -> Any:
    """The record: ids and place of the run, the fixed fields, and the counts."""
    counts = {f"{name}_n": U2 for name in sections}
    return np.dtype([*(ENVELOPE | FLAGS | dict(fixed) | counts).items()], align=True)


def leveled(id: int, level: int) -> int:
    """An id and its level of 0 to 7 as one word; sorting words sorts ids."""
    return id << LEVEL_BITS | level


@inlined
def level_of(word: int) -> int:
    return word & 7


@inlined
def id_of(word: int) -> int:
    return word >> LEVEL_BITS


@inlined
def find_leveled(i4: Any, at: int, count: int, id: int) -> int:
    """The word of an id in a sorted section of them, or -1."""
    low, high = at, at + count
    while low < high:
        middle = (low + high) // 2
        if id_of(np.int64(i4[middle])) < id:
            low = middle + 1
        else:
            high = middle
    if low < at + count and id_of(np.int64(i4[low])) == id:
        return np.int64(i4[low])
    return -1
