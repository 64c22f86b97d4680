"""Free time in the rough: which quarters of a week's days have any of it, in UTC.

A worker's 28 quarters are set wherever the pattern may be free, by any offset that the
zone has had since FIRST_YEAR or will have; all of them where free exceptions add to it.
So whoever lacks a quarter that a shift touches is not free for it. What a posting needs
is in `kernel_quarters`, the exact look in `kernel_time`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from services.matching.engine.clock import DAY, WEEK

QUARTER = 360  # minutes
QUARTERS = WEEK // QUARTER
ALL_QUARTERS = (1 << QUARTERS) - 1

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
def free_quarters(zone: str, pattern: tuple[int, ...]) -> int:
    """The quarters in which a pattern may be free; its words are those of a row."""
    quarters = 0
    for offset in offsets(zone):
        for word in pattern:
            start, end = word >> 16, word & 0xFFFF
            for quarter in range(
                (start - offset) // QUARTER, -(-(end - offset) // QUARTER)
            ):
                quarters |= 1 << quarter % QUARTERS
    return quarters
