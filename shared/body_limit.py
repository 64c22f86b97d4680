"""A bound on request bodies, answered like every other error."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """ASGI middleware: more than `limit` bytes is a 413 problem.

    The error is raised where the body is read, inside the application's own error
    handling; FastAPI's `max_body_size` answers outside of it, with plain text.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        seen = int(declared) if declared.isdigit() else 0
        too_large = HTTPException(413, f"A body holds at most {self._limit} bytes.")
        received = 0

        async def counted() -> Message:
            nonlocal received
            if seen > self._limit:
                raise too_large
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit:
                raise too_large
            return message

        await self._app(scope, counted, send)
