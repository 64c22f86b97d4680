"""Local wall time and UTC, exactly, over any horizon.

Minutes are counted from 1970-01-01T00:00, in UTC or as a wall clock shows them (local
minutes); days from 1970-01-01. A zone is a row of segments of constant offset; offsets
with seconds (before about 1940) are floored to the minute.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = 1440
WEEK = 7 * DAY
MINUTE_US = 60_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOCAL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (wall time has no zone)
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()

_MINUTE = timedelta(minutes=1)
_MICROSECOND = timedelta(microseconds=1)
# A datetime this close to Python's first or last has no local time in some zone.
_FIRST_MINUTE = (datetime(1, 1, 3, tzinfo=UTC) - EPOCH) // _MINUTE
_LAST_MINUTE = (datetime(9999, 12, 29, tzinfo=UTC) - EPOCH) // _MINUTE


class Segment(NamedTuple):
    """UTC minutes [start, end) in which local time is UTC plus `offset` minutes."""

    start: int
    end: int
    offset: int


def microseconds(instant: datetime) -> int:
    return (instant - EPOCH) // _MICROSECOND


def instant(microseconds: int) -> datetime:
    return EPOCH + microseconds * _MICROSECOND


def floor_minute(instant: datetime) -> int:
    return (instant - EPOCH) // _MINUTE


def ceil_minute(instant: datetime) -> int:
    return -((EPOCH - instant) // _MINUTE)


def floor_local_minute(wall: datetime) -> int:
    return (wall - LOCAL_EPOCH) // _MINUTE


def ceil_local_minute(wall: datetime) -> int:
    return -((LOCAL_EPOCH - wall) // _MINUTE)


def day_number(day: date) -> int:
    return day.toordinal() - EPOCH_ORDINAL


def day(number: int) -> date:
    return date.fromordinal(number + EPOCH_ORDINAL)


def minute_of_week(local_minute: int) -> int:
    """0 = Monday 00:00; the epoch was a Thursday."""
    return (local_minute + 3 * DAY) % WEEK


def year_of(minute: int) -> int:
    """The UTC year of a minute, within the years that Python knows."""
    ordinal = minute // DAY + EPOCH_ORDINAL
    last = date.max.toordinal()
    return date.fromordinal(min(max(ordinal, 1), last)).year


@lru_cache(maxsize=8192)
def year_segments(zone: str, year: int) -> tuple[Segment, ...]:
    """The segments of one UTC year.

    The offset is read once a day and bisected to the minute where two days differ, so
    only two changes within one day would be missed; no zone has made such a pair.
    """
    info = ZoneInfo(zone)
    begin = floor_minute(datetime(year, 1, 1, tzinfo=UTC))
    days = 366 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 365
    end = begin + days * DAY
    segments = []
    start, offset = begin, _offset(info, begin)
    for day in range(begin, end, DAY):
        last = min(day + DAY, end - 1)
        if _offset(info, last) != offset:
            change = _first_change(info, day, last, offset)
            segments.append(Segment(start, change, offset))
            start, offset = change, _offset(info, last)
    segments.append(Segment(start, end, offset))
    return tuple(segments)


def _first_change(info: ZoneInfo, low: int, high: int, offset: int) -> int:
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(info, middle) == offset:
            low = middle
        else:
            high = middle
    return high


def _offset(info: ZoneInfo, minute: int) -> int:
    minute = min(max(minute, _FIRST_MINUTE), _LAST_MINUTE)
    offset = (EPOCH + minute * _MINUTE).astimezone(info).utcoffset()
    assert offset is not None
    return offset // _MINUTE


@lru_cache(maxsize=8192)
def segments(zone: str, start: int, end: int) -> tuple[Segment, ...]:
    """The constant-offset pieces of the UTC minutes [start, end)."""
    return tuple(
        Segment(max(segment.start, start), min(segment.end, end), segment.offset)
        for year in range(year_of(start), year_of(end - 1) + 1)
        for segment in year_segments(zone, year)
        if segment.start < end and segment.end > start
    )


def spans_of_wall_time(zone: str, start: int, end: int) -> list[tuple[int, int]]:
    """The UTC minutes whose local wall time is in [start, end), in order.

    Usually one span; an hour that a clock repeats gives two, a skipped one none.
    """
    spans = []
    for segment in segments(zone, start - DAY, end + DAY):
        first = max(segment.start, start - segment.offset)
        last = min(segment.end, end - segment.offset)
        if first < last:
            spans.append((first, last))
    return spans


def local_day(zone: str, minute: int) -> int:
    """The local date, as a day number, of a UTC minute."""
    (segment,) = segments(zone, minute, minute + 1)
    return (minute + segment.offset) // DAY
