"""A small process that ends what its owner started, when the owner was killed.

The owner tells it, a JSON line each, which processes to end, in which step and how. It
reads a pipe whose other end only the owner holds: when that closes without the word
"release" before it, the owner is gone, and the guard ends the processes of the highest
step first (the services before the databases they are using).

A parent-death signal would be simpler but exists on Linux only, is tied to the thread
that started the child, and knows no order.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from infra.embedded.processes import Ending, Process

RELEASE = "release"
DEAF_TO = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
CHECKOUT = Path(__file__).resolve().parents[2]


class Guard:
    """The owner's side."""

    def __init__(self) -> None:
        # Deaf from its first instruction on to what asks others to stop, and in its own
        # session: Ctrl-C in a terminal is for the owner, who stops in order. Without
        # site-packages it starts in some 15 ms and keeps 8 MB.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, DEAF_TO)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-S", "-E", "-m", "infra.embedded.guard"],
                cwd=CHECKOUT,
                stdin=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    @property
    def pid(self) -> int:
        return self._process.pid

    def watch(self, process: Process, *, step: int, ending: Ending) -> None:
        """End `process` if the owner dies; higher steps end first."""
        self._tell(
            json.dumps(
                {
                    "pid": process.pid,
                    "mark": process.mark,
                    "step": step,
                    "signals": ending.signals,
                }
            )
        )

    def release(self) -> None:
        """The owner has ended everything itself."""
        self._tell(RELEASE)
        assert self._process.stdin
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        assert self._process.stdin
        # Someone may have killed the guard: the owner still stops in order.
        with suppress(BrokenPipeError):
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()


def stand_guard(lines: TextIO) -> None:
    """Read until the owner releases us or dies; in that case end its processes."""
    steps: dict[int, list[tuple[Process, Ending]]] = defaultdict(list)
    for line in lines:
        if line.strip() == RELEASE:
            return
        order = json.loads(line)
        process = Process(order["pid"], order["mark"])
        signals = tuple((number, grace) for number, grace in order["signals"])
        steps[order["step"]].append((process, Ending(signals)))
    for step in sorted(steps, reverse=True):
        by_ending: dict[Ending, list[Process]] = defaultdict(list)
        for process, ending in steps[step]:
            by_ending[ending].append(process)
        for ending, processes in by_ending.items():
            ending.apply(processes)


if __name__ == "__main__":
    stand_guard(sys.stdin)
