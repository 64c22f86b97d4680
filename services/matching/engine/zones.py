"""The zones of an index as one table of offset changes for the kernel.

A zone's run lists (UTC minute, offset from then on). It is exact for the years that
were asked for with `cover`, and only those are read.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.clock import year_of, year_segments
from services.matching.engine.doors import Door, door_of

CHANGE = np.dtype([("start", np.int64), ("offset", np.int64)])


class ZoneArrays(NamedTuple):
    """`runs[zone]` is the (first, count) of the zone's records in `changes`."""

    runs: NDArray[Any]
    changes: NDArray[Any]


class Zones:
    """Any thread may ask; what one asks for is there for all."""

    def __init__(self, zones: Iterable[str] = (), years: Iterable[int] = ()) -> None:
        """With zones of these numbers, and these years, as they were."""
        self._numbers = {zone: number for number, zone in enumerate(zones)}
        self._years = set(years)
        self._made: tuple[ZoneArrays, Door] | None = None
        self._turn = Lock()

    def number(self, zone: str) -> int:
        """The zone's row. Raises ValueError for a zone that does not exist."""
        number = self._numbers.get(zone)
        return self._add(zone) if number is None else number

    def name(self, number: int) -> str:
        return self.names()[number]

    def names(self) -> list[str]:
        """Each at the place of its number."""
        with self._turn:
            return list(self._numbers)

    def years(self) -> list[int]:
        with self._turn:
            return sorted(self._years)

    def cover(self, start: int, end: int) -> None:
        """Make the UTC minutes [start, end) readable in every zone."""
        for year in range(year_of(start), year_of(end) + 1):
            if year not in self._years:
                with self._turn:
                    self._years.add(year)
                    self._made = None

    def door(self) -> Door:
        """Of the arrays as they are now."""
        return self._both()[1]

    def arrays(self) -> ZoneArrays:
        return self._both()[0]

    def _both(self) -> tuple[ZoneArrays, Door]:
        made = self._made
        if made is None:
            with self._turn:
                arrays = self._make()
                made = self._made = arrays, door_of(*arrays)
        return made

    def _add(self, zone: str) -> int:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as fault:
            raise ValueError(f"zone {zone!r} does not exist") from fault
        with self._turn:
            self._made = None
            return self._numbers.setdefault(zone, len(self._numbers))

    def _make(self) -> ZoneArrays:
        changes: list[tuple[int, int]] = []
        runs: list[tuple[int, int]] = []
        for zone in self._numbers:
            first = len(changes)
            changes += _changes(zone, sorted(self._years))
            runs.append((first, len(changes) - first))
        return ZoneArrays(
            np.array(runs, np.int64).reshape(-1, 2), np.array(changes, CHANGE)
        )


def _changes(zone: str, years: list[int]) -> list[tuple[int, int]]:
    changes: list[tuple[int, int]] = []
    for year in years:
        for segment in year_segments(zone, year):
            if not changes or changes[-1][1] != segment.offset:
                changes.append((segment.start, segment.offset))
    return changes
