"""The funnel as it is counted: who passes how many rules, and whom to ask what."""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from services.matching.engine.heap import Best, keep
from services.matching.engine.kernel_pair import FILTER_COUNT, tie_of
from services.matching.engine.layout import whole
from services.matching.engine.native import compiled, inlined

ASK_AT = 40  # above a row in the heap stand the bits of what to ask


class Tally(NamedTuple):
    """`passed[i]` counts those who pass just i filters in a row; `heap` has room for
    `places` of those who are to be asked."""

    passed: NDArray[Any]
    heap: Best
    places: int


@inlined
def note(
    passed: int,
    ask: int,
    worker: Any,
    posting: Any,
    row: int,
    memory: Any,
    tally: Tally,
) -> None:
    tally.passed[passed] += 1
    if ask > 0:
        memory.looked += 1
        if tally.places > 0:
            tie = tie_of(worker, posting)
            kept, few = memory.kept, -bit_count(ask)
            asked = row | ask << ASK_AT
            memory.kept = keep(tally.heap, tally.places, kept, few, tie, asked)


@compiled
def add_up(tally: Tally, funnel: Any) -> None:
    """From who passes just so many to who passes at least so many."""
    left = whole(0)
    for rule in range(FILTER_COUNT, 0, -1):
        left += tally.passed[rule]
        funnel[rule - 1] = left


@inlined
def bit_count(bits: int) -> int:
    count = 0
    while bits != 0:
        bits &= bits - 1
        count += 1
    return count
