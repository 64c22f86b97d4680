"""Which process is which: a pid alone is reused, a pid with its start time is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# This module is imported by the guard, which runs without site-packages.

POLL_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Process:
    """A running process, told apart from a later one with the same pid."""

    pid: int
    mark: str

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """None when no such process runs; a zombie does not run."""
        mark = _start_mark(pid)
        return cls(pid, mark) if mark else None

    def runs(self) -> bool:
        return _start_mark(self.pid) == self.mark

    def send(self, number: int) -> None:
        """Signal it unless it has gone."""
        if self.runs():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def wait(self, seconds: float) -> bool:
        """True once it has gone; works for processes that are not our children."""
        deadline = time.monotonic() + seconds
        while self.runs():
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True


@dataclass(frozen=True, slots=True)
class Ending:
    """How to end a process: each signal with the seconds it gets to take effect."""

    signals: tuple[tuple[int, float], ...]

    def apply(self, processes: Sequence[Process]) -> None:
        """End all of them at the same time; returns when they have gone."""
        for number, grace in self.signals:
            for process in processes:
                process.send(number)
            deadline = time.monotonic() + grace
            for process in processes:
                process.wait(max(0.0, deadline - time.monotonic()))
            if not any(process.runs() for process in processes):
                return


def terminate(grace: float) -> Ending:
    """Ask, then insist."""
    return Ending(((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)))


def command_line(pid: int) -> list[str]:
    """The words a process was started with; empty when it has gone."""
    if sys.platform == "linux":
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return []
        return [os.fsdecode(word) for word in words if word]
    listing = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    return listing.stdout.split()


def _start_mark(pid: int) -> str | None:
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except (OSError, UnicodeDecodeError):
            return None
        # The name in parentheses may hold spaces and parentheses itself.
        fields = stat.rpartition(")")[2].split()
        state, started = fields[0], fields[19]
        return None if state in "ZX" else f"{_boot()}:{started}"
    listing = subprocess.run(
        ["ps", "-o", "state=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C", "TZ": "UTC", "PATH": os.environ.get("PATH", os.defpath)},
    )
    state, _, started = listing.stdout.strip().partition(" ")
    return started.strip() if started and not state.startswith("Z") else None


@cache
def _boot() -> str:
    """Start times are counted from the boot, so they repeat after the next one."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
