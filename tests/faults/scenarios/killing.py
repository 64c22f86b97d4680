"""Workers that are killed or stopped while they hold runs, and a run that kills."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from random import Random

from services.matching.runs.claiming import LEASE_SECONDS
from services.matching.runs.leases import MOST_LOST
from tests.benchmarks.figures import Figure
from tests.faults.checking import checked
from tests.faults.ground import Ground
from tests.faults.points import Fault
from tests.faults.processes import Child
from tests.faults.ranks import POISON
from tests.faults.scene import Scene, open_scene, until

RECOVERED_SECONDS = 15.0
HOLDING = ("run claimed", "claim committed", "list written", "list committed")
LATE = ("claim committed", "list written")


async def killed(ground: Ground, kills: int, runs: int) -> list[Figure]:
    """A worker is killed somewhere between claim and end, again and again, while
    another goes on."""
    random = Random(1)
    deaths: dict[int, float] = {}
    async with open_scene(ground) as scene:
        await scene.knows_workers(20)
        steady, mortal = scene.worker(), scene.worker()
        steady.start()
        for number in range(kills):
            mortal.start(Fault(HOLDING[number % len(HOLDING)], random.randint(1, 3)))
            await scene.opens(runs // kills)
            while mortal.code is None:
                # the other may have left it nothing to die of
                if not await scene.runs_that_are("queued"):
                    await scene.opens(5)
                await asyncio.sleep(0.05)
            deaths[mortal.pid] = mortal.died_at
        await scene.until_ended(60 + runs / 10)
        history = await scene.history()
        recovery = history.slowest_recovery(deaths)
        return [
            Figure("killed: times", kills, "count"),
            Figure("killed: slowest recovery", recovery, "s", RECOVERED_SECONDS),
            *await checked("killed", scene, steady, done=len(history.runs)),
        ]


async def stopped(ground: Ground, points: Sequence[str] = LATE) -> list[Figure]:
    """A worker stands still beyond its lease, and then goes on with what is no longer
    its own."""
    changed = late = 0
    async with open_scene(ground) as scene:
        await scene.knows_workers(20)
        for point in points:
            frozen, other = scene.worker(), scene.worker()
            frozen.start(Fault(point, stop=True))
            await scene.opens(3)
            await until(_stopped(frozen), 60)
            other.start()
            await scene.until_ended(LEASE_SECONDS * 6)
            before = await _rows(scene)
            frozen.send(signal.SIGCONT)
            await until(_gave_up(frozen), 20)
            changed += len(before ^ await _rows(scene))
            late += frozen.log.count("no longer ours")
            frozen.end()
            other.end()
        return [
            Figure("stopped: late writes tried", late, "x", 1),
            Figure("stopped: rows that they changed", changed, "count", 0),
            *await checked("stopped", scene, done=3 * len(points)),
        ]


async def poisoned(ground: Ground, healthy: int) -> list[Figure]:
    """One run kills whoever ranks it; the process is started again each time."""
    async with open_scene(ground) as scene:
        await scene.knows_workers(20)
        [poison] = await scene.opens(1, title=POISON)
        await scene.opens(healthy)
        worker = scene.worker(rank="poisonable")
        deaths = 0
        worker.start()

        async def laid_aside() -> bool:
            nonlocal deaths
            if worker.code is not None:
                deaths += 1
                worker.start()
            return await scene.runs_that_are("queued", "running") == 0

        took = await until(laid_aside, 120 + healthy / 10)
        dead = await scene.fetch(
            "SELECT because, inputs->'posting'->>'id' AS posting"
            " FROM matching.match_run WHERE state = 'dead'"
        )
        quarantined = sum(
            row["because"] == "quarantined" and row["posting"] == str(poison)
            for row in dead
        )
        return [
            Figure("poisoned: workers that it killed", deaths, "count", MOST_LOST),
            Figure("poisoned: laid aside with its posting", quarantined, "x", 1),
            Figure("poisoned: until all had ended", took, "s"),
            *await checked("poisoned", scene, worker, done=healthy, dead=1),
        ]


def _stopped(child: Child) -> Callable[[], Awaitable[bool]]:
    async def stopped() -> bool:
        return child.is_stopped

    return stopped


def _gave_up(child: Child) -> Callable[[], Awaitable[bool]]:
    async def gave_up() -> bool:
        return "no longer ours" in child.log

    return gave_up


async def _rows(scene: Scene) -> set[tuple[object, ...]]:
    """Every version of every run: a write makes another one."""
    rows = await scene.fetch(
        "SELECT id, xmin::text, ctid::text FROM matching.match_run"
    )
    return {tuple(row) for row in rows}
