"""How runs end while the database is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from infra.embedded.postgres import SOCKET_NAME
from services.matching.runs.claiming import Claim, claim, look
from services.matching.runs.commands import Wanted, enqueue
from services.matching.runs.ending import Ending
from services.matching.runs.ranker import Behind, CallOff
from services.matching.runs.tracing import RunTrace
from shared.database import Database
from shared.values import new_id
from tests.faults.proxy import Proxy, proxy
from tests.matching.market import Market

Way = Callable[[Ending, Claim], Coroutine[Any, Any, None]]

WAYS: dict[str, Way] = {
    "queued": lambda ending, held: ending.leave(held, RunTrace(held), Behind()),
    "cancelled": lambda ending, held: ending.leave(
        held, RunTrace(held), CallOff("the posting is no longer open")
    ),
    "queued, later": lambda ending, held: ending.fail(
        held, RunTrace(held), ValueError("no such thing")
    ),
}


@pytest.fixture
def wire(market: Market) -> Iterator[Proxy]:
    url = make_url(market.settings.system_database_url)
    with proxy(Path(str(url.query["host"])) / SOCKET_NAME) as opened:
        yield opened


@pytest.mark.parametrize("how", WAYS)
async def test_an_end_waits_for_a_database_that_is_away(
    market: Market, wire: Proxy, how: str
) -> None:
    async with market.database.as_system() as session:
        await enqueue(session, [Wanted(new_id(), new_id(), "refresh", "test")])
        [held] = await claim(session, (await look(session)).lanes["refresh"], 1, "test")
    settings = market.settings
    beyond = wire.to(settings.system_database_url)
    database = Database(replace(settings, system_database_url=beyond), "test")
    wire.closed = True
    ended = asyncio.create_task(WAYS[how](Ending(database), held))
    await asyncio.sleep(0.3)
    assert not ended.done()
    wire.closed = False
    await asyncio.wait_for(ended, 20)
    await database.dispose()
    [run] = await market.runs()
    assert run["state"] == how.partition(",")[0]
    assert (run["attempts"], run["lost"]) == (int(how != "queued"), 0)
