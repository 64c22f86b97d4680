"""Many tenants in turns over a few connections: nobody is told of another, and no
connection remembers whom it served. `make bench` does the same five times as long."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from shared.settings import Settings
from tests.conftest import Measured
from tests.walls.errands import list_postings
from tests.walls.traffic import Traffic, opened_traffic

REQUESTS = 2_000


@pytest.fixture
async def traffic(settings: Settings) -> AsyncIterator[Traffic]:
    async with opened_traffic(settings) as opened:
        yield opened


async def test_of_thousands_of_requests_in_turns_none_is_told_of_another(
    traffic: Traffic, measured: Measured
) -> None:
    started = time.monotonic()
    await traffic.run(REQUESTS)
    measured(traffic.summary(time.monotonic() - started))
    assert traffic.leaks == []
    assert traffic.left_behind == []
    assert traffic.misplaced() == []
    # every kind of end came before some connection's next use
    ends = traffic.ends
    wanted = ("200", "201", "202", "403", "404", "409", "412", "422", "broken off")
    assert all(ends[end] for end in wanted), ends
    assert ends["500"] <= traffic.killed, ends
    assert all(pool.reused > pool.fresh > 0 for pool in traffic.app_pools)
    assert sum(pool.reused for pool in traffic.app_pools) > REQUESTS // 2


async def test_a_setting_that_outlives_its_transaction_would_be_seen(
    traffic: Traffic,
) -> None:
    someone = traffic.parties[0].caller
    pool = traffic.app_pools[0]
    async with pool.engine.begin() as connection:
        await connection.execute(
            text("SELECT set_config('rollcall.tenant', :tenant, false)"),
            {"tenant": str(someone.tenant)},
        )
    await pool.all_at_rest(5)
    [found] = {left[0] for left in pool.left}
    assert found == str(someone.tenant)
    # its organisation is read by whoever comes next
    assert any(1 in left for left in pool.left)


async def test_an_answer_with_anothers_row_would_be_seen(traffic: Traffic) -> None:
    mine, theirs = traffic.parties[:2]
    theirs.headers = mine.headers  # as if their connection remembered the first
    await traffic.send(theirs, list_postings(theirs, traffic.parties, traffic.random))
    assert f"{theirs.mark} read {mine.number}: " in traffic.leaks[0]
    assert any("was told" in leak for leak in traffic.leaks)
