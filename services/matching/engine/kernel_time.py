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
from services.matching.engine.native import compiled

FOREVER = (1 << 63) - 1
MONDAY = 3 * DAY


class Hours(NamedTuple):
    """The pools of a worker's time: sorted spans that neither touch nor overlap."""

    pattern: Any
    free: Any
    busy: Any


@compiled
def last_start(spans: Any, at: int, count: int, minute: int) -> int:
    """The last of the sorted spans that starts at `minute` or before; -1 if none."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if spans[at + middle].start <= minute:
            low = middle + 1
        else:
            high = middle
    return at + low - 1 if low > 0 else -1


@compiled
def change_at(zone: int, minute: int, zones: Any) -> int:
    """The record of `zones.changes` whose offset holds at a UTC minute."""
    first, count = zones.runs[zone, 0], zones.runs[zone, 1]
    return max(first, last_start(zones.changes, first, count, minute))


@compiled
def change_end(zone: int, change: int, zones: Any) -> int:
    """The UTC minute at which the offset of a record ends."""
    if change + 1 < zones.runs[zone, 0] + zones.runs[zone, 1]:
        return zones.changes[change + 1].start
    return FOREVER


@compiled
def local_day(zone: int, minute: int, zones: Any) -> int:
    return (minute + zones.changes[change_at(zone, minute, zones)].offset) // DAY


@compiled
def contained(
    worker: Any, start: int, end: int, dated: bool, hours: Hours, zones: Any
) -> bool:
    """Whether the UTC minutes [start, end) are all free and none busy.

    `dated` false leaves exceptions and bookings out: the pattern alone.
    """
    if dated and worker.busy_n > 0:
        busy = last_start(hours.busy, worker.busy_at, worker.busy_n, end - 1)
        if busy >= 0 and hours.busy[busy].end > start:
            return False
    minute = start
    while minute < end:
        reached = pattern_until(worker, minute, hours, zones)
        if dated and worker.free_n > 0:
            free = last_start(hours.free, worker.free_at, worker.free_n, minute)
            if free >= 0:
                reached = max(reached, hours.free[free].end)
        if reached <= minute:
            return False
        minute = reached
    return True


@compiled
def pattern_until(worker: Any, minute: int, hours: Hours, zones: Any) -> int:
    """The end of the pattern's interval that a UTC minute is in, or the minute itself.

    Stops at the week's end and where the offset changes; the walk goes on from there.
    """
    if worker.pattern_n == 0:
        return minute
    change = change_at(worker.zone, minute, zones)
    of_week = (minute + zones.changes[change].offset + MONDAY) % WEEK
    interval = last_start(hours.pattern, worker.pattern_at, worker.pattern_n, of_week)
    if interval < 0 or hours.pattern[interval].end <= of_week:
        return minute
    until = minute + hours.pattern[interval].end - of_week
    return min(until, change_end(worker.zone, change, zones))


@compiled
def wall_time_contained(
    worker: Any,
    zone: int,
    start: int,
    end: int,
    room: int,
    hours: Hours,
    zones: Any,
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
            worker, first - room, until + room, False, hours, zones
        ):
            return False
        change += 1
    return True


@compiled
def covered_shifts(
    worker: Any,
    posting: Any,
    monday: int,
    room: int,
    hours: Hours,
    shifts: Any,
    zones: Any,
) -> int:
    """How many shifts fit with `room` minutes before and after.

    `monday` is the first local minute of the reference week of a weekly posting.
    """
    fitting = 0
    for number in range(posting.shifts_n):
        shift = shifts[posting.shifts_at + number]
        if posting.weekly:
            fits = wall_time_contained(
                worker,
                posting.zone,
                monday + shift.start,
                monday + shift.end,
                room,
                hours,
                zones,
            )
        else:
            fits = contained(
                worker, shift.start - room, shift.end + room, True, hours, zones
            )
        if fits:
            fitting += 1
    return fitting


@compiled
def work_period(
    now_us: int, posting: Any, shifts: Any, zones: Any
) -> tuple[int, int, int]:
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
        end = shifts[posting.shifts_at + number].end
        last = max(last, monday + (end - 1) // DAY)
    return monday, last, monday * DAY
