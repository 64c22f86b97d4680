"""What a request may bring is bounded, and told like every other error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import Message, Scope

from shared.body_limit import BodyLimit
from shared.identity import Role
from shared.request_bounds import MOST_HEADERS, MOST_PARAMETERS, MOST_URL_BYTES
from shared.settings import Settings
from shared.values import new_id
from tests.shared.notes import client, new_notes_app, token

JSON = {"Content-Type": "application/json"}


def kind(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["type"]).removeprefix("urn:rollcall:problem:")


async def test_a_url_has_a_longest_length(notes_settings: Settings) -> None:
    async with client(new_notes_app(notes_settings)) as http:
        path = await http.get("/v1/" + "x" * MOST_URL_BYTES)
        query = await http.get("/v1/notes", params={"cursor": "x" * MOST_URL_BYTES})
    assert (path.status_code, kind(path)) == (414, "url-too-long")
    assert (query.status_code, kind(query)) == (414, "url-too-long")


async def test_a_query_has_a_largest_number_of_parameters(
    notes_settings: Settings,
) -> None:
    async with client(new_notes_app(notes_settings)) as http:
        fits = await http.get("/healthz?" + "&".join(["a=1"] * MOST_PARAMETERS))
        over = await http.get("/healthz?" + "&".join(["a=1"] * (MOST_PARAMETERS + 1)))
        blank = await http.get("/healthz?" + "&" * 5_000)
    assert fits.status_code == 200
    assert over.status_code == blank.status_code == 422
    assert over.json()["errors"][0]["rule"] == "too_many"


async def test_header_fields_have_a_largest_number_and_size(
    notes_settings: Settings,
) -> None:
    async with client(new_notes_app(notes_settings)) as http:
        many = await http.get(
            "/healthz", headers={f"X-{n}": "1" for n in range(MOST_HEADERS)}
        )
        large = await http.get("/healthz", headers={"X-Large": "x" * 20_000})
    assert (many.status_code, kind(many)) == (431, "headers-too-large")
    assert (large.status_code, kind(large)) == (431, "headers-too-large")


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 4_000_000,
        b'{"a":' * 800_000,
        b"[" * 2_000_000 + b"]" * 2_000_000,
        b'{"title":' + b"[" * 900 + b"]" * 900 + b"}",
    ],
)
async def test_a_deeply_nested_body_is_one_clear_fault(
    notes_settings: Settings, content: bytes
) -> None:
    """Nobody need be signed in to send one: the body is parsed before who is asked."""
    for access_token in (None, token(notes_settings, Role.EMPLOYER, new_id())):
        async with client(new_notes_app(notes_settings), access_token) as http:
            answer = await http.post("/v1/notes", content=content, headers=JSON)
        assert answer.status_code in (401, 422)
        assert access_token is None or answer.json()["errors"]


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    """The first byte is sent at once, and then another now and then."""
    answers: list[Message] = []

    async def slowly() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def app(scope: Scope, receive: object, send: object) -> None:
        while True:
            answers.append(await receive())  # type: ignore[operator]

    async def send(message: Message) -> None:
        raise AssertionError("the application answers, not the limit")

    limit = BodyLimit(app, limit=10**6, seconds=0.1)
    with pytest.raises(Exception, match="408") as raised:
        await limit({"type": "http", "headers": []}, slowly, send)
    assert answers
    assert raised.value.headers == {"Connection": "close"}  # type: ignore[attr-defined]


async def test_a_whole_body_is_not_hurried(notes_settings: Settings) -> None:
    """Once it is there, a request may wait for ever for its client to leave."""
    parts = iter([{"type": "http.request", "body": b"", "more_body": False}])
    received: list[str] = []

    async def receive() -> Message:
        try:
            return next(parts)
        except StopIteration:
            await asyncio.sleep(0.2)
            return {"type": "http.disconnect"}

    async def app(scope: Scope, receive: object, send: object) -> None:
        for _ in range(2):
            received.append((await receive())["type"])  # type: ignore[operator]

    async def send(message: Message) -> None:
        raise AssertionError(message)

    await BodyLimit(app, limit=10, seconds=0.05)(
        {"type": "http", "headers": []}, receive, send
    )
    assert received == ["http.request", "http.disconnect"]


async def test_a_body_over_its_limit_ends_the_connection(
    notes_settings: Settings,
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" " * 1_000_000

    access_token = token(notes_settings, Role.EMPLOYER, new_id())
    async with client(new_notes_app(notes_settings), access_token) as http:
        answer = await http.post("/v1/notes", content=chunks(), headers=JSON)
    assert (answer.status_code, kind(answer)) == (413, "body-too-large")
    assert answer.headers["connection"] == "close"
