"""A server that is killed while it answers: sent again, a request has one effect."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest

from shared.identity import Caller, Role
from shared.settings import Settings
from shared.tokens import TokenKey
from shared.values import new_id
from tests.databases import plain
from tests.matching.market import until
from tests.profiles.builders import an_organisation

ROOT = Path(__file__).parents[2]
COMMAND = "from infra.cli.main import main; main()"
KEY = "one-registration"
SENT_AT_ONCE = 50


@pytest.fixture(params=[Role.EMPLOYER, Role.OPERATOR])
def caller(request: pytest.FixtureRequest) -> Caller:
    """Behind the row walls, and above them."""
    tenant = new_id() if request.param is Role.EMPLOYER else None
    return Caller(new_id(), request.param, tenant)


@asynccontextmanager
async def api_process(
    settings: Settings,
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """`rollcall serve profiles`, and where it answers."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", COMMAND, "serve", "profiles", "--json"),
        cwd=ROOT,
        env=os.environ | settings.environment(),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    try:
        told = await asyncio.wait_for(process.stdout.readuntil(b"}\n"), 60)
        yield process, json.loads(told)["url"]
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def asking(settings: Settings, caller: Caller, url: str) -> httpx.AsyncClient:
    key = TokenKey.read_or_create(settings.token_key_file)
    token = key.mint(settings, caller, timedelta(minutes=5))
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": KEY}
    limits = httpx.Limits(max_connections=SENT_AT_ONCE)
    return httpx.AsyncClient(
        base_url=url, headers=headers, trust_env=False, timeout=30, limits=limits
    )


async def register(http: httpx.AsyncClient) -> httpx.Response:
    return await http.post("/v1/organisations", json=an_organisation())


async def until_answered(http: httpx.AsyncClient) -> httpx.Response:
    """As a client does: in flight means come back. The database may need a moment to
    see that the killed server is gone."""
    for _ in range(100):
        answer = await register(http)
        if answer.status_code != 409:
            return answer
        await asyncio.sleep(0.1)
    raise AssertionError(answer.text)


async def effects(database: asyncpg.Connection) -> tuple[int, int]:
    """Organisations, and events about them."""
    return (
        await database.fetchval("SELECT count(*) FROM profiles.organisation"),
        await database.fetchval("SELECT count(*) FROM profiles.outbox"),
    )


async def test_killed_before_the_commit(settings: Settings, caller: Caller) -> None:
    database = await asyncpg.connect(plain(settings.database_url))
    async with (
        api_process(settings) as (process, url),
        asking(settings, caller, url) as http,
        database.transaction(),
    ):
        # the first request stops where it records its event
        await database.execute("LOCK TABLE profiles.outbox IN EXCLUSIVE MODE")
        sent = [asyncio.create_task(register(http)) for _ in range(SENT_AT_ONCE)]
        answers = asyncio.as_completed(sent)
        refused = [await next(answers) for _ in range(SENT_AT_ONCE - 1)]
        process.kill()
        await process.wait()
        with pytest.raises(httpx.TransportError):
            await next(answers)
    assert {answer.status_code for answer in refused} == {409}
    assert {answer.headers["retry-after"] for answer in refused} == {"1"}
    assert await effects(database) == (0, 0)
    async with (
        api_process(settings) as (_, url),
        asking(settings, caller, url) as http,
    ):
        first = await until_answered(http)
        retried = [await until_answered(http) for _ in range(3)]
    assert first.status_code == 201
    assert "idempotency-replayed" not in first.headers
    assert {answer.content for answer in retried} == {first.content}
    assert await effects(database) == (1, 1)
    await database.close()


async def test_killed_after_the_commit_with_the_answer_unread(
    settings: Settings, caller: Caller
) -> None:
    database = await asyncpg.connect(plain(settings.database_url))

    async def committed() -> bool:
        return await effects(database) == (1, 1)

    async with api_process(settings) as (process, url):
        async with asking(settings, caller, url) as http:
            request = http.build_request(
                "POST", "/v1/organisations", json=an_organisation()
            )
        _, writer = await asyncio.open_connection(request.url.host, request.url.port)
        head = [f"POST {request.url.path} HTTP/1.1"]
        head += [f"{name}: {value}" for name, value in request.headers.items()]
        writer.write("\r\n".join([*head, "", ""]).encode() + request.content)
        await writer.drain()
        await until(committed, 20)
        process.kill()
        await process.wait()
        writer.close()
    async with (
        api_process(settings) as (_, url),
        asking(settings, caller, url) as http,
    ):
        answer = await until_answered(http)
        changed = await http.post(
            "/v1/organisations", json=an_organisation(name="Southgate Warehousing")
        )
        (found,) = await database.fetch("SELECT id FROM profiles.organisation")
    assert answer.status_code == 201
    assert answer.headers["idempotency-replayed"] == "true"
    assert answer.json()["id"] == str(found["id"])
    assert answer.headers["location"].endswith(str(found["id"]))
    assert changed.status_code == 422
    assert await effects(database) == (1, 1)
    await database.close()
