"""A circuit breaker: a server that is away is asked now and then, not every time."""

from __future__ import annotations

import time
from collections.abc import Callable

FAILURES = 2
SHORTEST_SECONDS = 0.5
LONGEST_SECONDS = 5.0


class Breaker:
    """Closed until `FAILURES` in a row; then one try is let through per pause, which
    doubles up to `LONGEST_SECONDS`; the first success closes it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._next_try = 0.0

    @property
    def open(self) -> bool:
        return self._failures >= FAILURES

    def lets_through(self) -> bool:
        """Whether to try now; claims the try, so that others meanwhile are not."""
        if not self.open:
            return True
        now = self._clock()
        if now < self._next_try:
            return False
        self._next_try = now + self._pause()
        return True

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        self._failures = min(self._failures + 1, 16)
        self._next_try = self._clock() + self._pause()

    @property
    def seconds_to_try(self) -> float:
        return max(0.0, self._next_try - self._clock()) if self.open else 0.0

    def _pause(self) -> float:
        doubled = SHORTEST_SECONDS * 2 ** max(0, self._failures - FAILURES)
        return float(min(doubled, LONGEST_SECONDS))
