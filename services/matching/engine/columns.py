"""Rows of fixed width, and pools for what a row has any number of.

A row names its run in a pool by `<pool>_at` and `<pool>_n`. Everything is replaced in
place: dropped rows are used again, and a pool is compacted when more than half of it
is waste, so updates cost constant time on average.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEWEST = 64
COMPACT_ABOVE = 1024

FLAG, I4, I8, U8, F8 = np.uint8, np.int32, np.int64, np.uint64, np.float64
SPAN = np.dtype([("start", I8), ("end", I8)])
HELD = np.dtype([("id", I4), ("value", I4)])

Records = Sequence[Any]
Packed = tuple[tuple[Any, ...], tuple[Records, ...]]


def row_type(fixed: Mapping[str, Any], pools: Mapping[str, Any]) -> Any:
    """The row's record: its fixed fields, then the two of each pool."""
    runs = [(f"{name}_{end}", I4) for name in pools for end in ("at", "n")]
    return np.dtype([*fixed.items(), *runs], align=True)


class Pool:
    """Runs of records of one kind, back to back."""

    def __init__(self, kind: Any) -> None:
        self.entries: NDArray[Any] = np.zeros(FEWEST, kind)
        self.used = 0
        self.wasted = 0

    def write(self, at: int, held: int, records: Records) -> int:
        """Replace the run of `held` records at `at`; say where it is now."""
        count = len(records)
        if count <= held:
            self.wasted += held - count
        else:
            self.wasted += held
            at = self.used
            self.used += count
            if self.used > len(self.entries):
                self._grow()
        if count:
            self.entries[at : at + count] = records
        return at

    def _grow(self) -> None:
        size = max(self.used, 2 * len(self.entries))
        grown = np.zeros(size, self.entries.dtype)
        grown[: len(self.entries)] = self.entries
        self.entries = grown

    @property
    def is_sparse(self) -> bool:
        return self.used > COMPACT_ABOVE and 2 * self.wasted > self.used

    def compact(self, at: NDArray[Any], count: NDArray[Any]) -> NDArray[Any]:
        """Move all runs together, in the order of rows; give their new places."""
        moved: NDArray[Any] = np.cumsum(count, dtype=np.int64) - count
        self.used, self.wasted = int(count.sum()), 0
        source = np.repeat(at - moved, count) + np.arange(self.used)
        self.entries[: self.used] = self.entries[source]
        return moved


class Columns:
    """All rows of one kind; `rows[i]["live"]` is 0 for a row that is free."""

    def __init__(self, fixed: Mapping[str, Any], pools: Mapping[str, Any]) -> None:
        self.rows: NDArray[Any] = np.zeros(FEWEST, row_type(fixed, pools))
        self.pools = {name: Pool(kind) for name, kind in pools.items()}
        self.used = 0
        self._fixed = len(fixed)
        self._free: list[int] = []

    def add(self, fixed: tuple[Any, ...], runs: Sequence[Records]) -> int:
        """Store a new row; `runs` are in the order of the pools. Gives its number."""
        if self._free:
            row = self._free.pop()
        else:
            row = self.used
            self.used += 1
            if row == len(self.rows):
                grown = np.zeros(2 * row, self.rows.dtype)
                grown[:row] = self.rows
                self.rows = grown
        self._write(row, fixed, runs, (0,) * (2 * len(self.pools)))
        return row

    def replace(
        self, row: int, fixed: tuple[Any, ...], runs: Sequence[Records]
    ) -> None:
        held = self.rows[row].item()[self._fixed :]
        self._write(row, fixed, runs, held)
        self._compact()

    def drop(self, row: int) -> None:
        held = self.rows[row].item()[self._fixed :]
        for pool, count in zip(self.pools.values(), held[1::2], strict=True):
            pool.wasted += count
        self.rows[row] = np.zeros((), self.rows.dtype)
        self._free.append(row)
        self._compact()

    def _write(
        self,
        row: int,
        fixed: tuple[Any, ...],
        runs: Sequence[Records],
        held: Sequence[int],
    ) -> None:
        places: list[int] = []
        for number, (pool, records) in enumerate(
            zip(self.pools.values(), runs, strict=True)
        ):
            at, count = held[2 * number], held[2 * number + 1]
            if records or count:
                at = pool.write(at, count, records)
            places += (at, len(records))
        self.rows[row] = (*fixed, *places)

    def _compact(self) -> None:
        for name, pool in self.pools.items():
            if pool.is_sparse:
                rows = self.rows[: self.used]
                rows[f"{name}_at"] = pool.compact(rows[f"{name}_at"], rows[f"{name}_n"])

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """The rows, then each pool's records; valid until the next change."""
        return (
            self.rows[: self.used],
            *(pool.entries for pool in self.pools.values()),
        )
