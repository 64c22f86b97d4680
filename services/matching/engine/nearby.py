"""Everyone around a posting, or every posting around a worker: for counts, not ranks.

The entries alone settle most: surely out of reach, or surely within it and surely
without a required skill. The others wait in the buffer for a full look.
"""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np

from services.matching.engine.buckets import BITS, LAT, LON, ROW, Buckets
from services.matching.engine.entries import RADIUS, WIDEST
from services.matching.engine.native import compiled, inlined
from services.matching.engine.steps import ANYWHERE, Step
from services.matching.engine.strips import FLATNESS

# a flat distance may be too short by this: the cosines of one strip differ
SURELY_MORE = 1.01
OUT, WITHIN, UNSURE = np.float32(-1.0), np.float32(0.0), np.float32(1.0)

_F4 = np.float32
_I4 = np.int32


@inlined
def square_of(north: int, east: int, ky: Any, kx: Any) -> Any:
    """The squared kilometres of a flat distance in millionths of a degree."""
    up, over = _F4(_I4(north)), _F4(_I4(east))
    return up * up * ky + over * over * kx


@inlined
def allowed_square(bits: Any, waive: Any, limit: Any) -> Any:
    """The squared flat distance that an entry's radius and a limit allow at most."""
    radius = _I4((bits >> _I4(RADIUS)) & _I4(WIDEST))
    reach = _F4(radius) * _F4(radius) * _F4(1.0 / 32.0)
    allowed = reach * reach * _F4(FLATNESS) + _F4(1e-4)
    if radius > _I4(WIDEST - 1):
        allowed = limit
    if (bits & waive) != _I4(0):
        allowed = limit
    return limit if allowed > limit else allowed


@compiled
def sort_out(buckets: Buckets, step: Step, waived: int, memory: Any) -> None:
    """Say of each of the next entries, in `memory.said`, whether it is OUT of reach,
    surely WITHIN it, or UNSURE. Entries with a bit of `waived` may come from any
    distance."""
    said, count = memory.said, memory.until - memory.at
    if step.how != ANYWHERE:
        said[:count] = WITHIN
        return
    # of a part whose indices count from 0 the compiler makes vectors
    entries, piece = buckets.entries[memory.at : memory.until], memory.piece
    most = min(step.km * step.km, 1e9)
    ky, kx = _F4(memory.scales[piece, 0]), _F4(memory.scales[piece, 1])
    limit = _F4(most * FLATNESS + 1e-4)
    inner = _F4(most) if kx > _F4(0.0) else _F4(-1.0)
    lat0, lon0 = _I4(step.lat), _I4(memory.ends[piece, 2])
    skip, waive = _I4(step.skipped), _I4(waived)
    for i in range(count):
        bits = entries[i, BITS]
        square = square_of(entries[i, LAT] - lat0, entries[i, LON] - lon0, ky, kx)
        allowed = allowed_square(bits, waive, limit)
        if (bits & skip) != _I4(0):
            allowed = _F4(-1.0)
        less = _I4((bits >> _I4(RADIUS)) & _I4(WIDEST)) - _I4(1)
        if less < _I4(0):
            less = _I4(0)
        sure = _F4(less) * _F4(less) * _F4(1.0 / 32.0)
        sure = sure * sure
        if sure > inner:
            sure = inner
        if bits < _I4(0):  # SEVERAL is the sign
            sure = _F4(-1.0)
        value = UNSURE
        if square * _F4(SURELY_MORE) + _F4(1e-4) <= sure:
            value = WITHIN
        if square > allowed:
            value = OUT
        said[i] = value


@inlined
def set_aside_those_in(buckets: Buckets, memory: Any) -> None:
    """Into the buffer, which has room: whoever is not OUT."""
    entries, said, rows, found = (
        buckets.entries,
        memory.said,
        memory.rows,
        memory.buffered,
    )
    for i in range(memory.until - memory.at):
        rows[found] = entries[memory.at + i, ROW]
        found += said[i] >= 0.0
    memory.buffered = found
