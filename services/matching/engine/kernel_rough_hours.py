"""The hours in the rough that a posting's shifts touch (see `rough_hours`)."""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np

from services.matching.engine.clock import DAY, WEEK
from services.matching.engine.entries import hour_bits
from services.matching.engine.kernel_time import MONDAY, change_at, change_end
from services.matching.engine.layout import i8_at, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.posting_rows import ALL_SHIFTS, SHIFT_WORDS, shifts_at
from services.matching.engine.rough_hours import (
    ALL_HOURS,
    HALF,
    HALVES,
    KNOWN_FROM,
    KNOWN_UNTIL,
    PART,
    PARTS,
)
from services.matching.engine.scratch import MOST_SHIFTS


@compiled
def hours_between(start: int, end: int) -> int:
    """What the UTC minutes [start, end) touch; beyond the years that are known,
    nothing."""
    if start < KNOWN_FROM or end > KNOWN_UNTIL:
        return whole(0)
    if end - start >= WEEK:
        return whole(ALL_HOURS)
    hours = whole(0)
    for half in range((start + MONDAY) // HALF, (end - 1 + MONDAY) // HALF + 1):
        hours |= whole(1) << (half % HALVES)
    for part in range(start // PART, (end - 1) // PART + 1):
        hours |= whole(1) << (HALVES + part % PARTS)
    return hours


@compiled
def shift_hours(posting: Any, number: int, monday: int, p: Any, zones: Any) -> int:
    """What nobody who lacks it is free for one of a posting's shifts."""
    place = shifts_at(posting) + SHIFT_WORDS * number
    start, end = i8_at(p, place), i8_at(p, place + 2)
    if not posting.weekly:
        return hours_between(start, end)
    zone, hours = posting.zone, whole(0)
    start, end = start + monday, end + monday
    change = change_at(zone, start - DAY, zones)
    last = zones.runs[zone, 0] + zones.runs[zone, 1]
    while change < last and zones.changes[change].start < end + DAY:
        offset = zones.changes[change].offset
        first = max(start - offset, zones.changes[change].start)
        until = min(end - offset, change_end(zone, change, zones))
        if first < until:
            hours |= hours_between(first, until)
        change += 1
    return hours


@compiled
def needed_hours(posting: Any, monday: int, p: Any, zones: Any) -> int:
    """What nobody who lacks it is free for a posting; of one that needs only some of
    its shifts, nothing."""
    hours = whole(0)
    if not needs_only_some(posting):
        for number in range(whole(posting.shifts_n)):
            hours |= shift_hours(posting, number, monday, p, zones)
    return hours


@compiled
def dated_hours(posting: Any, p: Any) -> int:
    """The same of dated shifts alone, which no zone's clock changes."""
    hours = whole(0)
    if not posting.weekly and not needs_only_some(posting):
        for number in range(whole(posting.shifts_n)):
            place = shifts_at(posting) + SHIFT_WORDS * number
            hours |= hours_between(i8_at(p, place), i8_at(p, place + 2))
    return hours


@compiled
def note_shifts(posting: Any, monday: int, p: Any, zones: Any, memory: Any) -> int:
    """Fill `memory.shifts` with what each shift touches, where only some are needed;
    how many."""
    shifts = whole(posting.shifts_n)
    if shifts > MOST_SHIFTS or not needs_only_some(posting):
        return 0
    for number in range(shifts):
        hours = shift_hours(posting, number, monday, p, zones)
        memory.shifts[number] = hour_bits(hours)
    return shifts


@inlined
def fits_fewer(sign: np.uint64, shifts: int, needed: int, memory: Any) -> bool:
    """Whether somebody of this signature is free for fewer than `needed` of the
    shifts noted."""
    fitting = whole(0)
    for number in range(shifts):
        touched = memory.shifts[number]
        fitting += (sign & touched) == touched
    return fitting < needed


@inlined
def needs_only_some(posting: Any) -> bool:
    return posting.needed != ALL_SHIFTS and posting.needed < posting.shifts_n
