"""Who may gain from a single relaxation, as far as entries tell: who fails one rule."""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np

from services.matching.engine.buckets import BITS, LAT, LON, ROW, Buckets
from services.matching.engine.entries import ANY_PAY, IS_FAR, PAY, pay_class
from services.matching.engine.kernel_rough_hours import fits_fewer
from services.matching.engine.layout import whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.nearby import allowed_square, square_of
from services.matching.engine.steps import ANYWHERE, Step
from services.matching.engine.strips import FLATNESS
from services.matching.engine.wanted import wanted_kind, wanted_market

_F4 = np.float32
_I4 = np.int32


@compiled
def leave_one_fault(
    buckets: Buckets,
    step: Step,
    posting: Any,
    top: int,
    groups: int,
    needed: np.uint64,
    shifts: int,
    memory: Any,
) -> None:
    """Leave in the buffer whoever is not known to fail two rules, or one that no
    relaxation touches; `shifts` are noted in `memory`."""
    entries = buckets.entries[memory.at : memory.until]
    signs = buckets.signs[memory.at : memory.until]
    faults, piece = memory.said, memory.piece
    offered, pay, most_pay = 1.0, ANY_PAY, ANY_PAY
    if posting.paid:
        offered = posting.top / posting.hours[posting.unit]
        pay = pay_class(offered * (1.0 + 1e-6))
        most_pay = pay_class(top / posting.hours[posting.unit] * (1.0 + 1e-6))
    nearby = step.how == ANYWHERE
    ky = _F4(memory.scales[piece, 0]) if nearby else _F4(0.0)
    kx = _F4(memory.scales[piece, 1]) if nearby else _F4(0.0)
    widest = _F4(min(step.km * step.km, 1e9) * FLATNESS + 1e-4)
    limit = _F4(min(posting.radius * posting.radius, 1e9) * FLATNESS + 1e-4)
    lat0, lon0 = _I4(step.lat), _I4(memory.ends[piece, 2])
    market, kind = _I4(wanted_market(posting)), _I4(wanted_kind(posting))
    skip = _I4(step.skipped)
    waive = _I4(IS_FAR if posting.lodging else 0)
    pay0, pay1 = _I4(pay), _I4(most_pay)
    for i in range(len(signs)):
        bits = entries[i, BITS]
        square = square_of(entries[i, LAT] - lat0, entries[i, LON] - lon0, ky, kx)
        floor = _I4((bits >> _I4(PAY)) & _I4(ANY_PAY))
        count = _F4(0.0)
        if floor > pay0:
            count += _F4(1.0)
        if square > limit:
            count += _F4(1.0)
        if (
            _I4(square > allowed_square(bits, waive, widest))
            | _I4((bits & market) == _I4(0))
            | _I4((bits & kind) == _I4(0))
            | _I4(floor > pay1)
            | _I4((bits & skip) != _I4(0))
        ) != _I4(0):
            count = _F4(2.0)
        faults[i] = count
    rows, found = memory.rows, memory.buffered
    for i in range(len(signs)):
        sign, count, lacking = signs[i], whole(faults[i]), whole(0)
        for group in range(groups):
            lacking += (sign & memory.preferred[group]) == 0
        count += ((sign & needed) != needed) + lacking
        if shifts > 0:
            count += fits_fewer(sign, shifts, posting.needed, memory)
        row = whole(entries[i, ROW])
        # of whom it is known that a skill is lacking, and nothing else
        rows[found] = -1 - row if lacking else row
        found += count <= 1
    memory.buffered = found


@inlined
def row_in(noted: int) -> int:
    """The row that stands in the buffer; below 0 if a skill is known to be lacking."""
    return whole(noted) if noted >= 0 else -1 - whole(noted)
