"""405 for a method that a path does not take, with all that it does take in `Allow`.

Starlette asks route by route: `PATCH /v1/workers/batch` would be a worker named
"batch", and `Allow` names the methods of one route only.
"""

from __future__ import annotations

from collections.abc import Iterable

from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.problems import Problem, problem_response


class MethodNotAllowed(Problem):
    """Method Not Allowed"""

    status = 405
    kind = "method-not-allowed"


class Methods:
    """ASGI middleware: a path written out belongs to its own routes alone."""

    def __init__(self, app: ASGIApp, routes: Iterable[APIRoute]) -> None:
        self._app = app
        self._routes = list(routes)
        self._written_out: dict[str, set[str]] = {}
        for route in self._routes:
            if not route.param_convertors:
                known = self._written_out.setdefault(route.path, set())
                known |= route.methods or set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        own = self._written_out.get(path)
        if own is not None and scope["method"] not in own:
            refusal = MethodNotAllowed(headers={"Allow": _listed(own)})
            await problem_response(refusal)(scope, receive, send)
            return

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 405:
                MutableHeaders(scope=message)["Allow"] = _listed(self._taken(path))
            await send(message)

        await self._app(scope, receive, complete)

    def _taken(self, path: str) -> set[str]:
        fitting = (route for route in self._routes if route.path_regex.match(path))
        return {method for route in fitting for method in route.methods or ()}


def _listed(methods: set[str]) -> str:
    return ", ".join(sorted(methods))
