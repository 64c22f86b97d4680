"""A matching worker as a process of its own; SIGTERM stops it."""

from __future__ import annotations

import asyncio
import signal

from services.matching.worker import run
from shared.settings import Settings
from shared.telemetry import set_up_logs


async def main() -> None:
    set_up_logs()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await run(Settings.from_environment(), stop)


if __name__ == "__main__":
    asyncio.run(main())
