"""Free time in the rough, in UTC: which halves of a week's days have any of it, and
which hour and a half of a day has any on some day.

People's days resemble each other, so these 30 bits tell more than one for each quarter
of a week's days. They are set wherever the pattern may be free, by any offset that the
zone has had since FIRST_YEAR or will have; all of them where free exceptions add to it.
So whoever lacks a bit that a shift touches is not free for it. What a posting needs is
in `kernel_rough_hours`, the exact look in `kernel_time`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from services.matching.engine.clock import DAY, WEEK

HALF, PART = 720, 90  # minutes
HALVES, PARTS = WEEK // HALF, DAY // PART
ROUGH_BITS = HALVES + PARTS
ALL_HOURS = (1 << ROUGH_BITS) - 1

FIRST_YEAR, LAST_YEAR = 1990, 2070
# UTC minutes between which the offsets are known
KNOWN_FROM = int(datetime(FIRST_YEAR, 1, 2, tzinfo=UTC).timestamp()) // 60
KNOWN_UNTIL = int(datetime(LAST_YEAR, 1, 1, tzinfo=UTC).timestamp()) // 60


@lru_cache(maxsize=1024)
def offsets(zone: str) -> frozenset[int]:
    """Every offset in minutes that a zone has in those years, read every ten days."""
    info = ZoneInfo(zone)
    found = set()
    for minute in range(KNOWN_FROM, KNOWN_UNTIL, 10 * DAY):
        offset = datetime.fromtimestamp(minute * 60, UTC).astimezone(info).utcoffset()
        assert offset is not None
        found.add(int(offset.total_seconds() // 60))
    return frozenset(found)


@lru_cache(maxsize=65_536)
def free_hours(zone: str, pattern: tuple[int, ...]) -> int:
    """Where a pattern may be free; its words are those of a row."""
    hours = 0
    for offset in offsets(zone):
        for word in pattern:
            start, end = (word >> 16) - offset, (word & 0xFFFF) - offset
            for half in range(start // HALF, -(-end // HALF)):
                hours |= 1 << half % HALVES
            for part in range(start // PART, -(-end // PART)):
                hours |= 1 << HALVES + part % PARTS
    return hours
