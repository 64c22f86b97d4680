"""The doorbell: arq on Valkey says that a lane has work, and nothing else.

A ring is an arq job named after its lane, with the lane as job id, so that many rings
make one. Which run is taken is for the claim to say. Everything here may be lost,
doubled or late: the poll of the database is the guarantee. What arq does by itself and
must not matter here: a kept result, or a job left in progress, blocks the next ring.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import orjson
import structlog
from arq.connections import ArqRedis
from arq.worker import Worker, func
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError, RedisError, TimeoutError
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.runs.lanes import LANES, Lane

log = structlog.get_logger(__name__)

QUEUE = "rollcall:matching:doorbell"
RING_SECONDS = 0.5
RING_EXPIRES_SECONDS = 60
ANSWER_SECONDS = 1
LISTEN_EVERY_SECONDS = 0.02
RESTART_SECONDS = 1.0


class Doorbell:
    """Rings lanes. Never raises, never waits long: a lost ring costs one poll."""

    def __init__(self, redis_url: str) -> None:
        self._redis = ArqRedis.from_url(
            redis_url, socket_connect_timeout=RING_SECONDS, socket_timeout=RING_SECONDS
        )
        self._redis.job_serializer = orjson.dumps
        self._redis.job_deserializer = orjson.loads
        self._redis.default_queue_name = QUEUE
        self._reachable = True
        self._ringing: set[asyncio.Task[None]] = set()

    async def ring(self, lane: Lane) -> None:
        try:
            async with asyncio.timeout(RING_SECONDS):
                await self._redis.enqueue_job(
                    ring_name(lane), _job_id=lane, _expires=RING_EXPIRES_SECONDS
                )
        except (RedisError, OSError) as error:
            if self._reachable:
                log.warning("doorbell out of order", error=repr(error))
            self._reachable = False
        else:
            self._reachable = True

    def ring_soon(self, lane: Lane) -> None:
        """Ring without waiting for it."""
        task = asyncio.get_running_loop().create_task(self.ring(lane))
        self._ringing.add(task)
        task.add_done_callback(self._ringing.discard)

    def ring_after_commit(self, session: AsyncSession, lane: Lane) -> None:
        """Ring once the session's transaction has committed; not if it rolls back."""

        @event.listens_for(session.sync_session, "after_commit", once=True)
        def committed(_: Any) -> None:
            self.ring_soon(lane)

    async def close(self) -> None:
        await asyncio.gather(*self._ringing, return_exceptions=True)
        await self._redis.aclose()


def ring_name(lane: Lane) -> str:
    return f"ring_{lane}"


async def listen(
    redis_url: str, heard: Callable[[Lane], None], stop: asyncio.Event
) -> None:
    """Call `heard` for every ring until `stop`; an outage is waited out."""
    while not stop.is_set():
        redis = ArqRedis.from_url(
            redis_url,
            socket_connect_timeout=1,
            retry=Retry(ExponentialBackoff(cap=2, base=0.1), 30),
            retry_on_error=[ConnectionError, TimeoutError, OSError],
        )
        ear = _ear(redis, heard)
        running = asyncio.create_task(ear.async_run())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not stopping.done():
                log.warning("doorbell not heard", error=repr(running.exception()))
                await asyncio.wait({stopping}, timeout=RESTART_SECONDS)
        finally:
            answers = ear.tasks.values()
            for task in (running, stopping, *answers):
                task.cancel()
            await asyncio.gather(running, stopping, *answers, return_exceptions=True)
            # arq's own close would wait for a Valkey that may be gone
            await redis.aclose()


def _ear(redis: ArqRedis, heard: Callable[[Lane], None]) -> Worker:
    async def answered(ctx: dict[Any, Any]) -> None:
        # after arq has forgotten the job: a ring that it swallowed as a double was
        # rung before, so whatever that ring was for is already committed
        heard(ctx["job_id"])

    return Worker(
        [func(_answer(lane), name=ring_name(lane), keep_result=0) for lane in LANES],
        queue_name=QUEUE,
        redis_pool=redis,
        handle_signals=False,
        after_job_end=answered,
        job_timeout=ANSWER_SECONDS,
        keep_result=0,
        poll_delay=LISTEN_EVERY_SECONDS,
        job_serializer=orjson.dumps,
        job_deserializer=orjson.loads,
        log_results=False,
    )


def _answer(lane: Lane) -> Callable[..., Coroutine[Any, Any, None]]:
    async def answer(ctx: dict[Any, Any]) -> None:
        """The work is to be heard."""

    answer.__qualname__ = ring_name(lane)
    return answer
