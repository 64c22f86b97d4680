"""Requests sent at a steady rate beside what is measured, and the rate really reached.

They are due at fixed times, whatever became of those before: a server that falls behind
gets as many at once as there may be in flight, and the rate reached says so.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from infra.onebox import Box

Request = tuple[str, str, Any]
"""Method, path and JSON body."""


class Reached:
    """How many requests have been answered, and since when."""

    def __init__(self) -> None:
        self.answered = 0
        self._started = time.perf_counter()

    @property
    def rate(self) -> float:
        return self.answered / (time.perf_counter() - self._started)


@contextmanager
def load(
    box: Box, token: str, requests: Iterator[Request], rate: float, in_flight: int
) -> Iterator[Callable[[], float]]:
    """Send `rate` a second, at most `in_flight` at once, until the block ends; gives
    what tells the rate so far.

    Raises httpx.HTTPStatusError at the end if a request was refused.
    """
    stop, reached = threading.Event(), Reached()
    faults: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(_send(box, token, requests, rate, in_flight, stop, reached))
        except BaseException as fault:
            faults.append(fault)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield lambda: reached.rate
    finally:
        stop.set()
        thread.join()
    if faults:
        raise faults[0]


async def _send(
    box: Box,
    token: str,
    requests: Iterator[Request],
    rate: float,
    in_flight: int,
    stop: threading.Event,
    reached: Reached,
) -> None:
    limits = httpx.Limits(max_connections=in_flight)
    async with (
        httpx.AsyncClient(
            base_url=box.url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
            limits=limits,
        ) as client,
        asyncio.TaskGroup() as tasks,
    ):
        free = asyncio.Semaphore(in_flight)

        async def one(request: Request) -> None:
            method, path, body = request
            try:
                answer = await client.request(method, path, json=body)
                answer.raise_for_status()
                reached.answered += 1
            finally:
                free.release()

        started = time.perf_counter()
        for number, request in enumerate(requests):
            await free.acquire()
            await asyncio.sleep(number / rate - (time.perf_counter() - started))
            if stop.is_set():
                return
            tasks.create_task(one(request))
