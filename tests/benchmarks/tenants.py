"""Whether anybody is told of another tenant where many share a few connections.

The long form of tests/walls/test_tenants_share_a_pool.py: fifty tenants and others, 50
requests at a time over pools of five, on real servers. It measures no speed: what it
counts must be nothing.
"""

from __future__ import annotations

import asyncio
import time

from infra.migrate import migrate_now
from shared.settings import Settings
from shared.telemetry import set_up_logs
from tests.benchmarks.auditing import installation
from tests.walls.traffic import opened_traffic


def main(scale: int) -> None:
    """Prints what `scale` requests told of others, and what connections remembered."""
    set_up_logs()  # one line an error: some connections are killed on purpose
    with installation() as settings:
        migrate_now(settings)
        asyncio.run(_count(settings, scale))


async def _count(settings: Settings, scale: int) -> None:
    async with opened_traffic(settings) as traffic:
        started = time.perf_counter()
        await traffic.run(scale)
        print(traffic.summary(time.perf_counter() - started))
        wrong = traffic.leaks + traffic.left_behind + traffic.misplaced()
    print(f"{len(wrong)} leaks of any kind   (wanted: 0)   {_verdict(not wrong)}")
    for one in wrong[:10]:
        print(f"  {one}")


def _verdict(good: bool) -> str:
    return "ok" if good else "NOT OK"
