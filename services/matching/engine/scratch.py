"""A thread's own memory for one question after the other.

What is found waits in a buffer of rows, with the most that their score can be.
"""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.layout import prefetch, whole
from services.matching.engine.native import inlined
from services.matching.engine.strips import STRIPS

BUFFER = 1 << 16
LONGEST = 1 << 13
SIGNED = 2 * LONGEST
MOST_PREFERRED = 16
MOST_SHIFTS = 16
PIECES = 2 * STRIPS + 8

# `rows` and `bounds` are the buffer, with `buffered` in it; `order` and `histogram`
# sort it. `ends` and `scales` are the pieces of buckets to look at: entries
# `ends[i, 0]` to `ends[i, 1]`, whose distance is taken from longitude `ends[i, 2]`,
# with `scales[i]` the squared kilometres of a squared millionth of a degree of latitude
# and longitude; where the latter is 0 the distance is more than can be said. Looked at
# is `piece`, of it the entries `at` to `until`, before `end`; `said` is what is found
# out of each. `signed` are entries whose signature serves, `marks[i]` the piece of
# those up to a number. `met` are strips and their buckets, `preferred` bits of skills
# and `preferred_value` what each adds, `shifts` the hours
# that each shift touches, `passed` counts.
MEMORY = np.dtype(
    [
        ("question", np.int64),
        ("buffered", np.int64),
        ("kept", np.int64),
        ("looked", np.int64),
        ("piece", np.int64),
        ("at", np.int64),
        ("until", np.int64),
        ("end", np.int64),
        ("marked", np.int64),
        ("passed", np.int64, (64,)),
        ("preferred", np.uint64, (MOST_PREFERRED,)),
        ("preferred_value", np.float64, (MOST_PREFERRED,)),
        ("shifts", np.uint64, (MOST_SHIFTS,)),
        ("histogram", np.int32, (260,)),
        ("met", np.int32, (STRIPS, 2)),
        ("ends", np.int64, (PIECES, 3)),
        ("scales", np.float64, (PIECES, 2)),
        ("signed", np.int32, (SIGNED,)),
        ("marks", np.int32, (SIGNED, 2)),
        ("said", np.float32, (LONGEST,)),
        ("rows", np.int32, (BUFFER,)),
        ("bounds", np.float32, (BUFFER,)),
        ("order", np.int32, (BUFFER,)),
    ],
    align=True,
)


class Scratch(NamedTuple):
    """`memory` is one record of MEMORY; `seen[row]` is the number of the last question
    that looked at a row."""

    memory: NDArray[Any]
    seen: NDArray[Any]


def new_scratch(rows: int) -> Scratch:
    """For tables of up to `rows` rows."""
    return Scratch(np.zeros(1, MEMORY), np.zeros(rows, np.int32))


@inlined
def new_question(scratch: Scratch) -> None:
    """Forget who was seen; every two thousand million questions really."""
    memory = scratch.memory[0]
    if memory.question >= (1 << 31) - 2:
        scratch.seen[:] = 0
        memory.question = 0
    memory.question += 1
    memory.buffered = 0
    memory.kept = 0
    memory.looked = 0


@inlined
def first_time(scratch: Scratch, row: int) -> bool:
    """Whether a row is met for the first time in this question."""
    question = scratch.memory[0].question
    if scratch.seen[row] == question:
        return False
    scratch.seen[row] = question
    return True


AHEAD = 6
"""So many candidates ahead their memory is asked for: two waits in one."""


@inlined
def bring_row(rows: Any, row: int) -> None:
    """A worker's: two lines of the cache, or three."""
    prefetch(rows, whole(row), 0)
    prefetch(rows, whole(row), 64)
    prefetch(rows, whole(row), 96)


@inlined
def bring_words(rows: Any, words: Any, row: int) -> None:
    """Where the row itself has been brought."""
    at = rows[whole(row)].at
    prefetch(words, at, 0)
    prefetch(words, at, 64)
    prefetch(words, at, 128)


@inlined
def bring_place(rows: Any, words: Any, row: int) -> None:
    """As `bring_words`, where no more is needed than the first place."""
    at = rows[whole(row)].at
    prefetch(words, at, 0)
    prefetch(words, at, 44)
