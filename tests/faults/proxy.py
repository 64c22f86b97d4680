"""A wire that can be cut, held, slowed or closed, between a process and its server.

It listens on a port and forwards to a socket file, on a thread of its own.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import make_url

from infra.embedded.postgres import SOCKET_NAME as POSTGRES

PIECE = 65_536
COMMITTED = b"COMMIT\0"
ASKS_FOR_TLS = struct.pack("!ii", 8, 80877103)
NO_TLS = b"N"


class Proxy:
    """To the socket `upstream`, which may be changed: new connections go there.

    `delay` seconds pass before a piece is handed on. While `held` nothing is, though
    both ends stay connected; while `closed` nobody gets in. `lose` is the share of
    commits that PostgreSQL confirms and nobody hears of, their connection being cut.
    """

    def __init__(self, upstream: Path) -> None:
        self.upstream = upstream
        self.delay = 0.0
        self.held = False
        self.closed = False
        self.lose = 0.0
        self.commits = 0
        self.lost = 0
        self.port = 0
        self._random = Random(5)
        self._lines: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()

    def to(self, database_url: str) -> str:
        """The same login and database, by this wire."""
        url = make_url(database_url).set(host="127.0.0.1", port=self.port, query={})
        return url.render_as_string(hide_password=False)

    def cut(self) -> None:
        """Every connection that there is, at once and without a word."""
        self._soon(self._cut())

    async def serve(self) -> None:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        await self._cut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _cut(self) -> None:
        for line in self._lines:
            line.transport.abort()

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            if self.closed:
                raise ConnectionRefusedError
            theirs, ours = await asyncio.open_unix_connection(str(self.upstream))
        except OSError:
            writer.transport.abort()
            return
        self._lines |= {writer, ours}
        heard = Backend(self._loses) if self.upstream.name == POSTGRES else _as_it_is
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._forward(reader, ours, _without_tls(writer)))
                both.create_task(self._forward(theirs, writer, heard))
        except* (OSError, Cut):
            pass
        except* asyncio.CancelledError:
            pass  # the proxy is closed; its server would call this an error
        finally:
            self._lines -= {writer, ours}
            writer.transport.abort()
            ours.transport.abort()

    async def _forward(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        look: Callable[[bytes], bytes],
    ) -> None:
        while piece := await reader.read(PIECE):
            if self.delay:
                await asyncio.sleep(self.delay)
            while self.held:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            if left := look(piece):
                writer.write(left)
                await writer.drain()
        raise Cut

    def _loses(self) -> bool:
        self.commits += 1
        lost = self._random.random() < self.lose
        self.lost += lost
        return lost


class Cut(Exception):
    """This connection is over."""


class Backend:
    """Reads what PostgreSQL answers, message by message, for commits to be lost."""

    def __init__(self, loses: Callable[[], bool]) -> None:
        self._loses = loses
        self._seen = b""

    def __call__(self, piece: bytes) -> bytes:
        self._seen += piece
        at = 0
        while len(self._seen) - at >= 5:
            [length] = struct.unpack_from("!i", self._seen, at + 1)
            end = at + 1 + length
            if end > len(self._seen):
                break
            committed = self._seen[at + 5 : end] == COMMITTED
            if self._seen[at : at + 1] == b"C" and committed and self._loses():
                raise Cut
            at = end
        self._seen = self._seen[at:]
        return piece


def _as_it_is(piece: bytes) -> bytes:
    return piece


def _without_tls(writer: asyncio.StreamWriter) -> Callable[[bytes], bytes]:
    """A socket file offers none, and its answer would be no message."""

    def look(piece: bytes) -> bytes:
        if piece[:8] != ASKS_FOR_TLS:
            return piece
        writer.write(NO_TLS)
        return piece[8:]

    return look


@contextmanager
def proxy(upstream: Path) -> Iterator[Proxy]:
    """A proxy that runs until the block ends."""
    made = Proxy(upstream)
    loop = made._loop
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    made._soon(made.serve())
    try:
        yield made
    finally:
        made._soon(made.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
