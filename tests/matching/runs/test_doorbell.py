"""The doorbell makes the queue quick; nothing depends on it."""

from __future__ import annotations

import asyncio
import time
from functools import partial

import redis.asyncio
from sqlalchemy import text

from services.matching.runs.doorbell import Doorbell, listen
from services.matching.runs.lanes import Lane
from shared.settings import Settings
from tests.matching.documents import a_posting, a_worker
from tests.matching.market import Market, until

NOBODY = "redis://127.0.0.1:9/0"


async def holds(heard: list[Lane], count: int) -> bool:
    return len(heard) >= count


async def hear(url: str, heard: list[Lane], stop: asyncio.Event) -> None:
    await listen(url, heard.append, stop)


async def test_a_ring_is_heard_once_however_often_it_was_rung(redis_url: str) -> None:
    doorbell, stop = Doorbell(redis_url), asyncio.Event()
    heard: list[Lane] = []
    for _ in range(5):
        await doorbell.ring("interactive")
    await doorbell.ring("bulk")
    listening = asyncio.create_task(hear(redis_url, heard, stop))
    await asyncio.sleep(1)
    assert sorted(heard) == ["bulk", "interactive"]
    stop.set()
    await listening
    await doorbell.close()


async def test_every_ring_after_the_last_one_was_answered_is_heard(
    redis_url: str,
) -> None:
    doorbell, stop = Doorbell(redis_url), asyncio.Event()
    heard: list[Lane] = []
    listening = asyncio.create_task(hear(redis_url, heard, stop))
    for count in range(1, 6):
        await doorbell.ring("interactive")
        await until(partial(holds, heard, count), 5)
    stop.set()
    await listening
    await doorbell.close()


async def test_a_ring_waits_for_the_commit_and_dies_with_a_rollback(
    market: Market,
) -> None:
    rung: list[Lane] = []

    class Ear(Doorbell):
        async def ring(self, lane: Lane) -> None:
            rung.append(lane)

    ear = Ear(NOBODY)
    async with market.database.as_system() as session:
        ear.ring_after_commit(session, "bulk")
        await session.execute(text("SELECT 1"))
        assert rung == []
    try:
        async with market.database.as_system() as session:
            ear.ring_after_commit(session, "refresh")
            await session.execute(text("SELECT 1"))
            raise InterruptedError
    except InterruptedError:
        pass
    await ear.close()
    assert rung == ["bulk"]


async def test_with_valkey_gone_a_ring_costs_little_and_the_queue_still_works(
    settings: Settings, market: Market
) -> None:
    silent = Doorbell(NOBODY)
    started = time.perf_counter()
    await silent.ring("interactive")
    assert time.perf_counter() - started < 2
    stop = asyncio.Event()
    listening = asyncio.create_task(hear(NOBODY, [], stop))
    await market.knows(a_worker())
    await market.knows(a_posting(), a_posting())
    market.start("index", "claims", "reaper")
    await market.ended(2)
    assert not listening.done()
    stop.set()
    await asyncio.wait_for(listening, 5)
    await silent.close()


async def test_flushing_valkey_while_200_runs_wait_loses_none(market: Market) -> None:
    await market.knows(*(a_worker() for _ in range(20)))
    await market.knows(*(a_posting() for _ in range(200)))
    await market.doorbell.ring("refresh")
    async with redis.asyncio.Redis.from_url(market.settings.redis_url) as valkey:
        await valkey.flushall()
        market.start("index", "claims", "reaper", "doorbell")
        async with asyncio.timeout(60):
            while len(await market.runs(state="done")) < 200:
                await valkey.flushall()
                await asyncio.sleep(0.2)
    runs = await market.runs()
    assert len(runs) == 200
    assert {run["attempts"] for run in runs} == {1}
