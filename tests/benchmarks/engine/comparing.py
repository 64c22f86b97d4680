"""Medians and p99 as figures, and how many times faster Rollcall is than its peers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tests.benchmarks.engine.engines import OURS, POSTGRES, TANTIVY, USUAL
from tests.benchmarks.engine.question_sets import (
    RANDOM,
    RELATED,
    WORST,
    WORST_RELATED,
)
from tests.benchmarks.engine.timing import Seconds
from tests.benchmarks.figures import Figure

MEDIAN, P99 = 50, 99
MEASURES = {MEDIAN: "median", P99: "p99"}

NAME_WIDE, CELL_WIDE = 38, 25

Times = Mapping[str, Seconds]
"""Of each engine, by its name."""


class Wanted(NamedTuple):
    """How many times faster than a peer (the best of some) in one measure."""

    kind: str
    measure: int
    than: Sequence[str]
    label: str
    times: float | None


HOT = (
    Wanted(RANDOM, MEDIAN, POSTGRES, "the best PostgreSQL", 100.0),
    Wanted(RANDOM, P99, POSTGRES, "the best PostgreSQL", 50.0),
    Wanted(RELATED, MEDIAN, POSTGRES, "the best PostgreSQL", 50.0),
    Wanted(RELATED, P99, POSTGRES, "the best PostgreSQL", 25.0),
    Wanted(WORST, MEDIAN, POSTGRES, "the best PostgreSQL", 60.0),
    Wanted(WORST_RELATED, MEDIAN, POSTGRES, "the best PostgreSQL", None),
    Wanted(RANDOM, MEDIAN, USUAL, "the usual PostgreSQL", None),
    Wanted(RELATED, MEDIAN, USUAL, "the usual PostgreSQL", None),
    Wanted(WORST, MEDIAN, USUAL, "the usual PostgreSQL", None),
    Wanted(RANDOM, MEDIAN, (TANTIVY,), "Tantivy", None),
    Wanted(RELATED, MEDIAN, (TANTIVY,), "Tantivy", None),
    Wanted(WORST, MEDIAN, (TANTIVY,), "Tantivy", None),
)
IN_TURNS = (
    Wanted(RANDOM, MEDIAN, (TANTIVY,), "Tantivy", 20.0),
    Wanted(RANDOM, MEDIAN, POSTGRES, "the best PostgreSQL", 25.0),
)


def measured(how: str, times: Times, kinds: Mapping[str, slice]) -> Iterator[Figure]:
    """Every engine's microseconds; `how` says how they were taken."""
    for kind, rows in kinds.items():
        for engine, seconds in times.items():
            for measure, name in MEASURES.items():
                value = _percentile(seconds[rows], measure) * 1e6
                yield Figure(f"{how}, {kind}, {name}: {engine}", value, "us")


def ratios(
    how: str, times: Times, kinds: Mapping[str, slice], wanted: Sequence[Wanted]
) -> Iterator[Figure]:
    """How many times less than its peers Rollcall takes."""
    for one in wanted:
        peers = [times[name][kinds[one.kind]] for name in one.than if name in times]
        if peers:
            best = min(_percentile(seconds, one.measure) for seconds in peers)
            ours = _percentile(times[OURS][kinds[one.kind]], one.measure)
            name = f"{how}, {one.kind}, {MEASURES[one.measure]}: over {one.label}"
            yield Figure(name, best / ours, "x", one.times)


def table(how: str, times: Times, kinds: Mapping[str, slice]) -> str:
    """Median and p99 of every engine and kind in microseconds, for people."""
    lines = [f"{how}: median, p99 in us".ljust(NAME_WIDE) + _row(kinds)]
    for engine, seconds in times.items():
        cells = [
            " ".join(f"{_percentile(seconds[rows], m) * 1e6:10,.0f}" for m in MEASURES)
            for rows in kinds.values()
        ]
        lines.append(f"  {engine}".ljust(NAME_WIDE) + _row(cells))
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return "".join(cell.rjust(CELL_WIDE) for cell in cells)


def _percentile(seconds: Seconds, measure: int) -> float:
    return float(np.percentile(seconds, measure))
