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
from services.matching.engine.entries import RADIUS
from services.matching.engine.native import compiled, inlined
from services.matching.engine.steps import ANYWHERE, Step
from services.matching.engine.strips import FLATNESS

# a flat distance may be too short by this: the cosines of one strip differ
SURELY_MORE = 1.01
OUT, WITHIN, UNSURE = -1.0, 0.0, 1.0

_F4 = np.float32
_I4 = np.int32


@compiled
def sort_out(buckets: Buckets, step: Step, waived: int, memory: Any) -> None:
    """Say of each of the next entries, in `memory.said`, whether it is OUT of reach,
    surely WITHIN it, or UNSURE. Entries with a bit of `waived` may come from any
    distance."""
    said, at, count = memory.said, memory.at, memory.until - memory.at
    if step.how != ANYWHERE:
        said[:count] = WITHIN
        return
    entries, piece = buckets.entries, memory.piece
    most = min(step.km * step.km, 1e9)
    ky, kx = _F4(memory.scales[piece, 0]), _F4(memory.scales[piece, 1])
    limit = _F4(most * FLATNESS + 1e-4)
    inner = _F4(most) if kx > _F4(0.0) else _F4(-1.0)
    lat0, lon0 = _I4(step.lat), _I4(memory.ends[piece, 2])
    skip, waive = _I4(step.skipped), _I4(waived)
    for i in range(count):
        bits = entries[at + i, BITS]
        north = _F4(_I4(entries[at + i, LAT] - lat0))
        east = _F4(_I4(entries[at + i, LON] - lon0))
        square = north * north * ky + east * east * kx
        radius = _I4((bits >> _I4(RADIUS)) & _I4(63))
        reach = _F4(radius) * _F4(radius) * _F4(1.0 / 32.0)
        least = _F4(max(radius - _I4(1), _I4(0)))
        least = least * least * _F4(1.0 / 32.0)
        anywhere = _I4((bits & waive) != _I4(0)) | _I4(radius > _I4(62))
        allowed = reach * reach * _F4(FLATNESS) + _F4(1e-4) + _F4(anywhere) * _F4(1e9)
        out = _I4(square > min(limit, allowed)) | _I4((bits & skip) != _I4(0))
        sure = square * _F4(SURELY_MORE) + _F4(1e-4) <= min(inner, least * least)
        unsure = _I4(not sure) | _I4(bits < _I4(0))  # SEVERAL is the sign
        said[i] = _F4(unsure) - _F4(out) * _F4(3.0)


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
