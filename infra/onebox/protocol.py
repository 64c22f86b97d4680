"""HTTP/1.1 as uvicorn speaks it, with a patience for slow clients.

uvicorn waits for ever for a request that was begun: some hundred sockets that send a
byte now and then would use up all connections (slowloris).
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 15.0


class PatientProtocol(H11Protocol):
    """Closes a connection whose request line and header take longer than
    `HEADER_SECONDS` from the first byte, or from the connection if none comes."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._expect_header()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # idle: the header is not whole yet; between requests, keep-alive has the say
        waiting = self.conn.their_state is h11.IDLE
        if waiting and self._deadline is None:
            self._expect_header()
        elif not waiting:
            self._forget_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

    def _expect_header(self) -> None:
        self._deadline = self.loop.call_later(HEADER_SECONDS, self._give_up)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()
