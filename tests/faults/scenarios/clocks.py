"""Workers whose clocks are an hour ahead and an hour behind.

libfaketime shifts every clock of the process that tells the time of day, in C and in
Python alike; clocks that only measure (CLOCK_MONOTONIC) go on as they are, and the
database's is right. Its library in the wheel is for Linux on x86-64.
"""

from __future__ import annotations

import platform
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.faults.checking import checked
from tests.faults.ground import Ground
from tests.faults.scene import open_scene, until

LATER_SECONDS = 6
STUCK_SECONDS = 10.0
CAN_BE_SHIFTED = sys.platform == "linux" and platform.machine() == "x86_64"


async def shifted(ground: Ground, runs: int, rank: str) -> list[Figure]:
    """Half of the runs are due at once, and half in some seconds.

    `rank` must take so long that there is something left for whoever hears no ring,
    by a clock that is behind, and looks each second.
    """
    async with open_scene(ground) as scene:
        await scene.knows_workers(5)
        workers = [
            scene.worker(rank=rank, preload=shifted_by(hours))
            for hours in ("+1h", "-1h")
        ]
        for worker in workers:
            worker.start()

        async def both_work() -> bool:
            return (
                await scene.count("matching.match_worker WHERE state = 'working'") == 2
            )

        await until(both_work, 120)
        await scene.opens(10)
        await scene.until_done(10, 120)
        await scene.opens(runs // 2)
        await scene.fetch(
            "WITH later AS (UPDATE matching.match_run SET run_at = clock_timestamp()"
            f" + interval '{LATER_SECONDS} s' WHERE state = 'queued'"
            " RETURNING run_at) SELECT max(run_at) FROM later"
        )
        await scene.opens(runs // 2)
        await scene.until_ended(LATER_SECONDS + 60)
        history = await scene.history()
        ready = min(run["finished_at"] for run in history.runs)
        late = max(
            (run["started_at"] - run["run_at"]).total_seconds()
            for run in history.runs
            if run["run_at"] > ready
        )
        names = {event["worker"] for event in history.events if event["worker"]}
        return [
            Figure("clocks: workers that took part", len(names), "x", 2),
            Figure("clocks: claimed before they were due", history.early(), "count", 0),
            Figure("clocks: longest after it was due", late, "s", STUCK_SECONDS),
            Figure(
                "clocks: taken for lost",
                sum(run["lost"] for run in history.runs),
                "count",
                0,
            ),
            *await checked("clocks", scene, *workers, done=10 + runs // 2 * 2),
        ]


def shifted_by(hours: str) -> dict[str, str]:
    """The environment of a process whose clock is off by so much."""
    package = find_spec("libfaketime")
    assert package is not None
    assert package.origin is not None
    library = Path(package.origin).parent / "vendor/libfaketime/src/libfaketime.so.1"
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME": hours,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_NO_CACHE": "1",
    }
