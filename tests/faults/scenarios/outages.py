"""Servers that go away, wires that fall silent, and being told to stop."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from infra.embedded.postgres import SOCKET_NAME
from services.matching.runs.runner import DRAIN_SECONDS
from shared.settings import Settings
from tests.benchmarks.figures import Figure
from tests.faults.checking import checked
from tests.faults.ground import Ground
from tests.faults.proxy import Proxy, proxy
from tests.faults.scene import open_scene, until

AFTER_SECONDS = 60.0
MOST_DRAIN_SECONDS = DRAIN_SECONDS + 5.0
FINISHED = {"slow": 4, "stuck": 0}
"""What a run does → how many of the four that run are finished."""

ENDINGS = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)


async def outages(
    ground: Ground, runs: int, without_valkey: float, restarts: int
) -> list[Figure]:
    """Valkey emptied and away, PostgreSQL stopped, broken off and killed, with runs
    waiting; nobody lends a hand."""
    async with open_scene(ground) as scene:
        await scene.knows_workers(20)
        worker = scene.worker()
        await scene.opens(runs)
        worker.start()
        await scene.until_done(1, 60)
        ground.forget_rings()
        ground.valkey.stop()
        try:
            await asyncio.sleep(without_valkey)
            await scene.opens(20)
            without_rings = await scene.until_done(runs + 20, 60 + runs / 10)
        finally:
            ground.start_valkey()
        for number in range(restarts):
            await scene.opens(runs // restarts)
            await until(_some_run(scene.runs_that_are), 20)
            await asyncio.to_thread(
                ground.crash_postgres, ENDINGS[number % len(ENDINGS)]
            )
        took = await scene.until_ended(AFTER_SECONDS * 3)
        done = runs + 20 + restarts * (runs // restarts)
        return [
            Figure("outages: work without Valkey", without_rings, "s"),
            Figure("outages: done after the last restart", took, "s", AFTER_SECONDS),
            *await checked("outages", scene, worker, done=done),
        ]


async def wires(ground: Ground, runs: int) -> list[Figure]:
    """The worker's connections are cut, held, slowed and refused; PostgreSQL answers
    5 % of its commits to nobody."""
    async with open_scene(ground) as scene:
        with proxy(ground.postgres.sockets / SOCKET_NAME) as wire:
            await scene.knows_workers(20)
            worker = scene.worker(settings=_through(scene.settings, wire))
            await scene.opens(runs)
            worker.start()
            await scene.until_done(1, 60)
            for fault in (_cut, _hold, _slow, _refuse):
                await scene.opens(runs // 4)
                await fault(wire)
            wire.lose = 0.05
            opened, took = 0, 0.0
            while not wire.lost:  # a few commits may all be heard of
                await scene.opens(runs)
                opened += runs
                took = max(took, await scene.until_ended(AFTER_SECONDS * 3))
            wire.lose = 0.0
            await scene.opens(1)
            await scene.until_ended(30)
        done = runs + 4 * (runs // 4) + opened + 1
        return [
            Figure("wires: commits that nobody heard of", wire.lost, "x", 1),
            Figure("wires: until all were done", took, "s", AFTER_SECONDS),
            *await checked("wires", scene, worker, done=done),
        ]


async def drained(
    ground: Ground, ranks: Sequence[str] = tuple(FINISHED)
) -> list[Figure]:
    """SIGTERM with short runs under way, and with some that do not end."""
    figures = []
    for rank, finished in ((rank, FINISHED[rank]) for rank in ranks):
        async with open_scene(ground) as scene:
            await scene.opens(8)
            worker = scene.worker(rank=rank)
            worker.start()
            await until(_held(scene.runs_that_are, 4), 60)
            worker.send(signal.SIGTERM)
            begun = time.monotonic()
            code = await worker.ended(60)
            took = time.monotonic() - begun
            history = await scene.history()
            counted = sum(
                run["attempts"] != 0 for run in history.runs if run["state"] == "queued"
            )
            name = f"told to stop, {rank} runs"
            figures += [
                Figure(f"{name}: exit code", abs(code), "count", 0),
                Figure(f"{name}: seconds", took, "s", MOST_DRAIN_SECONDS),
                Figure(f"{name}: finished", history.done(), "x", finished),
                Figure(f"{name}: attempts of what was given back", counted, "count", 0),
                Figure(
                    f"{name}: left running",
                    await scene.runs_that_are("running"),
                    "count",
                    0,
                ),
                Figure(
                    f"{name}: history contradicts", len(history.faults()), "count", 0
                ),
            ]
    return figures


def _through(settings: Settings, wire: Proxy) -> Settings:
    return replace(settings, system_database_url=wire.to(settings.system_database_url))


async def _cut(wire: Proxy) -> None:
    for _ in range(3):
        await asyncio.to_thread(wire.cut)
        await asyncio.sleep(0.3)


async def _hold(wire: Proxy) -> None:
    """Half-open: both ends believe in the other, and hear nothing."""
    wire.held = True
    await asyncio.sleep(2)
    await asyncio.to_thread(wire.cut)
    wire.held = False


async def _slow(wire: Proxy) -> None:
    wire.delay = 0.1
    await asyncio.sleep(2)
    wire.delay = 0.0


async def _refuse(wire: Proxy) -> None:
    wire.closed = True
    await asyncio.to_thread(wire.cut)
    await asyncio.sleep(2)
    wire.closed = False


Count = Callable[..., Awaitable[int]]


def _held(count: Count, wanted: int) -> Callable[[], Awaitable[bool]]:
    async def held() -> bool:
        return await count("running") >= wanted

    return held


def _some_run(count: Count) -> Callable[[], Awaitable[bool]]:
    async def some() -> bool:
        return await count("running") + await count("done") > 0

    return some
