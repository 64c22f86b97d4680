"""The figures that every scenario ends with."""

from __future__ import annotations

import sys

from tests.benchmarks.figures import Figure
from tests.faults.processes import Child
from tests.faults.scene import Scene


async def checked(
    name: str, scene: Scene, *living: Child, done: int, dead: int = 0
) -> list[Figure]:
    """Nothing lost or doubled, a lawful history, true counts, and processes that live.

    `done` runs must be done and `dead` laid aside; each contradiction goes to stderr.
    """
    history = await scene.history()
    faults, miscounted = history.faults(), history.miscounted()
    for fault in faults[:20]:
        print(f"{name}: {fault}", file=sys.stderr)
    ended = [child for child in living if child.code is not None]
    for child in ended:
        print(f"{name}: ended: {child.log[-2000:]}", file=sys.stderr)
    return [
        Figure(f"{name}: done", history.done() / max(done, 1), "share", 1.0),
        Figure(f"{name}: lost", done + dead - history.ended(), "count", 0),
        Figure(f"{name}: done twice", history.doubled(), "count", 0),
        Figure(f"{name}: history contradicts", len(faults), "count", 0),
        Figure(f"{name}: counts that are not true", len(miscounted), "count", 0),
        Figure(f"{name}: processes that ended", len(ended), "count", 0),
    ]
