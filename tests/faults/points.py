"""Named places in the code where a process of the tests ends or stops itself.

The functions there are wrapped in the child process before it begins to work, so that
production code knows nothing of it.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from inspect import iscoroutinefunction
from typing import Any

from services.matching.runs.claiming import Claim

VARIABLE = "ROLLCALL_FAULT"
DIED = "died at"
"""What stands in the log of a process before the second in which it ended itself."""


@dataclass(frozen=True, slots=True)
class Point:
    """Before or after the call of a function, as its callers find it."""

    module: str
    function: str
    after: bool = False


POSTINGS = "services.postings.postings.commands"
INTAKE = "services.matching.intake.postings"
RUNNER = "services.matching.runs.runner"
LEASES = "services.matching.runs.leases"

POINTS: Mapping[str, Point] = {
    "command written": Point(POSTINGS, "record_events"),
    "event written": Point(POSTINGS, "record_events", after=True),
    "event pulled": Point(INTAKE, "PostingProjection.apply"),
    "run queued": Point(INTAKE, "enqueue", after=True),
    "run claimed": Point(RUNNER, "claim", after=True),
    "claim committed": Point(RUNNER, "Runner._run"),
    "list written": Point(LEASES, "finish_all", after=True),
    "list committed": Point(
        "services.matching.runs.storing", "Storing._commit", after=True
    ),
}
"""From the command to the done run. Each but the last of a transaction is passed before
that transaction commits."""


@dataclass(frozen=True, slots=True)
class Fault:
    """At the `nth` pass of a point that has something to lose: be killed or stopped."""

    point: str
    nth: int = 1
    stop: bool = False

    def variable(self) -> dict[str, str]:
        return {VARIABLE: f"{self.point}:{self.nth}:{'stop' if self.stop else 'kill'}"}

    @classmethod
    def read(cls, text: str) -> Fault:
        point, nth, how = text.split(":")
        return cls(point, int(nth), how == "stop")


def arm(fault: Fault) -> None:
    """Wrap the function of the fault's point in this process."""
    point = POINTS[fault.point]
    owner: Any = import_module(point.module)
    *classes, name = point.function.split(".")
    for part in classes:
        owner = getattr(owner, part)
    setattr(owner, name, _wrapped(getattr(owner, name), fault, point.after))


def _wrapped(
    function: Callable[..., Any], fault: Fault, after: bool
) -> Callable[..., Any]:
    assert iscoroutinefunction(function)
    passes = 0

    def passed(*values: object) -> None:
        nonlocal passes
        claims = _claims(values)
        # what has lost a worker already is left alone: this is about what is fresh,
        # and a run that is lost three times is rightly laid aside
        if any(claim.lost for claim in claims) or values[-1] == []:
            return
        passes += 1
        if passes == fault.nth:
            sys.stderr.write(f"{DIED} {time.time()}\n")
            os.kill(os.getpid(), signal.SIGSTOP if fault.stop else signal.SIGKILL)

    @wraps(function)
    async def faulty(*args: Any, **kwargs: Any) -> Any:
        if not after:
            passed(*args)
        result = await function(*args, **kwargs)
        if after:
            passed(*args, result)
        return result

    return faulty


def _claims(value: object) -> list[Claim]:
    if isinstance(value, Claim):
        return [value]
    if isinstance(value, list | tuple):
        return [claim for each in value for claim in _claims(each)]
    return []
