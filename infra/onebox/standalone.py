"""Worker processes of one service, supervised: started again when they die, drained
together when this process is told to stop."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace

from infra.embedded.guard import Guard
from infra.onebox.children import Child
from shared.settings import Settings

Tell = Callable[[str], None]


def supervise(
    service: str,
    processes: int,
    settings: Settings,
    ready: Callable[[], None],
    tell: Tell,
) -> None:
    """Run so many until SIGTERM or SIGINT; each has the port after the last one's for
    its probes. Killing this process drains them too."""
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    guard = Guard()
    children = [
        Child(f"{service} worker {number + 1}", _command(service), None, guard, tell)
        for number in range(processes)
    ]
    for number, child in enumerate(children):
        child.begin(_of(settings, number).environment(), lambda *_: None)
    threading.Thread(target=_say_ready, args=(children, ready), daemon=True).start()
    stop.wait()
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.stop()
    guard.release()


def _command(service: str) -> list[str]:
    return [sys.executable, "-m", "infra.onebox.child", "workers", "--service", service]


def _of(settings: Settings, number: int) -> Settings:
    """The settings of one of several processes."""
    working = settings.working
    if working.probes is None:
        return settings
    host, port = working.probes
    probes = (host, port + number)
    return replace(settings, working=replace(working, probes=probes))


def _say_ready(children: list[Child], ready: Callable[[], None]) -> None:
    if all(child.wait_ready(seconds=600) for child in children):
        ready()
