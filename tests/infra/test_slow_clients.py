"""A real server under clients that take their time, or too many connections."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest

from infra.onebox import protocol
from infra.onebox.apis import serve
from shared.headers import ALWAYS, UNLESS_SET
from shared.request_bounds import MOST_HEADER_BYTES
from shared.settings import Settings
from tests.shared.notes import new_notes_app

PATIENCE = 0.4
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: notes\r\n"


@contextmanager
def serving(settings: Settings) -> Iterator[tuple[str, int]]:
    """The address of a server in a thread, as `rollcall serve` runs it."""
    listener = socket.create_server(("127.0.0.1", 0))
    ready = threading.Event()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protocol, "HEADER_SECONDS", PATIENCE)
        patch.setattr("uvicorn.Server.capture_signals", _no_signals)
        stop = threading.Event()
        patch.setattr("uvicorn.Server.on_tick", _until(stop))
        thread = threading.Thread(
            target=serve,
            args=({"notes": new_notes_app}, settings, listener, ready.set),
        )
        thread.start()
        try:
            assert ready.wait(20)
            yield listener.getsockname()
        finally:
            stop.set()
            thread.join(20)
    assert not thread.is_alive()


@contextmanager
def _no_signals(server: object) -> Iterator[None]:
    """Only the main thread may catch signals."""
    yield


def _until(stop: threading.Event) -> object:
    async def on_tick(server: object, counter: int) -> bool:
        return stop.is_set()

    return on_tick


@pytest.fixture
def address(settings: Settings) -> Iterator[tuple[str, int]]:
    with serving(settings) as where:
        yield where


async def said_until_closed(
    address: tuple[str, int], first: bytes, then: bytes
) -> bytes:
    """What a server says to a client that sends `then` again and again."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(first)

    async def dribble() -> None:
        while then:
            await asyncio.sleep(PATIENCE / 4)
            writer.write(then)

    task = asyncio.create_task(dribble())
    try:
        async with asyncio.timeout(20):
            return await reader.read()
    finally:
        task.cancel()
        writer.close()


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (b"", b""),
        (b"G", b""),
        (REQUEST, b""),
        (REQUEST, b"X-More: 1\r\n"),
    ],
    ids=["silent", "one byte", "no end of the header", "a header in drops"],
)
async def test_a_client_that_does_not_finish_its_header_is_left(
    address: tuple[str, int], first: bytes, then: bytes
) -> None:
    assert await said_until_closed(address, first, then) == b""


async def test_a_client_in_time_may_keep_its_connection_for_more(
    address: tuple[str, int],
) -> None:
    reader, writer = await asyncio.open_connection(*address)
    for _ in range(3):
        writer.write(REQUEST + b"\r\n")
        async with asyncio.timeout(20):
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(len(b'{"status":"alive"}'))
        assert head.startswith(b"HTTP/1.1 200")
        assert body == b'{"status":"alive"}'
        await asyncio.sleep(PATIENCE * 1.5)
    # the second request of a connection is no more patient than the first
    writer.write(REQUEST)
    async with asyncio.timeout(20):
        assert await reader.read() == b""
    writer.close()


async def test_a_header_that_never_ends_is_not_read_for_ever(
    address: tuple[str, int],
) -> None:
    endless = REQUEST + b"X-Large: " + b"x" * (2 * MOST_HEADER_BYTES)
    answer = await said_until_closed(address, endless, b"")
    assert answer.startswith(b"HTTP/1.1 4")


def test_a_connection_too_many_is_told_so(settings: Settings) -> None:
    with serving(replace(settings, max_connections=8)) as address:
        held = [socket.create_connection(address) for _ in range(7)]
        with httpx.Client(base_url=f"http://{address[0]}:{address[1]}") as http:
            assert http.get("/healthz").status_code == 503
            for each in held:
                each.close()
            for _ in range(100):
                if (answer := http.get("/healthz")).status_code == 200:
                    break
            assert answer.status_code == 200


def test_the_server_does_not_say_what_it_is(address: tuple[str, int]) -> None:
    url = f"http://{address[0]}:{address[1]}"
    ready = httpx.get(f"{url}/readyz")
    missing = httpx.get(f"{url}/nowhere")
    for answer in (ready, missing):
        assert "server" not in answer.headers
        for name, value in (ALWAYS | UNLESS_SET).items():
            assert answer.headers[name] == value


def test_who_connects_cannot_say_where_from(settings: Settings) -> None:
    """The loopback is no trusted proxy unless the settings say so."""
    rates = replace(settings.rates, reads=replace(settings.rates.reads, quota=1))
    with serving(replace(settings, rates=rates)) as address:
        url = f"http://{address[0]}:{address[1]}/nowhere"
        statuses = [
            httpx.get(url, headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code
            for n in range(3)
        ]
    assert statuses == [404, 429, 429]
