"""Many readers or one writer, over threads.

A writer that waits keeps new readers out, and the readers who waited for it go in
before the next writer: neither side can be kept out for good. Whoever leaves hands over
to whoever is next, so nobody polls, and where nobody waits a reader costs about a
microsecond. Nobody may enter twice: within a reader a second one waits for a writer
that waits for the first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Any


class Gate:
    """`with gate.reading():` and `with gate.writing():`."""

    def __init__(self) -> None:
        self._state = Lock()
        self._inside = 0
        self._writing = False
        # who waits: each at a closed lock of its own, opened to let it in
        self._readers: list[Any] = []
        self._writers: deque[Any] = deque()
        self._as_reader = _Pass(self.enter_read, self.leave_read)
        self._as_writer = _Pass(self.enter_write, self.leave_write)

    def reading(self) -> _Pass:
        return self._as_reader

    def writing(self) -> _Pass:
        return self._as_writer

    def try_read(self) -> bool:
        """Go in as a reader unless that would mean waiting; `leave_read` goes out."""
        with self._state:
            if self._writing or self._writers:
                return False
            self._inside += 1
            return True

    def enter_read(self) -> None:
        with self._state:
            if not (self._writing or self._writers):
                self._inside += 1
                return
            turn = _closed()
            self._readers.append(turn)
        turn.acquire()

    def leave_read(self) -> None:
        with self._state:
            self._inside -= 1
            if self._inside == 0 and self._writers:
                self._let_writer_in()

    def enter_write(self) -> None:
        with self._state:
            if not (self._writing or self._inside or self._writers):
                self._writing = True
                return
            turn = _closed()
            self._writers.append(turn)
        turn.acquire()

    def leave_write(self) -> None:
        with self._state:
            self._writing = False
            if self._readers:
                self._inside = len(self._readers)
                for turn in self._readers:
                    turn.release()
                self._readers.clear()
            elif self._writers:
                self._let_writer_in()

    def _let_writer_in(self) -> None:
        self._writing = True
        self._writers.popleft().release()


def _closed() -> Any:
    lock = Lock()
    lock.acquire()
    return lock


class _Pass:
    """One side of the gate, for `with`."""

    def __init__(self, enter: Callable[[], None], leave: Callable[[], None]) -> None:
        self._enter = enter
        self._leave = leave

    def __enter__(self) -> None:
        self._enter()

    def __exit__(self, *_: object) -> None:
        self._leave()
