"""What a task is asked with, and the figures it yields."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.figures import Figure, Unit, tell

__all__ = ["Figure", "Options", "Task", "Unit", "tell"]


@dataclass(frozen=True, slots=True)
class Options:
    """`data` holds `bench_dev/` and `taxonomy/`. Of long sets a sample is asked, unless
    `full`; `sample` titles of JobBERT's, `fuzzy` queries of the slow peer."""

    data: Path
    full: bool = False
    sample: int = 3_000
    fuzzy: int = 300

    @property
    def splits(self) -> Path:
        return self.data / "bench_dev"

    @property
    def taxonomy(self) -> Path:
        return self.data / "taxonomy"


Task = Callable[[Options], Iterable[Figure]]
"""One file, one task: `run` yields its figures as they are known."""
