"""When a posting's work is, at the moment that it is asked about."""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

from services.matching.engine.clock import DAY
from services.matching.engine.kernel_time import (
    UNSTEADY,
    Moment,
    change_at,
    change_end,
    local_day,
)
from services.matching.engine.layout import i8_at
from services.matching.engine.native import compiled, inlined
from services.matching.engine.posting_rows import SHIFT_WORDS, shifts_at


@compiled
def moment_of(now_us: int, posting: Any, p: Any, zones: Any) -> Moment:
    first, last, monday = work_period(now_us, posting, p, zones)
    offset = UNSTEADY
    if posting.shifts_n > 0:
        offset = steady_offset(posting.zone, first, last, zones)
    return Moment(now_us, first, last, monday, offset)


@inlined
def steady_offset(zone: int, first: int, last: int, zones: Any) -> int:
    start, end = (first - 2) * DAY, (last + 3) * DAY
    change = change_at(zone, start, zones)
    if zones.changes[change].start > start or change_end(zone, change, zones) < end:
        return UNSTEADY
    return zones.changes[change].offset


@inlined
def work_period(now_us: int, posting: Any, p: Any, zones: Any) -> tuple[int, int, int]:
    """The first and last day worked, and the reference week's first local minute."""
    if posting.shifts_n > 0 and not posting.weekly:
        return posting.first, posting.last, 0
    today = local_day(posting.zone, now_us // 60_000_000, zones)
    if not posting.weekly:
        return today, today, 0
    day = max(today, posting.starts)
    monday = day + (4 - day) % 7
    last = monday + 6
    for number in range(posting.shifts_n):
        end = i8_at(p, shifts_at(posting) + SHIFT_WORDS * number + 2)
        last = max(last, monday + (end - 1) // DAY)
    return monday, last, monday * DAY
