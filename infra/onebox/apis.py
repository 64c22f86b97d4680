"""The three APIs in one process: each request goes to the app that owns its path."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

import uvicorn
import uvloop
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.budget import SERVICES
from infra.onebox.garbage import collect_seldom
from infra.onebox.protocol import PatientProtocol
from shared.headers import BARE
from shared.request_bounds import MOST_HEADER_BYTES
from shared.settings import Settings
from shared.tracing import exporting

DRAIN_SECONDS = 8
KEEP_ALIVE_SECONDS = 15
READY_PATH = "/readyz"
METRICS_PATH = "/metrics"

Ready = Callable[[], None]


class Build(Protocol):
    """`services.<name>.app:build`."""

    def __call__(self, settings: Settings) -> FastAPI: ...


class PrefixClash(Exception):
    """Two services claim the same first path segments."""


def load_apis(names: Sequence[str] = SERVICES) -> dict[str, Build]:
    """Import the services' apps, by name: nothing here knows what is inside.

    A service that this checkout does not have is left out.
    """
    modules = {name: f"services.{name}.app" for name in names}
    return {
        name: import_module(module).build
        for name, module in modules.items()
        if find_spec(module)
    }


class OneApi:
    """Several apps as one ASGI app.

    A request goes to the app with the longest declared prefix of its path; any other
    path to the first app, which answers as for every unknown path. A mounted app's
    lifespan would never run, so each is entered here.
    """

    def __init__(self, apps: Mapping[str, FastAPI]) -> None:
        self.fault: BaseException | None = None
        self._apps = dict(apps)
        self._fallback = next(iter(self._apps.values()))
        self._owners: dict[str, FastAPI] = {}
        for name, app in self._apps.items():
            for prefix in app.state.prefixes:
                if prefix in self._owners:
                    raise PrefixClash(f"{prefix} is claimed twice, also by {name}")
                self._owners[prefix] = app
        self._deepest = max(prefix.count("/") for prefix in self._owners)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and scope["path"] == READY_PATH:
            await self._ready(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == METRICS_PATH:
            await self._measured()({**scope, "app": self._measured()}, receive, send)
        else:
            app = self.owner(scope["path"])
            # The apps expect themselves here, as if they had been called directly.
            await app({**scope, "app": app}, receive, send)

    def owner(self, path: str) -> FastAPI:
        segments = path.split("/")
        for length in range(min(self._deepest, len(segments) - 1), 0, -1):
            app = self._owners.get("/".join(segments[: length + 1]))
            if app is not None:
                return app
        return self._fallback

    def close(self) -> None:
        """Answers that go on and on end now."""
        for app in self._apps.values():
            app.state.closing.set()

    def _measured(self) -> FastAPI:
        """All share the process's metrics; one may know more."""
        apps = self._apps.values()
        return next(
            (app for app in apps if hasattr(app.state, "metrics")), self._fallback
        )

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            async with AsyncExitStack() as stack:
                for app in self._apps.values():
                    await stack.enter_async_context(app.router.lifespan_context(app))
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except Exception as fault:
            self.fault = fault
            await send({"type": "lifespan.startup.failed", "message": ""})
            return
        await send({"type": "lifespan.shutdown.complete"})

    async def _ready(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ready when all are; the answer of each under its name."""
        answers = await asyncio.gather(
            *(_ask(app, {**scope, "app": app}, receive) for app in self._apps.values())
        )
        statuses = [status for status, _ in answers]
        whole = {
            "status": "ready" if max(statuses) < 400 else "not ready",
            **{name: body for name, (_, body) in zip(self._apps, answers, strict=True)},
        }
        await send(
            {
                "type": "http.response.start",
                "status": max(statuses),
                "headers": [(b"content-type", b"application/json"), *BARE],
            }
        )
        await send({"type": "http.response.body", "body": json.dumps(whole).encode()})


def serve(
    builds: Mapping[str, Build],
    settings: Settings,
    listener: socket.socket,
    ready: Ready,
) -> None:
    """Answer on an open socket until SIGTERM or SIGINT, then drain.

    Raises what an app's lifespan raised when it could not start.
    """
    collect_seldom()
    api = OneApi({name: build(settings) for name, build in builds.items()})
    config = uvicorn.Config(
        cast(ASGIApp, api),
        http=PatientProtocol,
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        # whom to believe about a client's address is for the settings to say
        proxy_headers=False,
        h11_max_incomplete_event_size=MOST_HEADER_BYTES,
        limit_concurrency=settings.max_connections,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    with (
        exporting(settings, f"rollcall {' '.join(builds)}"),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        try:
            runner.run(_Server(config, ready, api.close).serve(sockets=[listener]))
        except SystemExit:
            if api.fault is None:
                raise
            raise api.fault from None


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, ready: Ready, close: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._say_ready = ready
        self._close = close

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._say_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._close()
        await super().shutdown(sockets)


async def _ask(app: FastAPI, scope: Scope, receive: Receive) -> tuple[int, object]:
    status = 500
    parts: list[bytes] = []

    async def collect(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, collect)
    return status, json.loads(b"".join(parts) or b"null")
