"""Watching the queue over a real connection: nothing twice, nothing lost, an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
import uvicorn
from sqlalchemy import text

from services.matching.app import build
from services.matching.runs import watching
from services.matching.runs.claiming import claim, look
from services.matching.runs.commands import Wanted, enqueue
from services.matching.runs.watching import Watch
from shared.identity import Caller, Role
from shared.settings import Settings
from shared.tokens import LEEWAY_SECONDS, TokenKey
from shared.values import new_id
from tests.matching.market import Market, until
from tests.matching.matches.conftest import EMPLOYER, OPERATOR

PATH = "/v1/queues/events"


@dataclass
class Heard:
    event: str
    id: str | None
    data: dict[str, Any]


@dataclass
class Server:
    """The matching API, listening."""

    watch: Watch
    url: str
    settings: Settings
    uvicorn: uvicorn.Server
    serving: asyncio.Task[None]

    def headers(
        self, caller: Caller = OPERATOR, seconds: float = 60, after: str | None = None
    ) -> dict[str, str]:
        key = TokenKey.read(self.settings.token_key_file)
        token = key.mint(self.settings, caller, timedelta(seconds=seconds))
        more = {} if after is None else {"Last-Event-ID": after}
        return {"Authorization": f"Bearer {token}", **more}

    async def events(self, **headers: Any) -> AsyncIterator[Heard]:
        async with (
            httpx.AsyncClient(timeout=20) as http,
            http.stream(
                "GET", self.url + PATH, headers=self.headers(**headers)
            ) as answer,
        ):
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            fields: dict[str, str] = {}
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if name:
                    fields[name] = value
                elif "event" in fields:
                    data = orjson.loads(fields["data"])
                    yield Heard(fields["event"], fields.get("id"), data)
                    fields = {}


class _Quiet(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """The test ends it."""


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Server]:
    app = build(settings)
    config = uvicorn.Config(
        app, port=0, log_level="warning", timeout_graceful_shutdown=20
    )
    server = _Quiet(config)
    task = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started)
    port = server.servers[0].sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    opened = Server(app.state.watch, url, settings, server, task)
    try:
        yield opened
    finally:
        app.state.closing.set()
        server.should_exit = True
        await task


@pytest.fixture
async def server(market: Market) -> AsyncIterator[Server]:
    async with serving(market.settings) as opened:
        yield opened


async def queue(market: Market, count: int = 1) -> list[UUID]:
    wanted = [Wanted(new_id(), new_id(), "refresh", "test") for _ in range(count)]
    async with market.database.as_system() as session:
        return await enqueue(session, wanted)


async def queue_many(market: Market, count: int) -> list[UUID]:
    many = (
        "INSERT INTO matching.match_run (id, posting_id, tenant, state, lane, reason)"
        " SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'queued',"
        f" 'bulk', 'test' FROM generate_series(1, {count}) RETURNING id"
    )
    async with market.database.as_system() as session:
        return list((await session.execute(text(many))).scalars())


async def runs(events: AsyncIterator[Heard], count: int) -> list[Heard]:
    """The next so many transitions."""
    found: list[Heard] = []
    async with asyncio.timeout(15):
        async for heard in events:
            if heard.event == "run":
                found.append(heard)
            if len(found) == count:
                break
    return found


async def until_heard(server: Server, listeners: int = 1) -> None:
    async def heard() -> bool:
        return server.watch.listeners == listeners

    await until(heard)


async def test_figures_come_each_second_and_transitions_as_they_happen(
    market: Market, server: Server
) -> None:
    await queue(market)
    events = server.events()
    first = await anext(events)
    assert (first.event, first.id) == ("figures", None)
    shown = {lane["lane"]: lane["queued"] for lane in first.data["items"]}
    assert shown == {"interactive": 0, "refresh": 1, "bulk": 0}
    async with market.database.as_system() as session:
        [held] = await claim(session, (await look(session)).lanes["refresh"], 1, "w")
    # that it was queued is told first if an older transaction was still open then
    claimed = (await runs(events, 1))[0]
    if claimed.data["became"] == "queued":
        [claimed] = await runs(events, 1)
    assert claimed.data["run"] == str(held.id)
    assert claimed.data["posting"] == str(held.posting_id)
    assert (claimed.data["was"], claimed.data["became"]) == ("queued", "running")
    again = await anext(events)
    assert again.event == "figures"
    await events.aclose()  # type: ignore[attr-defined]
    await until_heard(server, 0)
    assert server.watch._polling is None, "nobody listens, nobody asks"


async def test_who_comes_back_goes_on_where_they_were(
    market: Market, server: Server
) -> None:
    events = server.events()
    await anext(events)
    ids = await queue(market, 3)
    heard = await runs(events, 2)
    await events.aclose()  # type: ignore[attr-defined]
    missed = await queue_many(market, watching.AT_ONCE + 20)
    back = server.events(after=heard[-1].id)
    rest = await runs(back, 1 + len(missed))
    live = await queue(market)
    rest += await runs(back, 1)
    told = [UUID(each.data["run"]) for each in (*heard, *rest)]
    assert len(told) == len(set(told))
    assert set(told) == {*ids, *missed, *live}


async def test_one_that_commits_late_is_told_and_none_is_told_twice(
    market: Market, server: Server
) -> None:
    """The younger one waits for the older: by ids alone the older would be lost."""
    events = server.events()
    await anext(events)
    async with market.database.as_system() as session:
        [late] = await enqueue(session, [Wanted(new_id(), new_id(), "refresh", "late")])
        early = await queue(market, 2)
        for _ in range(2):
            heard = await anext(events)
            assert heard.event == "figures", "nothing after the open one is shown"
    told = [UUID(each.data["run"]) for each in await runs(events, 3)]
    assert told == [late, *early]


async def test_an_id_of_another_life_of_the_database_means_from_now_on(
    market: Market, server: Server
) -> None:
    events = server.events(after=f"{2**62}.5")
    await anext(events)
    [new] = await queue(market)
    [heard] = await runs(events, 1)
    assert heard.data["run"] == str(new)
    await events.aclose()  # type: ignore[attr-defined]


async def test_it_ends_with_the_access_token(server: Server) -> None:
    seconds = 2 - LEEWAY_SECONDS
    async with asyncio.timeout(20):
        heard = [each async for each in server.events(seconds=seconds)]
    assert heard[-1].event == "end"
    assert {each.event for each in heard[:-1]} == {"figures"}
    await until_heard(server, 0)


async def test_it_ends_when_the_server_is_told_to_stop(market: Market) -> None:
    """As infra/onebox/apis.py tells it: before it waits for answers to end."""
    async with serving(market.settings) as server:
        heard: list[Heard] = []

        async def listen() -> None:
            async for each in server.events():
                heard.append(each)

        listening = asyncio.create_task(listen())
        await until_heard(server)
    # the context ends well before the patience of the server does
    await asyncio.wait_for(listening, 5)


async def test_only_so_many_may_listen_to_one_process(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "MOST_LISTENERS", 2)
    both = [server.events(), server.events()]
    for each in both:
        await anext(each)
    async with httpx.AsyncClient() as http:
        answer = await http.get(server.url + PATH, headers=server.headers())
        assert answer.status_code == 503
        assert answer.json()["type"].endswith("too-many-listeners")
        assert answer.headers["Retry-After"] == "5"
        for each in both:
            await each.aclose()  # type: ignore[attr-defined]
        await until_heard(server, 0)


async def test_who_reads_nothing_is_let_go(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "MOST_UNREAD", 3)
    watch = Watch(market.database, lambda: 0)
    reading, silent = await watch.join(None), await watch.join(None)
    try:
        await queue(market, 5)

        async def gone() -> bool:
            await anext(reading)
            return watch.listeners <= 1

        await until(gone)
        assert [frame async for frame in silent][-1:] == []
    finally:
        await watch.close()
        await reading.aclose()


async def test_who_may_not_and_what_is_no_id(server: Server) -> None:
    async with httpx.AsyncClient() as http:
        refused = await http.get(server.url + PATH, headers=server.headers(EMPLOYER))
        assert refused.status_code == 403
        nobody = await http.get(server.url + PATH)
        assert nobody.status_code == 401
        wrong = await http.get(server.url + PATH, headers=server.headers(after="x.y"))
        assert wrong.status_code == 422
        [fault] = wrong.json()["errors"]
        assert fault["parameter"] == "Last-Event-ID"
    auditor = Caller(new_id(), Role.AUDITOR)
    events = server.events(caller=auditor)
    assert (await anext(events)).event == "figures"
    await events.aclose()  # type: ignore[attr-defined]
