"""How fresh the availability of workers is, area by area."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.areas import (
    BANDS,
    CELL,
    CELLS,
    cells_of_band,
    first_of_band,
)
from services.matching.engine.index import Index
from services.matching.engine.rules import STALE_AFTER_US
from services.matching.engine.strips import MICRO
from services.matching.engine.worker_rows import NEVER

LATITUDE, LONGITUDE = 8, 9  # words of a place, see worker_rows.py
CELLS_OF = np.array([cells_of_band(band) for band in range(BANDS)])
FIRST_OF = np.array([first_of_band(band) for band in range(BANDS)])


class AreaFreshness(NamedTuple):
    """Of the active workers who live in a cell: how many there are, whose availability
    was confirmed too long ago to rank them, and whose never was."""

    area: int
    workers: int
    stale: int
    undeclared: int


def availability_by_area(index: Index, now_us: int) -> list[AreaFreshness]:
    """By cell of the first place, those with most whose availability does not count
    first; who has named no place is in none."""
    rows, words = index.workers.shelf.table
    there = rows[(rows["live"] > 0) & (rows["places_n"] > 0)]
    area = _cells(words[there["at"] + LATITUDE], words[there["at"] + LONGITUDE])
    confirmed = there["confirmed"]
    undeclared = confirmed == NEVER
    stale = ~undeclared & (confirmed < now_us - STALE_AFTER_US)
    counts = [
        np.bincount(area[some], minlength=CELLS)
        for some in (slice(None), stale, undeclared)
    ]
    workers, late, never = counts
    found = np.flatnonzero(workers)
    found = found[np.lexsort((found, -(late + never)[found]))]
    return [
        AreaFreshness(int(cell), int(workers[cell]), int(late[cell]), int(never[cell]))
        for cell in found
    ]


def _cells(lat: NDArray[Any], lon: NDArray[Any]) -> NDArray[Any]:
    """As `areas.cell_at`, of many positions in millionths of a degree."""
    band = ((lat / MICRO + 90.0) / CELL).astype(np.int64).clip(max=BANDS - 1)
    count = CELLS_OF[band]
    column = np.floor((lon / MICRO + 180.0) / 360.0 * count).astype(np.int64)
    cells: NDArray[Any] = FIRST_OF[band] + column % count
    return cells
