"""`python -m tests.faults [NAME …] [--short] [--json]`: what the queue promises, with
its processes killed, stopped, cut off and flooded. Ends with 1 if a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial

from shared.telemetry import set_up_logs
from tests.benchmarks.figures import Figure, tell
from tests.faults.ground import Ground, open_ground
from tests.faults.scenarios import between, clocks, killing, loads, outages

Scenario = Callable[[Ground], Awaitable[list[Figure]]]

LONG: dict[str, Scenario] = {
    "killed": partial(killing.killed, kills=50, runs=5_000),
    "stopped": killing.stopped,
    "poisoned": partial(killing.poisoned, healthy=500),
    "drained": outages.drained,
    "outages": partial(outages.outages, runs=1_000, without_valkey=60, restarts=10),
    "wires": partial(outages.wires, runs=400),
    "clocks": partial(clocks.shifted, runs=400, rank="brief"),
    "crashed": partial(between.crashed, times=20),
    "commits": partial(between.commits, commands=2_000),
    "restored": partial(between.restored, commands=100),
    "overloaded": partial(loads.overloaded, seconds=300),
    "many": partial(loads.many, runs=1_000_000),
}
SHORT: dict[str, Scenario] = {
    "killed": partial(killing.killed, kills=4, runs=100),
    "stopped": partial(killing.stopped, points=killing.LATE[:1]),
    "poisoned": partial(killing.poisoned, healthy=20),
    "drained": partial(outages.drained, ranks=("slow",)),
    "outages": partial(outages.outages, runs=60, without_valkey=2, restarts=3),
    "wires": partial(outages.wires, runs=20),
    "clocks": partial(clocks.shifted, runs=40, rank="slow"),
    "crashed": partial(between.crashed, times=1),
    "commits": partial(between.commits, commands=40),
    "restored": partial(between.restored, commands=10),
    "overloaded": partial(loads.overloaded, seconds=15),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *LONG], default=[])
    parser.add_argument("--short", action="store_true", help="with small numbers")
    parser.add_argument("--json", action="store_true", help="one object a figure")
    asked = parser.parse_args()
    scenarios = SHORT if asked.short else LONG
    broken = 0
    with open_ground() as ground:
        for name in asked.names or scenarios:
            begun = time.monotonic()
            try:
                figures = asyncio.run(_play(scenarios[name], ground))
            except (TimeoutError, AssertionError) as error:
                print(f"{name}: {error!r}", file=sys.stderr)
                figures = [Figure(f"{name}: came to no end", 1, "count", 0)]
            for figure in figures:
                tell(figure, as_json=asked.json)
            broken += sum(figure.ok is False for figure in figures)
            print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return 1 if broken else 0


async def _play(scenario: Scenario, ground: Ground) -> list[Figure]:
    return await scenario(ground)


if __name__ == "__main__":
    set_up_logs()
    sys.exit(main())
