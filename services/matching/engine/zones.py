"""The zones of an index as one table of offset changes for the kernel.

A zone's run lists (UTC minute, offset from then on). It is exact for the years that
were asked for with `cover`, and only those are read.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.clock import year_of, year_segments

CHANGE = np.dtype([("start", np.int64), ("offset", np.int64)])


class ZoneArrays(NamedTuple):
    """`runs[zone]` is the (first, count) of the zone's records in `changes`."""

    runs: NDArray[Any]
    changes: NDArray[Any]


class Zones:
    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._years: set[int] = set()
        self._arrays: ZoneArrays | None = None

    def number(self, zone: str) -> int:
        """The zone's row. Raises ValueError for a zone that does not exist."""
        number = self._numbers.get(zone)
        if number is None:
            try:
                ZoneInfo(zone)
            except (ZoneInfoNotFoundError, ValueError, OSError) as fault:
                raise ValueError(f"zone {zone!r} does not exist") from fault
            number = self._numbers[zone] = len(self._numbers)
            self._arrays = None
        return number

    def name(self, number: int) -> str:
        return list(self._numbers)[number]

    def cover(self, start: int, end: int) -> None:
        """Make the UTC minutes [start, end) readable in every zone."""
        for year in range(year_of(start), year_of(end) + 1):
            if year not in self._years:
                self._years.add(year)
                self._arrays = None

    def arrays(self) -> ZoneArrays:
        if self._arrays is None:
            changes: list[tuple[int, int]] = []
            runs: list[tuple[int, int]] = []
            for zone in self._numbers:
                first = len(changes)
                changes += _changes(zone, sorted(self._years))
                runs.append((first, len(changes) - first))
            self._arrays = ZoneArrays(
                np.array(runs, np.int64).reshape(-1, 2), np.array(changes, CHANGE)
            )
        return self._arrays


def _changes(zone: str, years: list[int]) -> list[tuple[int, int]]:
    changes: list[tuple[int, int]] = []
    for year in years:
        for segment in year_segments(zone, year):
            if not changes or changes[-1][1] != segment.offset:
                changes.append((segment.start, segment.offset))
    return changes
