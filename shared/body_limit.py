"""Bounds on request bodies, answered like every other error."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = 30.0


class BodyLimit:
    """ASGI middleware: more than `limit` bytes is a 413 problem, and a body that has
    not come whole after `seconds` a 408; either ends the connection.

    The error is raised where the body is read, inside the application's own error
    handling; FastAPI's `max_body_size` answers outside of it, with plain text.
    """

    def __init__(self, app: ASGIApp, limit: int, seconds: float = SECONDS) -> None:
        self._app = app
        self._limit = limit
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        seen = int(declared) if declared.isdigit() else 0
        received = 0
        whole = False
        # the time goes on from the first read: before that, nobody waits for it
        deadline: float | None = None

        async def bounded() -> Message:
            nonlocal received, whole, deadline
            if whole:
                return await receive()  # waiting for the client to leave
            if seen > self._limit:
                raise self._too_large()
            clock = asyncio.get_running_loop().time
            deadline = deadline or clock() + self._seconds
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise self._too_slow() from None
            received += len(message.get("body", b""))
            if received > self._limit:
                raise self._too_large()
            whole = not message.get("more_body", False)
            return message

        await self._app(scope, bounded, send)

    def _too_large(self) -> HTTPException:
        detail = f"A body holds at most {self._limit} bytes."
        return HTTPException(413, detail, {"Connection": "close"})

    def _too_slow(self) -> HTTPException:
        detail = f"A body has to come within {self._seconds:.0f} seconds."
        return HTTPException(408, detail, {"Connection": "close"})
