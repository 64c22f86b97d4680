"""More than can be worked off, and for long: memory, and who waits for whom."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

from services.matching.runs.commands import Wanted, enqueue
from shared.values import new_id
from tests.benchmarks.figures import Figure
from tests.faults.checking import checked
from tests.faults.ground import Ground
from tests.faults.ranks import SLOW_SECONDS
from tests.faults.scene import Scene, open_scene

SLOTS = 4
CAPACITY = SLOTS / SLOW_SECONDS
"""Runs that the worker ends in a second."""

OVERLOAD = 10
GROWTH_MB = 32.0
AT_ONCE = 1_000


async def overloaded(ground: Ground, seconds: float) -> list[Figure]:
    """One tenant asks for ten times what can be done; another for a little, as it did
    while the first asked for no more than can be done."""
    async with open_scene(ground) as scene:
        worker = scene.worker(rank="slow")
        noisy, quiet = new_id(), new_id()
        many = await scene.opens(
            int(CAPACITY * OVERLOAD * seconds) + 100, organisation=noisy
        )
        few = await scene.opens(int(seconds) * 4, organisation=quiet)
        # the counts begin anew with the rows
        await scene.fetch("DELETE FROM matching.match_run")
        await scene.fetch("DELETE FROM matching.match_run_tally")
        worker.start()
        await _ask(scene, noisy, many[:SLOTS])
        await scene.until_done(SLOTS, 60)
        baseline = await _load(scene, noisy, many, quiet, few, CAPACITY, seconds)
        before = worker.megabytes
        flooded = await _load(
            scene, noisy, many, quiet, few, CAPACITY * OVERLOAD, seconds
        )
        grown = worker.megabytes - before
        waiting = await scene.runs_that_are("queued")
        await scene.fetch(
            "UPDATE matching.match_run SET state = 'cancelled',"
            " because = 'the flood is over', finished_at = clock_timestamp()"
            " WHERE state = 'queued'"
        )
        await scene.until_ended(60)
        history = await scene.history()
        return [
            Figure("overloaded: waiting at the end", waiting, "x", CAPACITY * seconds),
            Figure("overloaded: a quiet tenant's wait before, p95", baseline, "s"),
            Figure(
                "overloaded: a quiet tenant's wait, p95", flooded, "s", 2 * baseline
            ),
            Figure("overloaded: the worker grew by", grown, "MB", GROWTH_MB),
            *await checked("overloaded", scene, worker, done=history.done()),
        ]


async def many(ground: Ground, runs: int) -> list[Figure]:
    """Runs that do nothing, in one process, until memory would show a leak."""
    async with open_scene(ground) as scene:
        await scene.opens(1)
        worker = scene.worker(rank="nothing")
        worker.start()
        await scene.until_done(1, 60)
        begun = time.monotonic()
        sizes = []
        for first in range(0, runs, AT_ONCE * 10):
            count = min(AT_ONCE * 10, runs - first)
            await scene.fetch(FILL, count, new_id())
            await scene.until_ended(60 + count / 50)
            sizes.append(worker.megabytes)
        took = time.monotonic() - begun
        settled = sizes[len(sizes) // 4]
        growth = (sizes[-1] - settled) / max(runs * 0.75, 1) * 1_000_000
        return [
            Figure("many: runs a second", runs / took, "1/s"),
            Figure("many: memory at the end", sizes[-1], "MB"),
            Figure("many: growth a million runs", growth, "MB", 64.0),
            *await checked("many", scene, worker, done=runs + 1),
        ]


FILL = """
INSERT INTO matching.match_run (id, posting_id, tenant, state, lane, reason)
SELECT gen_random_uuid(), gen_random_uuid(), $2, 'queued', 'interactive', 'many'
FROM generate_series(1, $1::integer)
"""


async def _load(
    scene: Scene,
    noisy: UUID,
    many: list[UUID],
    quiet: UUID,
    few: list[UUID],
    rate: float,
    seconds: float,
) -> float:
    """Ask for so many a second, and for one of the quiet tenant twice a second; the
    95th percentile of how long that one's runs waited."""
    begun, asked, calm = time.monotonic(), 0, 0
    since = (await scene.fetch("SELECT clock_timestamp()"))[0][0]
    while (now := time.monotonic() - begun) < seconds:
        due = int(now * rate)
        await _ask(scene, noisy, many[asked:due])
        asked = max(asked, due)
        if now * 2 > calm:
            await _ask(scene, quiet, [few[calm % len(few)]])
            calm += 1
        await asyncio.sleep(0.05)
    await asyncio.sleep(3 * SLOW_SECONDS)
    [[wait]] = await scene.fetch(
        "SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM"
        " COALESCE(started_at, clock_timestamp()) - run_at)) FROM matching.match_run"
        " WHERE tenant = $1 AND run_at > $2",
        quiet,
        since,
    )
    return float(wait)


async def _ask(scene: Scene, tenant: UUID, postings: list[UUID]) -> None:
    wanted = [Wanted(one, tenant, "interactive", "asked") for one in postings]
    async with scene.database.as_system() as session:
        await enqueue(session, wanted)
    if wanted:
        scene.doorbell.ring_soon("interactive")
