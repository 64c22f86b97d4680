"""A worker's declared hours, and whether they contain a span of time.

Spans are (start, end) in minutes, half-open. A minute is free if the weekly pattern
shows it (by its local wall time) or a free exception holds it, and no busy exception
or booking does. Free edges are rounded inwards to the minute, busy ones outwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.matching.engine.clock import (
    DAY,
    WEEK,
    ceil_local_minute,
    ceil_minute,
    floor_local_minute,
    floor_minute,
    segments,
    spans_of_wall_time,
)
from services.matching.engine.facts import WorkerFacts
from services.matching.engine.terms import DatedException, WeeklyInterval

Spans = Sequence[tuple[int, int]]

# What is free or busy beyond the year 6000 does not matter, and four bytes a time do.
LAST_MINUTE = 2_100_000_000


def join(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted, with spans that touch or overlap made one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            if end > joined[-1][1]:
                joined[-1] = (joined[-1][0], end)
        elif start < end:
            joined.append((start, end))
    return joined


def pattern_of(weekly: Iterable[WeeklyInterval]) -> list[tuple[int, int]]:
    """Minutes of the week, 0 = Monday 00:00; Sunday night wraps round to Monday."""
    spans = []
    for interval in weekly:
        start = interval.weekday * DAY + interval.start
        end = interval.weekday * DAY + interval.end
        spans.append((start, min(end, WEEK)))
        if end > WEEK:
            spans.append((0, end - WEEK))
    return join(spans)


def days_of_span(start: int, end: int) -> list[WeeklyInterval]:
    """Minutes of the week as intervals of no more than a day: joined, the same."""
    return [
        WeeklyInterval(at // DAY, at % DAY, at % DAY + min(end - at, DAY - at % DAY))
        for at in [start, *range(-(-(start + 1) // DAY) * DAY, end, DAY)]
    ]


def free_exceptions(worker: WorkerFacts) -> list[tuple[int, int]]:
    """UTC minutes declared free on top of the pattern."""
    spans = [(ceil_minute(free.start), floor_minute(free.end)) for free in worker.free]
    for exception in worker.exceptions:
        if exception.free:
            spans += _utc(worker.zone, exception)
    return join(held(spans)) if spans else []


def busy_times(worker: WorkerFacts) -> list[tuple[int, int]]:
    """UTC minutes of busy exceptions and bookings."""
    spans = [(floor_minute(busy.start), ceil_minute(busy.end)) for busy in worker.busy]
    for exception in worker.exceptions:
        if not exception.free:
            spans += _utc(worker.zone, exception)
    return join(held(spans))


def held(spans: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    for start, end in spans:
        yield max(start, -LAST_MINUTE), min(end, LAST_MINUTE)


def _utc(zone: str, exception: DatedException) -> list[tuple[int, int]]:
    if exception.free:
        start = ceil_local_minute(exception.start)
        end = floor_local_minute(exception.end)
    else:
        start = floor_local_minute(exception.start)
        end = ceil_local_minute(exception.end)
    return spans_of_wall_time(zone, start, end)


def occurrences(
    zone: str, pattern: Spans, start: int, end: int
) -> list[tuple[int, int]]:
    """The UTC spans of a weekly pattern that meet [start, end)."""
    found = []
    for segment in segments(zone, start, end):
        first = segment.start + segment.offset + 3 * DAY
        last = segment.end + segment.offset + 3 * DAY
        for week in range(first // WEEK * WEEK, last, WEEK):
            for opens, closes in pattern:
                begin, finish = max(first, week + opens), min(last, week + closes)
                if begin < finish:
                    shift = segment.offset + 3 * DAY
                    found.append((begin - shift, finish - shift))
    return found


def contains(
    zone: str, pattern: Spans, free: Spans, busy: Spans, start: int, end: int
) -> bool:
    """Whether every UTC minute of [start, end) is free and none is busy."""
    if any(begin < end and finish > start for begin, finish in busy):
        return False
    extra = [span for span in free if span[0] < end and span[1] > start]
    return any(
        begin <= start and end <= finish
        for begin, finish in join([*occurrences(zone, pattern, start, end), *extra])
    )
