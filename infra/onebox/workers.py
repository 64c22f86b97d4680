"""The services' loops in one process."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

import uvloop

from infra.budget import SERVICES
from infra.onebox.garbage import collect_seldom
from shared.settings import Settings
from shared.tracing import exporting

DRAIN_SECONDS = 32.0
LOOP_MODULES = {
    "profiles": "services.profiles.loops",
    "postings": "services.postings.loops",
    "matching": "services.matching.worker",
}


class Loop(Protocol):
    """`run` of a loop module: works until `stop` is set, then drains and returns."""

    async def __call__(self, settings: Settings, stop: asyncio.Event) -> None: ...


class LoopEnded(Exception):
    """A loop returned although nobody asked it to stop."""


def load_loops(names: Sequence[str] = SERVICES) -> dict[str, Loop]:
    """Import the loop modules, by name: nothing here knows what is inside.

    A service that this checkout does not have is left out.
    """
    return {
        name: import_module(LOOP_MODULES[name]).run
        for name in names
        if find_spec(LOOP_MODULES[name])
    }


def work(
    loops: Mapping[str, Loop], settings: Settings, ready: Callable[[], None]
) -> None:
    """Run the loops until SIGTERM or SIGINT, then drain.

    The failure of one ends all with its exception: the process is supervised, and a
    half-dead one would look healthy.
    """
    collect_seldom()
    with (
        exporting(settings, f"rollcall worker {' '.join(loops)}"),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(_work(loops, settings, ready))


async def _work(
    loops: Mapping[str, Loop], settings: Settings, ready: Callable[[], None]
) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    async def keep(name: str, loop: Loop) -> None:
        await loop(settings, stop)
        if not stop.is_set():
            raise LoopEnded(name)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(keep(*item), name=item[0]) for item in loops.items()]
        ready()
        await stop.wait()  # cancelled by the group when a loop fails
        _, slow = await asyncio.wait(tasks, timeout=DRAIN_SECONDS)
        for task in slow:
            task.cancel()
