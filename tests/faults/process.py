"""The processes of the tests: the APIs, the loops of all services, or matching's alone,
as they are shipped but for one fault.

A module of its own that is imported, and warm, before it forks: a process that is
killed fifty times is back in a moment.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping

import services.matching.worker
from infra.onebox.apis import load_apis, serve
from infra.onebox.workers import load_loops, work
from services.matching.engine.warm import warm_up
from shared.settings import Settings
from shared.telemetry import set_up_logs
from tests.faults import points, ranks


def main(
    kind: str, port: int, environment: Mapping[str, str], log: str | None = None
) -> None:
    """Work as `kind` (apis, workers or worker) until SIGTERM; never returns early."""
    if log is not None:
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, 1)
        os.dup2(file, 2)
    os.environ.update(environment)
    set_up_logs()
    if points.VARIABLE in environment:
        points.arm(points.Fault.read(environment[points.VARIABLE]))
    if ranks.VARIABLE in environment:
        chosen = ranks.RANKS[environment[ranks.VARIABLE]]
        setattr(services.matching.worker, "ranker", chosen)  # noqa: B010
    settings = Settings.from_environment(environment)
    if kind == "apis":
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(512)
        serve(load_apis(), settings, listener, lambda: None)
    else:
        work(load_loops(LOOPS[kind]), settings, lambda: None)


LOOPS = {"workers": ("profiles", "postings", "matching"), "worker": ("matching",)}

if __name__ == "__main__":
    main(sys.argv[1], 0, os.environ)
else:
    load_apis()
    load_loops()
    warm_up()
