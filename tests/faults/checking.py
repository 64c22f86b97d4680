"""The figures that every scenario ends with."""

from __future__ import annotations

import asyncio
import sys
import time

from services.matching.runs.metrics import queue_metrics
from shared.telemetry import metrics_page
from tests.benchmarks.figures import Figure
from tests.faults.processes import Child
from tests.faults.scene import Scene
from tests.prometheus import samples_of

SCRAPED_SECONDS = 5.0


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
    scraped = await _until_scraped(scene)
    for gap in scraped:
        print(f"{name}: {gap}", file=sys.stderr)
    ended = [child for child in living if child.code is not None]
    for child in ended:
        print(f"{name}: ended: {child.log[-2000:]}", file=sys.stderr)
    return [
        Figure(f"{name}: done", history.done() / max(done, 1), "share", 1.0),
        Figure(f"{name}: lost", done + dead - history.ended(), "count", 0),
        Figure(f"{name}: done twice", history.doubled(), "count", 0),
        Figure(f"{name}: history contradicts", len(faults), "count", 0),
        Figure(f"{name}: counts that are not true", len(miscounted), "count", 0),
        Figure(f"{name}: metrics that are not true", len(scraped), "count", 0),
        Figure(f"{name}: processes that ended", len(ended), "count", 0),
    ]


async def _until_scraped(scene: Scene) -> list[str]:
    """Where a scrape says something else than counting the rows, after five seconds at
    the most."""
    deadline = time.monotonic() + SCRAPED_SECONDS
    while True:
        rows = await scene.fetch(
            "SELECT lane, state, count(*) AS n FROM matching.match_run GROUP BY 1, 2"
        )
        page, _ = metrics_page(await queue_metrics(scene.database))
        told = {
            (dict(labels)["lane"], dict(labels)["state"]): value
            for (name, labels), value in samples_of(page.decode()).items()
            if name == "rollcall_runs"
        }
        true = {(row["lane"], row["state"]): row["n"] for row in rows}
        gaps = [
            f"{key}: {told.get(key, 0)} scraped, {true.get(key, 0)} true"
            for key in told.keys() | true.keys()
            if told.get(key, 0) != true.get(key, 0)
        ]
        if not gaps or time.monotonic() > deadline:
            return gaps
        await asyncio.sleep(0.2)
