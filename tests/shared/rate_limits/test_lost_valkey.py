"""Valkey dies under way: sign-in closes, the rest goes on, and both come back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from infra.embedded.accounts import Account, server_account
from infra.embedded.valkey import Valkey
from shared.identity import Caller, Role
from shared.rate_limits.breaker import LONGEST_SECONDS
from shared.rates import Rate
from shared.settings import Settings
from shared.values import new_id
from tests.directories import server_directory
from tests.infra.conftest import kill, new_valkey
from tests.shared.rate_limits.apps import bearer, client, limited, new_things_app


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """A server of this test alone, to be killed."""
    account: Account = server_account()
    with server_directory() as directory, new_valkey(directory, account) as server:
        yield server


async def sign_in(http: httpx.AsyncClient) -> httpx.Response:
    return await http.post("/v1/things/sign-in", params={"name": "ada"})


async def test_a_dead_valkey_closes_sign_in_and_opens_the_rest_until_it_is_back(
    settings: Settings, valkey: Valkey
) -> None:
    process = valkey.start()
    valkey.wait_ready()
    settings = limited(
        replace(settings, redis_url=valkey.url), reads=Rate(2, 3600), sign_in=Rate(9, 9)
    )
    me = bearer(settings, Caller(new_id(), Role.WORKER))
    operator = bearer(settings, Caller(new_id(), Role.OPERATOR))
    async with client(new_things_app(settings)) as http:
        assert (await sign_in(http)).status_code == 200
        assert (await http.get("/v1/things", headers=me)).headers["ratelimit"]

        kill(process)
        for _ in range(5):
            read = await http.get("/v1/things", headers=me)
            assert read.status_code == 200
            assert "ratelimit" not in read.headers
        paused = await sign_in(http)
        assert paused.status_code == 503
        assert paused.json()["type"] == "urn:rollcall:problem:sign-in-paused"
        assert 1 <= int(paused.headers["retry-after"]) <= LONGEST_SECONDS
        metrics = (await http.get("/metrics", headers=operator)).text
        assert 'rollcall_rate_limits_away{service="things"} 1.0' in metrics
        assert 'unavailable_total{failed="closed",service="things"}' in metrics
        assert 'unavailable_total{failed="open",service="things"}' in metrics

        valkey.stop()
        valkey.start()
        valkey.wait_ready()
        for _ in range(200):
            if (await sign_in(http)).status_code == 200:
                break
            await asyncio.sleep(0.1)
        assert (await sign_in(http)).status_code == 200
        # what was drawn before is still known, and counted on
        limits = [await http.get("/v1/things", headers=me) for _ in range(3)]
        assert limits[-1].status_code == 429
        metrics = (await http.get("/metrics", headers=operator)).text
        assert 'rollcall_rate_limits_away{service="things"} 0.0' in metrics


async def test_a_valkey_that_does_not_answer_is_waited_for_only_twice(
    settings: Settings,
) -> None:
    """One that hangs is worse than one that is gone: nothing would ever fail."""
    asked = 0

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        settings = replace(settings, redis_url=f"redis://127.0.0.1:{port}/0")
        me = bearer(settings, Caller(new_id(), Role.WORKER))
        async with client(new_things_app(settings)) as http:
            answers = [await http.get("/v1/things", headers=me) for _ in range(50)]
    assert {answer.status_code for answer in answers} == {200}
    assert asked < 10
