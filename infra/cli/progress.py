"""A bar on standard error; results alone go to standard output."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bars(**totals: int | None) -> Iterator[Callable[[str, int], None]]:
    """One bar for each name; call what is yielded with a name and how many more.

    A total of None is not known beforehand, one of 0 needs no bar.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
    with bars:
        tasks = {
            name: bars.add_task(name, total=total)
            for name, total in totals.items()
            if total != 0
        }

        def advance(name: str, number: int) -> None:
            bars.advance(tasks[name], number)

        yield advance
