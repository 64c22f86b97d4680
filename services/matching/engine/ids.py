"""Which row an id has: a table of open addresses over the rows' own ids.

128 bits stand in the row itself, so a slot is four bytes: the row, or that it is empty.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.layout import whole
from services.matching.engine.native import compiled
from services.matching.engine.order import native_mix

EMPTY = -1
FEWEST = 256


def new_slots(count: int) -> NDArray[Any]:
    """Slots for `count` rows, at most half of them taken; a power of two."""
    size = FEWEST
    while size < 2 * count:
        size *= 2
    return np.full(size, EMPTY, np.int32)


@compiled
def home(slots: Any, high: np.uint64, low: np.uint64) -> int:
    mixed = native_mix(native_mix(high) ^ low)
    return whole(mixed & np.uint64(len(slots) - 1))


@compiled
def find_row(slots: Any, rows: Any, high: np.uint64, low: np.uint64) -> int:
    """The row of an id, or EMPTY."""
    place = home(slots, high, low)
    while True:
        row = slots[place]
        if row == EMPTY or (rows[row].id_high == high and rows[row].id_low == low):
            return row
        place = (place + 1) & (len(slots) - 1)


@compiled
def add_row(slots: Any, rows: Any, row: int) -> None:
    """Make a row findable whose id is not in the table."""
    place = home(slots, rows[row].id_high, rows[row].id_low)
    while slots[place] != EMPTY:
        place = (place + 1) & (len(slots) - 1)
    slots[place] = row


@compiled
def drop_row(slots: Any, rows: Any, row: int) -> None:
    """Forget a row, and close the gap: no slot is ever marked as deleted."""
    last = len(slots) - 1
    gap = home(slots, rows[row].id_high, rows[row].id_low)
    while slots[gap] != row:
        gap = (gap + 1) & last
    place = gap
    while True:
        place = (place + 1) & last
        other = slots[place]
        if other == EMPTY:
            break
        wanted = home(slots, rows[other].id_high, rows[other].id_low)
        # it may move back unless that would be before its own home
        if ((place - wanted) & last) >= ((place - gap) & last):
            slots[gap] = other
            gap = place
    slots[gap] = EMPTY


@compiled
def add_all_rows(slots: Any, rows: Any, used: int) -> None:
    for row in range(used):
        if rows[row].held:
            add_row(slots, rows, row)
