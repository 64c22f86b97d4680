"""Time in the kernel: does a worker's free time contain a span, to the minute?

Works over any horizon without expanding a calendar: from the span's start it walks from
one free piece to the next, in local minutes of the week within each constant offset.
The plain twin is `schedule.contains`.
"""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NamedTuple

from services.matching.engine.clock import DAY, WEEK
from services.matching.engine.layout import i8_at, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.posting_rows import SHIFT_WORDS, shifts_at
from services.matching.engine.worker_rows import (
    SPAN_WORDS,
    busy_at,
    free_at,
    pattern_at,
)

FOREVER = (1 << 63) - 1
MONDAY = 3 * DAY
UNSTEADY = whole(1 << 40)


class Moment(NamedTuple):
    """When a posting is asked about, and its work: the first and the last day worked,
    the reference week's first local minute, and the offset that holds in its zone for
    all that time and two days around it, else UNSTEADY."""

    now_us: int
    first: int
    last: int
    monday: int
    offset: int


@inlined
def change_at(zone: int, minute: int, zones: Any) -> int:
    """The record of `zones.changes` whose offset holds at a UTC minute."""
    first = zones.runs[zone, 0]
    low, high = 0, zones.runs[zone, 1]
    while low < high:
        middle = (low + high) // 2
        if zones.changes[first + middle].start <= minute:
            low = middle + 1
        else:
            high = middle
    return first + max(low - 1, 0)


@inlined
def change_end(zone: int, change: int, zones: Any) -> int:
    """The UTC minute at which the offset of a record ends."""
    if change + 1 < zones.runs[zone, 0] + zones.runs[zone, 1]:
        return zones.changes[change + 1].start
    return FOREVER


@compiled
def local_day(zone: int, minute: int, zones: Any) -> int:
    return (minute + zones.changes[change_at(zone, minute, zones)].offset) // DAY


@inlined
def last_start(w: Any, at: int, count: int, minute: int) -> int:
    """The last of the sorted spans that starts at `minute` or before; -1 if none."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if w[at + SPAN_WORDS * middle] <= minute:
            low = middle + 1
        else:
            high = middle
    return at + SPAN_WORDS * (low - 1) if low > 0 else -1


@inlined
def is_busy(worker: Any, start: int, end: int, w: Any) -> bool:
    """Whether a busy exception or a booking meets the UTC minutes [start, end)."""
    if worker.busy_n == 0:
        return False
    busy = last_start(w, busy_at(worker), worker.busy_n, end - 1)
    return busy >= 0 and w[busy + 1] > start


@compiled
def contained(
    worker: Any, start: int, end: int, dated: bool, w: Any, zones: Any
) -> bool:
    """Whether the UTC minutes [start, end) are all free and none busy.

    `dated` false leaves exceptions and bookings out: the pattern alone.
    """
    if dated and is_busy(worker, start, end, w):
        return False
    minute = start
    while minute < end:
        reached = pattern_until(worker, minute, w, zones)
        if dated and worker.free_n > 0:
            free = last_start(w, free_at(worker), worker.free_n, minute)
            if free >= 0:
                reached = max(reached, w[free + 1])
        if reached <= minute:
            return False
        minute = reached
    return True


@inlined
def pattern_until(worker: Any, minute: int, w: Any, zones: Any) -> int:
    """The end of the pattern's interval that a UTC minute is in, or the minute itself.

    Stops at the week's end and where the offset changes; the walk goes on from there.
    """
    if worker.pattern_n == 0:
        return minute
    change = change_at(worker.zone, minute, zones)
    of_week = (minute + zones.changes[change].offset + MONDAY) % WEEK
    at, low, high = pattern_at(worker), 0, worker.pattern_n
    while low < high:
        middle = (low + high) // 2
        if w[at + middle] >> 16 <= of_week:
            low = middle + 1
        else:
            high = middle
    if low == 0:
        return minute
    end = w[at + low - 1] & 0xFFFF
    if end <= of_week:
        return minute
    return min(minute + end - of_week, change_end(worker.zone, change, zones))


@compiled
def wall_time_contained(
    worker: Any, zone: int, start: int, end: int, room: int, w: Any, zones: Any
) -> bool:
    """Whether the pattern contains every UTC span of the local minutes [start, end).

    Each span is widened by `room` minutes on both sides.
    """
    change = change_at(zone, start - DAY, zones)
    last = zones.runs[zone, 0] + zones.runs[zone, 1]
    while change < last and zones.changes[change].start < end + DAY:
        offset = zones.changes[change].offset
        first = max(start - offset, zones.changes[change].start)
        until = min(end - offset, change_end(zone, change, zones))
        if first < until and not contained(
            worker, first - room, until + room, False, w, zones
        ):
            return False
        change += 1
    return True


@inlined
def shift_fits(
    worker: Any,
    posting: Any,
    number: int,
    moment: Moment,
    room: int,
    w: Any,
    p: Any,
    zones: Any,
) -> bool:
    """Whether a shift fits with `room` minutes before and after.

    `w` and `p` are the words of workers and of postings.
    """
    place = shifts_at(posting) + SHIFT_WORDS * number
    start, end = i8_at(p, place), i8_at(p, place + 2)
    if (
        moment.offset != UNSTEADY
        and worker.zone == posting.zone
        and worker.free_n == 0
        and end > start
    ):
        # where both live by one clock that nothing changes: just minutes of the week
        opens = start if posting.weekly else start + moment.offset + MONDAY
        opens = opens % WEEK - room
        closes = opens + end - start + 2 * room
        if opens >= 0 and closes <= WEEK:
            if not in_one_interval(worker, opens, closes, w):
                return False
            return posting.weekly or not is_busy(worker, start - room, end + room, w)
    return fits_by_the_clock(worker, posting, start, end, moment, room, w, zones)


@inlined
def in_one_interval(worker: Any, opens: int, closes: int, w: Any) -> bool:
    """Whether one interval of the pattern holds the week's minutes [opens, closes)."""
    holds, at = False, pattern_at(worker)
    for number in range(worker.pattern_n):
        word = w[at + number]
        holds |= (word >> 16 <= opens) & (word & 0xFFFF >= closes)
    return holds


@compiled
def fits_by_the_clock(
    worker: Any,
    posting: Any,
    start: int,
    end: int,
    moment: Moment,
    room: int,
    w: Any,
    zones: Any,
) -> bool:
    """As `shift_fits`, whatever the zones and the exceptions."""
    if posting.weekly:
        monday = moment.monday
        return wall_time_contained(
            worker, posting.zone, monday + start, monday + end, room, w, zones
        )
    return contained(worker, start - room, end + room, True, w, zones)


@inlined
def covered_shifts(
    worker: Any,
    posting: Any,
    moment: Moment,
    room: int,
    needed: int,
    w: Any,
    p: Any,
    zones: Any,
) -> int:
    """How many shifts fit with `room` minutes before and after; where they are fewer
    than `needed`, any number below it."""
    fitting, left = whole(0), whole(posting.shifts_n)
    for number in range(posting.shifts_n):
        left -= 1
        if shift_fits(worker, posting, number, moment, room, w, p, zones):
            fitting += 1
        elif fitting + left < needed:
            break
    return fitting


@compiled
def shift_minutes(posting: Any, number: int, monday: int, p: Any, zones: Any) -> int:
    """How long a shift is; of a weekly one the minutes whose wall time it has."""
    place = shifts_at(posting) + SHIFT_WORDS * number
    start, end = i8_at(p, place), i8_at(p, place + 2)
    if not posting.weekly:
        return end - start
    zone, minutes = posting.zone, whole(0)
    start, end = start + monday, end + monday
    change = change_at(zone, start - DAY, zones)
    last = zones.runs[zone, 0] + zones.runs[zone, 1]
    while change < last and zones.changes[change].start < end + DAY:
        offset = zones.changes[change].offset
        first = max(start - offset, zones.changes[change].start)
        until = min(end - offset, change_end(zone, change, zones))
        minutes += max(0, until - first)
        change += 1
    return minutes
