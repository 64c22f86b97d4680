"""The loops in one process: all work, all drain, and one failure ends all."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from infra.onebox import workers
from infra.onebox.workers import LoopEnded, work
from shared.settings import Settings
from tests.infra.conftest import UNSTARTED


def test_all_loops_run_until_sigterm_and_drain() -> None:
    events: list[str] = []

    async def loop(settings: Settings, stop: asyncio.Event) -> None:
        events.append("begins")
        await stop.wait()
        events.append("drains")

    def ready() -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    work({"one": loop, "two": loop}, UNSTARTED, ready)
    assert events == ["begins", "begins", "drains", "drains"]


def test_a_loop_that_fails_ends_the_process_with_its_error() -> None:
    async def fails(settings: Settings, stop: asyncio.Event) -> None:
        raise ValueError("poison")

    async def works(settings: Settings, stop: asyncio.Event) -> None:
        await stop.wait()

    with pytest.raises(ExceptionGroup) as group:
        work({"fails": fails, "works": works}, UNSTARTED, lambda: None)
    assert group.group_contains(ValueError, match="poison")


def test_a_loop_that_returns_unasked_has_failed_too() -> None:
    async def returns(settings: Settings, stop: asyncio.Event) -> None:
        return

    with pytest.raises(ExceptionGroup) as group:
        work({"returns": returns}, UNSTARTED, lambda: None)
    assert group.group_contains(LoopEnded, match="returns")


def test_a_loop_that_does_not_drain_is_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "DRAIN_SECONDS", 0.05)
    cancelled: list[bool] = []

    async def hangs(settings: Settings, stop: asyncio.Event) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    work({"hangs": hangs}, UNSTARTED, lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert cancelled == [True]
