"""A child process that is killed, stopped, continued, looked at and started again."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from infra.embedded.guard import Guard
from infra.embedded.processes import Process, terminate
from shared.settings import Settings
from tests.faults import ranks
from tests.faults.points import DIED, Fault

ROOT = Path(__file__).parents[2]
PROGRAM = "tests.faults.process"
STEP = 1

_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload([PROGRAM])


class Child:
    """Started by `start`; whatever is left of it ends with `end`.

    With `preload`ed libraries it is started by name, else forked from a process that
    has everything imported.
    """

    def __init__(
        self,
        settings: Settings,
        guard: Guard,
        log: Path,
        kind: str,
        port: int = 0,
        *,
        rank: str | None = None,
        preload: Mapping[str, str] | None = None,
    ) -> None:
        self._guard = guard
        self._kind = kind
        self._port = port
        self._log = log
        # a limit on somebody's requests would be what is measured
        self._environment = settings.environment() | {"ROLLCALL_RATE_LIMITS": "off"}
        if rank:
            self._environment[ranks.VARIABLE] = rank
        self._preload = preload
        self._process: Handle | None = None

    def start(self, fault: Fault | None = None) -> None:
        environment = self._environment | (fault.variable() if fault else {})
        if self._preload is None:
            self._process = Forked(self._kind, self._port, environment, self._log)
        else:
            self._process = Started(
                self._kind, {**environment, **self._preload}, self._log
            )
        process = Process.of(self._process.pid)
        if process:
            self._guard.watch(process, step=STEP, ending=terminate(0.1))

    @property
    def pid(self) -> int:
        return self._running.pid

    @property
    def code(self) -> int | None:
        """Its exit code; None while it lives."""
        return self._running.code()

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def died_at(self) -> float:
        """When it last ended itself, in seconds since 1970."""
        [*_, last] = [line for line in self.log.splitlines() if line.startswith(DIED)]
        return float(last.removeprefix(DIED))

    @property
    def megabytes(self) -> float:
        """Of memory that it has now (VmRSS)."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
        return int(line.split()[1]) / 1024

    @property
    def is_stopped(self) -> bool:
        stat = Path(f"/proc/{self.pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "T"

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    async def ended(self, seconds: float = 60) -> int:
        """Wait for its exit code."""
        async with asyncio.timeout(seconds):
            while (code := self.code) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return code

    def end(self) -> None:
        if self._process is None:
            return
        while self._process.code() is None:
            # its code is told a moment after whoever forked it has buried it
            with suppress(ProcessLookupError):
                self.send(signal.SIGKILL)
            time.sleep(0.01)

    @property
    def _running(self) -> Handle:
        assert self._process is not None
        return self._process


class Handle(Protocol):
    @property
    def pid(self) -> int: ...

    def code(self) -> int | None: ...


class Forked:
    def __init__(
        self, kind: str, port: int, environment: Mapping[str, str], log: Path
    ) -> None:
        self._process = _forking.Process(
            target=_work, args=(kind, port, environment, str(log)), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def code(self) -> int | None:
        return self._process.exitcode


class Started:
    def __init__(self, kind: str, environment: Mapping[str, str], log: Path) -> None:
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", PROGRAM, kind],
                cwd=ROOT,
                env=os.environ | environment,
                stdout=file,
                stderr=file,
            )
        self.pid = self._process.pid

    def code(self) -> int | None:
        return self._process.poll()


def _work(kind: str, port: int, environment: Mapping[str, str], log: str) -> None:
    from tests.faults.process import main  # warm there, and not in whoever starts it

    main(kind, port, environment, log)
