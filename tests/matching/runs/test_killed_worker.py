"""A worker process that is killed during a run loses nothing and doubles nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from services.matching.runs.claiming import LEASE_SECONDS
from shared.settings import Settings
from tests.databases import plain
from tests.matching.documents import a_posting, a_worker
from tests.matching.market import Market, report, until

ROOT = Path(__file__).parents[3]
RUNS = 40


@asynccontextmanager
async def worker_process(
    settings: Settings, log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = os.environ | settings.environment() | {"PYTHONPATH": str(ROOT)}
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.matching.runs.process",
            cwd=ROOT,
            env=environment,
            stderr=errors,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_kill_9_during_a_run(market: Market, tmp_path: Path) -> None:
    settings, log = market.settings, tmp_path / "worker.log"
    await market.knows(*(a_worker() for _ in range(30)))
    await market.knows(a_posting())

    async def running() -> object:
        return await market.runs(state="running")

    async with worker_process(settings, log) as first:
        await market.ended(1, 120)
        # its next runs stop where they look who was removed, ranked and not finished
        blocker = await asyncpg.connect(plain(settings.database_url))
        async with blocker.transaction():
            await market.knows(*(a_posting() for _ in range(RUNS)))
            await blocker.execute("LOCK TABLE matching.worker IN ACCESS EXCLUSIVE MODE")
            await until(running, 10)
            first.kill()
            await first.wait()
            lost = await market.runs(state="running")
            killed_at = time.perf_counter()
        await blocker.close()
    assert lost
    async with worker_process(settings, log) as second:
        await market.ended(RUNS + 1, 60)
        recovered = time.perf_counter() - killed_at
        second.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(second.wait(), 20) == 0
    runs = await market.runs()
    assert len(runs) == RUNS + 1
    assert {run["state"] for run in runs} == {"done"}
    attempts = {run["id"]: run["attempts"] for run in runs}
    assert {attempts[run["id"]] for run in lost} == {2}
    report(f"{len(lost)} runs lost with their worker, all done {recovered:.1f} s later")


@pytest.mark.slow
async def test_a_stopped_worker_that_wakes_up_past_its_lease_writes_nothing(
    market: Market, tmp_path: Path
) -> None:
    settings, log = market.settings, tmp_path / "worker.log"
    await market.knows(a_worker())
    await market.knows(a_posting())
    async with worker_process(settings, log) as process:
        await market.ended(1, 120)
        blocker = await asyncpg.connect(plain(settings.database_url))
        async with blocker.transaction():
            await market.knows(a_posting())
            await blocker.execute("LOCK TABLE matching.worker IN ACCESS EXCLUSIVE MODE")

            async def running() -> object:
                return await market.runs(state="running")

            await until(running, 10)
            process.send_signal(signal.SIGSTOP)
        await blocker.close()
        await asyncio.sleep(LEASE_SECONDS + 1)
        market.start("index", "claims", "reaper")
        await market.ended(2)
        before = await market.runs()
        process.send_signal(signal.SIGCONT)
        await asyncio.sleep(1)
        assert await market.runs() == before
        assert {run["attempts"] for run in before} == {1, 2}
    async with market.database.as_system() as session:
        kept = text("SELECT count(*) FROM matching.match_run")
        assert (await session.execute(kept)).scalar_one() == 2
