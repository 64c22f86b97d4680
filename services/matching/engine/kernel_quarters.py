"""The quarters of a week's days that a posting's shifts touch (see `quarters`)."""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

from services.matching.engine.clock import DAY, WEEK
from services.matching.engine.kernel_time import MONDAY, change_at, change_end
from services.matching.engine.layout import i8_at, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.posting_rows import ALL_SHIFTS, SHIFT_WORDS, shifts_at
from services.matching.engine.quarters import (
    ALL_QUARTERS,
    KNOWN_FROM,
    KNOWN_UNTIL,
    QUARTER,
    QUARTERS,
)


@compiled
def quarters_between(start: int, end: int) -> int:
    """The quarters that the UTC minutes [start, end) touch."""
    quarters = whole(0)
    if end - start >= WEEK:
        return ALL_QUARTERS
    for quarter in range(
        (start + MONDAY) // QUARTER, (end - 1 + MONDAY) // QUARTER + 1
    ):
        quarters |= whole(1) << (quarter % QUARTERS)
    return quarters


@compiled
def needed_quarters(posting: Any, monday: int, p: Any, zones: Any) -> int:
    """The quarters without which nobody is free for a posting; of one that needs only
    some of its shifts, or lies beyond the years that are known, none."""
    if not posting.weekly:
        return dated_quarters(posting, p)
    quarters = whole(0)
    if needs_only_some(posting):
        return quarters
    for number in range(whole(posting.shifts_n)):
        place = shifts_at(posting) + SHIFT_WORDS * number
        zone = posting.zone
        start, end = i8_at(p, place) + monday, i8_at(p, place + 2) + monday
        change = change_at(zone, start - DAY, zones)
        last = zones.runs[zone, 0] + zones.runs[zone, 1]
        while change < last and zones.changes[change].start < end + DAY:
            offset = zones.changes[change].offset
            first = max(start - offset, zones.changes[change].start)
            until = min(end - offset, change_end(zone, change, zones))
            if first < until:
                if first < KNOWN_FROM or until > KNOWN_UNTIL:
                    return whole(0)
                quarters |= quarters_between(first, until)
            change += 1
    return quarters


@compiled
def dated_quarters(posting: Any, p: Any) -> int:
    """The same of dated shifts alone, which no zone's clock changes; of others none."""
    quarters = whole(0)
    if posting.weekly or needs_only_some(posting):
        return quarters
    for number in range(whole(posting.shifts_n)):
        place = shifts_at(posting) + SHIFT_WORDS * number
        start, end = i8_at(p, place), i8_at(p, place + 2)
        if start < KNOWN_FROM or end > KNOWN_UNTIL:
            return whole(0)
        quarters |= quarters_between(start, end)
    return quarters


@inlined
def needs_only_some(posting: Any) -> bool:
    return posting.needed != ALL_SHIFTS and posting.needed < posting.shifts_n
