"""What a process does beside its requests goes on, whatever happens once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from shared.loops import every


async def test_a_loop_that_fails_goes_on() -> None:
    calls = 0
    stop = asyncio.Event()

    async def fail_once() -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ConnectionError("the database is away")
        stop.set()

    async with asyncio.timeout(5):
        await every(timedelta(milliseconds=2), fail_once, stop)
    assert calls == 2


async def test_a_loop_ends_as_soon_as_it_is_told_to() -> None:
    stop = asyncio.Event()
    stop_soon = asyncio.get_running_loop().call_later(0.01, stop.set)

    async def nothing() -> None:
        pass

    async with asyncio.timeout(5):
        await every(timedelta(hours=1), nothing, stop)
    assert stop_soon.when() <= asyncio.get_running_loop().time()
