"""The queue alone, beside Procrastinate and plain arq: runs that do nothing.

All three work on the same servers, one after the other, each in this one process with
as many slots and all its jobs there at the start. Ours keeps of every run what it
always does: state, history, counts, fair turns; Procrastinate keeps its jobs and their
events; arq keeps nothing that outlives Valkey.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import numpy as np
from arq.connections import ArqRedis
from arq.worker import Worker, func

from services.matching.runs.commands import Wanted, enqueue
from services.matching.runs.doorbell import Doorbell, listen
from services.matching.runs.figures import read_figures
from services.matching.runs.reaper import reap
from services.matching.runs.runner import Runner
from shared.database import Database
from shared.settings import Settings
from shared.telemetry import set_up_logs
from shared.values import new_id
from tests.benchmarks.figures import Figure, tell
from tests.databases import execute, plain
from tests.faults.ground import Ground, open_ground
from tests.faults.ranks import nothing
from tests.faults.scene import Scene, open_scene

SLOTS = 10
ONE_BY_ONE = 200
ARQ_QUEUE = "bench"

FILL = """
INSERT INTO matching.match_run (id, posting_id, tenant, state, lane, reason)
SELECT gen_random_uuid(), gen_random_uuid(), '{tenant}', 'queued', 'interactive',
    'bench' FROM generate_series(1, {count})
"""
KEEP = """
INSERT INTO matching.match_run (id, posting_id, tenant, state, lane, reason, queued_at,
    run_at, attempts, token, started_at, finished_at, ranked_at, k, posting_version,
    engine_version, taxonomy_version, index_seq, index_positions, funnel, matches,
    possible, inputs)
SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'done', 'refresh',
    'bench', ended - interval '2 s', ended - interval '2 s', 1, n, ended, ended,
    ended, 50, 1, '1', '1', 1, '{{}}', '[]', '[]', '[]', '{{}}'
FROM (SELECT n, clock_timestamp() - n * interval '0.1 s' AS ended
    FROM generate_series(1, {count}) AS n) AS kept
"""


def main(scale: int = 5_000, *, as_json: bool = False) -> None:
    """`scale` runs for each queue; a million are kept for the page query."""
    set_up_logs("WARNING")  # its peers say nothing of a job either
    with open_ground() as ground:
        asyncio.run(_measure(ground, scale, partial(tell, as_json=as_json)))


async def _measure(ground: Ground, scale: int, tell: Callable[[Figure], None]) -> None:
    ours = await _ours(ground, scale)
    tell(Figure("queueing: ours", ours, "1/s"))
    procrastinate = await _procrastinate(ground, scale)
    tell(Figure("queueing: procrastinate", procrastinate, "1/s"))
    arq = await _arq(ground, scale)
    tell(Figure("queueing: arq", arq, "1/s"))
    tell(Figure("queueing: times procrastinate", ours / procrastinate, "x", 5.0))
    tell(Figure("queueing: times arq", ours / arq, "x"))
    p50, p99 = np.percentile(np.array(await _waits(ground)) * 1000, [50, 99])
    tell(Figure("queueing: idle, queued to claimed, p50", float(p50), "ms", 20.0))
    tell(Figure("queueing: idle, queued to claimed, p99", float(p99), "ms", 100.0))
    page = await _page(ground)
    tell(Figure("queueing: queue page with a million kept", page, "ms", 20.0))


async def _ours(ground: Ground, count: int) -> float:
    async with open_scene(ground) as scene:
        execute(scene.settings.database_url, FILL.format(tenant=new_id(), count=count))
        stop = asyncio.Event()
        begun = time.perf_counter()
        working = asyncio.create_task(_work(scene.settings, stop))
        await scene.until_done(count, 600)
        took = time.perf_counter() - begun
        stop.set()
        await working
        history = await scene.history()
        if faults := history.faults():
            raise AssertionError(faults[:5])
    return count / took


async def _work(settings: Settings, stop: asyncio.Event) -> None:
    database, doorbell = Database(settings, "bench"), Doorbell(settings.redis_url)
    ready = asyncio.Event()
    ready.set()
    runner = Runner(database, nothing, ready, doorbell, slots=SLOTS)
    try:
        await asyncio.gather(
            runner.work(stop),
            reap(database, runner.wake, stop),
            listen(settings.redis_url, runner.wake, stop),
        )
    finally:
        await doorbell.close()
        await database.dispose()


async def _procrastinate(ground: Ground, count: int) -> float:
    from procrastinate import App, PsycopgConnector

    async with open_scene(ground) as scene:
        url = plain(scene.settings.database_url)
        app = App(
            connector=PsycopgConnector(conninfo=url, min_size=4, max_size=SLOTS + 2)
        )

        async def nothing_done() -> None:
            return None

        job = app.task(queue="bench", name="nothing")(nothing_done)
        async with app.open_async():
            await app.schema_manager.apply_schema_async()
            for first in range(0, count, 1_000):
                await job.batch_defer_async(*[{}] * min(1_000, count - first))
            execute(url, "ANALYZE")
            begun = time.perf_counter()
            await app.run_worker_async(
                queues=["bench"],
                concurrency=SLOTS,
                wait=False,
                install_signal_handlers=False,
            )
            took = time.perf_counter() - begun
        done = await scene.count("procrastinate_jobs WHERE status = 'succeeded'")
        if done != count:
            raise AssertionError(f"{done} of {count} done")
    return count / took


async def _arq(ground: Ground, count: int) -> float:
    ground.forget_rings()
    pool = ArqRedis.from_url(ground.valkey.url)
    pool.default_queue_name = ARQ_QUEUE
    for _ in range(count):
        await pool.enqueue_job("nothing")
    done = 0

    async def count_one(*_: Any) -> None:
        nonlocal done
        done += 1

    job: Callable[..., Coroutine[Any, Any, None]] = count_one

    worker = Worker(
        [func(job, name="nothing", keep_result=0)],
        queue_name=ARQ_QUEUE,
        redis_pool=pool,
        burst=True,
        max_jobs=SLOTS,
        handle_signals=False,
        poll_delay=0.01,
        log_results=False,
    )
    begun = time.perf_counter()
    await worker.async_run()
    took = time.perf_counter() - begun
    await worker.close()
    if done != count:
        raise AssertionError(f"{done} of {count} done")
    return count / took


async def _waits(ground: Ground) -> list[float]:
    """Seconds from the commit of one run, alone, to its claim by another process."""
    async with open_scene(ground) as scene:
        worker = scene.worker(rank="nothing")
        worker.start()
        await scene.opens(1)
        await scene.until_done(1, 180)
        for number in range(ONE_BY_ONE):
            await _ask(scene)
            await scene.until_done(number + 2, 30)
            await asyncio.sleep(0.03)
        rows = await scene.fetch(
            "SELECT extract(epoch FROM started_at - queued_at)::float"
            " FROM matching.match_run WHERE reason = 'bench'"
        )
    return [row[0] for row in rows]


async def _ask(scene: Scene) -> None:
    async with scene.database.as_system() as session:
        scene.doorbell.ring_after_commit(session, "interactive")
        await enqueue(session, [Wanted(new_id(), new_id(), "interactive", "bench")])


async def _page(ground: Ground, count: int = 1_000_000) -> float:
    """Milliseconds of the query behind GET /v1/queues, the median of ten."""
    async with open_scene(ground) as scene:
        execute(
            scene.settings.database_url,
            "ALTER TABLE matching.match_run DISABLE TRIGGER USER",
            KEEP.format(count=count),
            "ALTER TABLE matching.match_run ENABLE TRIGGER USER",
            "INSERT INTO matching.match_run_tally (lane, what, n)"
            f" VALUES ('refresh', 'are done', {count})",
            "VACUUM ANALYZE matching.match_run",
        )
        seconds = []
        for _ in range(10):
            begun = time.perf_counter()
            async with scene.database.as_system() as session:
                await read_figures(session)
            seconds.append(time.perf_counter() - begun)
    return float(np.median(seconds)) * 1000
