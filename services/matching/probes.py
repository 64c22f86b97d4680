"""How a worker process is, over HTTP: alive, ready, and its metrics."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import uvicorn

from services.matching.runs.metrics import queue_metrics
from shared.settings import Settings
from shared.webapp import new_app

DRAIN_SECONDS = 2

Readiness = Callable[[], Mapping[str, object]]


async def answer_probes(
    settings: Settings, readiness: Readiness, stop: asyncio.Event
) -> None:
    """/healthz, /readyz and /metrics where the settings say, until `stop`.

    Raises OSError when the address is taken.
    """
    assert settings.working.probes is not None
    host, port = settings.working.probes
    app = new_app("matching", settings, [], prefixes=())
    app.state.readiness = readiness
    app.state.metrics = partial(queue_metrics, app.state.database)
    server = _Server(
        uvicorn.Config(
            app,
            ws="none",
            lifespan="on",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
    )
    with _listening(host, port) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        server.should_exit = True
        await serving


def _listening(host: str, port: int) -> socket.socket:
    bare = host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    return socket.create_server((bare, port), family=family, backlog=64)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are for the process to hear, which drains first."""
        yield
