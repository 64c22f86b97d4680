"""Which workers a posting has to look at: those whose entries no bit rejects.

Signatures first: they are what rejects most, and a third of the memory. The entries of
the others are fetched meanwhile, then weighed one after the other.
"""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import Any

import numpy as np

from services.matching.engine.buckets import BITS, LAT, LON, ROW, WIDTH, Buckets
from services.matching.engine.entries import (
    ANY_PAY,
    PAY,
    RADIUS,
    RELIABILITY,
    WIDEST,
    least_pay,
    most_reliable,
)
from services.matching.engine.kernel_rough_hours import fits_fewer
from services.matching.engine.layout import prefetch, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.pay import GENEROUS_MARGIN
from services.matching.engine.pieces import goes_on
from services.matching.engine.scratch import BUFFER, LONGEST, SIGNED
from services.matching.engine.steps import SURE, Step
from services.matching.engine.strips import FLATNESS
from services.matching.engine.wanted import Wanted

NEARNESS = np.array([math.exp(-step / 64.0) for step in range(1024)])
"""exp(-x) at each 64th of x, rounded up by taking x rounded down."""
SURELY_LESS = 0.9989  # a flat distance may be too long by this (see FLATNESS)

LEAST_PAY = np.array([least_pay(kind) for kind in range(ANY_PAY + 1)])
MOST_RELIABLE = np.array([most_reliable(kind) for kind in range(8)])


@compiled
def gather(buckets: Buckets, step: Step, wanted: Wanted, memory: Any) -> bool:
    """Buffer those of a step's entries that may be matches, and what they may get.

    `pieces.begin` goes before. True is that there is more: the buffer must be emptied
    for it.
    """
    more = True
    while more:
        if memory.buffered > BUFFER - SIGNED:
            return True
        more = sign_up(buckets, step.ranges, wanted.sign, memory)
        weigh(buckets, step, wanted, memory)
    return False


@inlined
def sign_up(buckets: Buckets, pieces: int, sign: np.uint64, memory: Any) -> bool:
    """Note the next entries with all bits of `sign`; False if there are no more."""
    entries, signs = buckets.entries, buckets.signs
    signed, marks = memory.signed, memory.marks
    found, marked, more = whole(0), whole(0), True
    while found <= SIGNED - LONGEST:
        more = goes_on(memory, pieces)
        if not more:
            break
        before = found
        for i in range(memory.at, memory.until):
            signed[found] = i
            found += (signs[i] & sign) == sign
        if found > before:
            for number in range(before, found):
                prefetch(entries, whole(signed[number]) * WIDTH, 0)
            marks[marked, 0], marks[marked, 1] = found, memory.piece
            marked += 1
    memory.marked = marked
    return more


@inlined
def weigh(buckets: Buckets, step: Step, wanted: Wanted, memory: Any) -> None:
    """Buffer whom of those noted the entries do not reject."""
    entries, signs = buckets.entries, buckets.signs
    rows, bounds = memory.rows, memory.bounds
    most = 1e9 if step.how == SURE else min(step.km * step.km, 1e9)
    limit = most * FLATNESS + 1e-4
    a_km = 64.0 * SURELY_LESS / wanted.tau
    a_unit = 1.0 / (GENEROUS_MARGIN * wanted.offered)
    found, number = memory.buffered, whole(0)
    for mark in range(memory.marked):
        until, piece = whole(memory.marks[mark, 0]), whole(memory.marks[mark, 1])
        lon = memory.ends[piece, 2]
        rise, width = memory.scales[piece, 0], memory.scales[piece, 1]
        while number < until:
            i = whole(memory.signed[number])
            number += 1
            bits = whole(entries[i, BITS])
            north = float(whole(entries[i, LAT]) - step.lat)
            east = float(whole(entries[i, LON]) - lon)
            square = north * north * rise + east * east * width
            if (
                ((bits & 7) < wanted.level)
                | ((bits & wanted.market) == 0)
                | ((bits & wanted.kind) == 0)
                | (((bits >> PAY) & ANY_PAY) > wanted.pay)
                | ((bits & step.skipped) != 0)
                | (square > limit)
            ):
                continue
            if wanted.shifts > 0 and fits_fewer(
                signs[i], wanted.shifts, wanted.needed, memory
            ):
                continue
            radius = (bits >> RADIUS) & WIDEST
            if radius < WIDEST and not bits & wanted.waived:
                reach = radius * radius / 32.0
                if square > reach * reach * FLATNESS + 1e-4:
                    continue
            bound = wanted.base + wanted.each_level * (bits & 7)
            nearness = int(math.sqrt(square) * a_km)
            bound += wanted.near * NEARNESS[min(nearness, 1023)]
            over = (wanted.offered - LEAST_PAY[(bits >> PAY) & ANY_PAY]) * a_unit
            bound += wanted.pay_weight * min(1.0, max(0.0, over) + 1e-6)
            bound += wanted.trust * MOST_RELIABLE[(bits >> RELIABILITY) & 7]
            for each in range(wanted.preferred):
                if signs[i] & memory.preferred[each]:
                    bound += memory.preferred_value[each]
            rows[found] = entries[i, ROW]
            bounds[found] = bound
            found += 1
    memory.buffered = found
