"""The data directory of one box: who uses it now, and what it is running.

`state.json` is written for other terminals (`rollcall down`, `rollcall queue`) and for
the next start; the lock, not the file, says whether a box is running.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from infra.embedded.accounts import server_account
from infra.embedded.places import open_data_directory
from infra.embedded.processes import Process, terminate
from infra.embedded.servers import delete_server_files, end_leftovers

GUARD_SECONDS = 50.0
ENDING = terminate(5.0)


class AlreadyRunning(RuntimeError):
    """A box already runs on this data directory; the message says where."""


@dataclass(frozen=True, slots=True)
class State:
    """What a box writes down about itself."""

    supervisor: Process
    guard: Process
    url: str
    database_url: str
    redis_url: str
    environment: dict[str, str]
    children: dict[str, Process] = field(default_factory=dict)


class DataDirectory:
    """Created private when it does not exist."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._file = self.path / "state.json"

    def is_one(self) -> bool:
        """Whether a box ever ran on it: nothing else is ever deleted."""
        return (self.path / "lock").exists()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the only lock on it; raises AlreadyRunning. Dies with the process."""
        open_data_directory(self.path, server_account())
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunning(self._who_runs()) from None
            yield
        finally:
            os.close(descriptor)

    def running(self) -> State | None:
        """The state of the box that runs on it now."""
        state = self.read()
        return state if state and state.supervisor.runs() else None

    def read(self) -> State | None:
        """What the last box wrote down, whether it runs or not."""
        try:
            known = json.loads(self._file.read_bytes())
            known["supervisor"] = Process(**known["supervisor"])
            known["guard"] = Process(**known["guard"])
            known["children"] = {
                name: Process(**child) for name, child in known["children"].items()
            }
            return State(**known)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def write(self, state: State) -> None:
        draft = self._file.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(asdict(state), indent=2))
        draft.replace(self._file)

    def end_leftovers(self) -> bool:
        """End what a killed box left running; the caller holds the lock.

        False when nothing was left.
        """
        state = self.read()
        left = [state.guard, *state.children.values()] if state else []
        left = [process for process in left if process.runs()]
        if state:
            # Its guard may be about to do the same, in the right order: let it.
            state.guard.wait(GUARD_SECONDS)
            ENDING.apply(left)
        return end_leftovers(self.path) or bool(left)

    def stop(self, seconds: float = 60.0) -> bool:
        """Stop the box that runs on it, or what is left of it; False when none was.

        Raises TimeoutError when the box does not end in time, and AlreadyRunning when
        it has only just begun to start.
        """
        if not self.is_one():
            return False
        box = self.running()
        if box is None:
            with self.held():
                return self.end_leftovers()
        box.supervisor.send(signal.SIGTERM)
        if not box.supervisor.wait(seconds):
            raise TimeoutError(f"process {box.supervisor.pid} does not stop")
        return True

    def delete(self) -> None:
        """Delete everything of a box that does not run; raises AlreadyRunning."""
        if not self.is_one():
            return
        with self.held():
            self.end_leftovers()
            delete_server_files(self.path)
            shutil.rmtree(self.path)

    def _who_runs(self) -> str:
        state = self.running()
        where = f" at {state.url}" if state else ", just starting"
        return f"Rollcall already runs on {self.path}{where}"
