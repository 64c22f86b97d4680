"""Loops that must not end: each waits outages out, and is started again if it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog

log = structlog.get_logger(__name__)

RESTART_SECONDS = 1.0

Loop = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""Runs until the event is set."""


async def supervise(loops: Mapping[str, Loop], stop: asyncio.Event) -> None:
    """Run all loops until `stop`, then wait for each to end by itself."""
    async with asyncio.TaskGroup() as group:
        for name, loop in loops.items():
            group.create_task(_keep_running(name, loop, stop), name=name)


async def _keep_running(name: str, loop: Loop, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await loop(stop)
        except Exception:
            log.exception("loop failed", loop=name)
            await pause(stop, RESTART_SECONDS)


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Sleep, but not on after `stop`."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
