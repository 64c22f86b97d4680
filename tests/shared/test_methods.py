"""A path that is written out takes its own methods only, and says which."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter

from shared.access import EVERYONE, Own, allow
from shared.idempotency import ONLY_ASKS, KeyedRoute
from shared.settings import Settings
from shared.webapp import new_app
from tests.shared.notes import client

OPEN = [allow(EVERYONE, own=Own.PUBLIC)]


@pytest.fixture
async def http(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    router = APIRouter(route_class=KeyedRoute)

    @router.post("/v1/notes/batch", dependencies=[*OPEN, ONLY_ASKS])
    async def batch() -> str:
        """Several at once."""
        return "batch"

    @router.get("/v1/notes/{note}", dependencies=OPEN)
    async def read(note: str) -> str:
        """One of them."""
        return note

    @router.delete("/v1/notes/{note}", dependencies=OPEN)
    async def remove(note: str) -> str:
        """Away with it."""
        return note

    async with client(new_app("notes", settings, [router], prefixes=[])) as http:
        yield http


async def test_a_written_out_path_is_no_thing_of_that_name(
    http: httpx.AsyncClient,
) -> None:
    answer = await http.get("/v1/notes/batch")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.json()["type"] == "urn:rollcall:problem:method-not-allowed"
    assert (await http.post("/v1/notes/batch")).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "TRACE"])
async def test_allow_names_the_methods_of_every_route_at_the_path(
    http: httpx.AsyncClient, method: str
) -> None:
    answer = await http.request(method, "/v1/notes/7")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "DELETE, GET"


async def test_what_nothing_answers_stays_unknown(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/nowhere")
    assert answer.status_code == 404
    assert "allow" not in answer.headers
