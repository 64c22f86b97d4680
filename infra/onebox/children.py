"""A supervised child process: started, watched, restarted with back-off, stopped."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from infra.embedded.guard import CHECKOUT, Guard
from infra.embedded.processes import Process, terminate

DRAIN_SECONDS = 35.0
"""A worker lets its runs go on for 30 s before it gives them back."""

BACK_OFF = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
HEALTHY_SECONDS = 30.0
"""A process that lived this long starts the back-off anew when it dies."""

LOG_BYTES = 10_000_000
CHILD_STEP = 1
ENDING = terminate(DRAIN_SECONDS + 2)

Note = Callable[[str, Process], None]


class Child:
    """A process that speaks the protocol of `infra.onebox.child`.

    It is started at once, to import its modules, and waits for `begin` with the
    settings. They go down a pipe that stays open: when it closes, the child stops, so a
    supervisor that was killed takes it along. Its end never ends anything else. When it
    dies it is started again, unless it is `essential` and was never ready: then whoever
    waits for it gives up. What it writes goes to a file in `logs`, or where our own
    errors go.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        logs: Path | None,
        guard: Guard,
        tell: Callable[[str], None],
        *,
        listener: socket.socket | None = None,
        essential: bool = False,
    ) -> None:
        self.name = name
        self.log = logs / f"{name}.log" if logs else None
        self.restarts = 0
        self._command = command
        self._guard = guard
        self._tell = tell
        self._listener = listener
        self._essential = essential
        self._begun = threading.Event()
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self._ready = False
        self._words = b""
        self._note: Note = lambda name, process: None
        self._process: subprocess.Popen[bytes] | None = None
        if self.log and self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        self._thread = threading.Thread(target=self._supervise, name=name, daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process and process.poll() is None else None

    def begin(self, environment: Mapping[str, str], note: Note) -> None:
        """Let it work with these settings; `note` is called with every new process."""
        self._words = json.dumps(dict(environment)).encode() + b"\n"
        self._note = note
        self._begun.set()

    def wait_ready(self, seconds: float) -> bool:
        """False when it died, or took too long, before it was ready the first time."""
        self._settled.wait(seconds)
        return self._ready

    def ask_to_stop(self) -> None:
        """Let it drain; returns at once."""
        self._stopping.set()
        self._begun.set()
        process = self._process
        if process and process.poll() is None:
            process.terminate()

    def stop(self) -> None:
        """Stop it for good, killing it when it does not drain in time."""
        self.ask_to_stop()
        self._thread.join(DRAIN_SECONDS)
        if self._thread.is_alive():
            process = self._process
            if process:
                process.kill()
            self._thread.join()

    def last_words(self) -> str:
        """The last line of its log."""
        if self.log is None:
            return "see its errors"
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return f"{lines[-1] if lines else 'no word'} (see {self.log})"

    def _supervise(self) -> None:
        deaths = 0
        while not self._stopping.is_set():
            started = time.monotonic()
            code = self._run_once()
            if self._stopping.is_set() or (self._essential and not self._ready):
                break
            if time.monotonic() - started > HEALTHY_SECONDS:
                deaths = 0
            pause = BACK_OFF[min(deaths, len(BACK_OFF) - 1)]
            deaths += 1
            self.restarts += 1
            self._settled.set()
            where = f"; see {self.log}" if self.log else ""
            self._tell(
                f"{self.name} ended ({_ending_of(code)}), again in {pause} s{where}"
            )
            self._stopping.wait(pause)
        self._settled.set()

    def _run_once(self) -> int:
        """Start the process and wait until it ends; its exit code."""
        read_end, write_end = os.pipe()
        passed = [write_end]
        command = [*self._command, "--ready", str(write_end)]
        if self._listener:
            passed.append(self._listener.fileno())
            command += ["--listen", str(self._listener.fileno())]
        with self.log.open("ab") if self.log else nullcontext() as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=CHECKOUT,
                pass_fds=passed,
                start_new_session=True,
            )
        os.close(write_end)
        self._process = process
        known = Process.of(process.pid)
        if known:
            self._guard.watch(known, step=CHILD_STEP, ending=ENDING)
        self._begun.wait()
        if self._stopping.is_set():
            process.terminate()
        elif known:
            self._note(self.name, known)
        assert process.stdin
        with os.fdopen(read_end, "rb") as answer, process.stdin as line:
            try:
                line.write(self._words)
                line.flush()
            except BrokenPipeError:
                pass
            if answer.read() == b"ready":
                self._ready = True
                self._settled.set()
            return process.wait()


def _ending_of(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
