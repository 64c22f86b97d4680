"""A matching worker as a process of its own; SIGTERM stops it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.matching.worker import run
from shared.settings import Settings
from shared.telemetry import set_up_logs

ROOT = Path(__file__).parents[3]


@asynccontextmanager
async def worker_process(
    settings: Settings, log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Started; killed at the end, if it has not ended before."""
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


async def main() -> None:
    set_up_logs()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await run(Settings.from_environment(), stop)


if __name__ == "__main__":
    asyncio.run(main())
