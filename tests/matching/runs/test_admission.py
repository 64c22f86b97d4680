"""Backpressure: a request too many is refused and told why, a feed's never."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.matching.runs.commands import Wanted, enqueue
from shared.values import new_id
from tests.matching.documents import a_posting
from tests.matching.market import Market
from tests.matching.matches.conftest import EMPLOYER, OPERATOR, TENANT, Api, api

__all__ = ["api"]


async def set_lane(market: Market, **values: Any) -> None:
    changed = ", ".join(f"{name} = :{name}" for name in values)
    async with market.database.as_system() as session:
        await session.execute(
            text(f"UPDATE matching.match_lane SET {changed} WHERE lane='interactive'"),
            values,
        )


async def known(market: Market, count: int) -> list[str]:
    """Postings of TENANT without a waiting run."""
    postings = [a_posting(organisation=str(TENANT)) for _ in range(count)]
    await market.knows(*postings)
    async with market.database.as_system() as session:
        await session.execute(text("DELETE FROM matching.match_run"))
    return [posting["id"] for posting in postings]


async def test_a_tenant_with_too_much_waiting_is_told_which_bound_it_met(
    market: Market, api: Api
) -> None:
    first, second, third = await known(market, 3)
    await set_lane(market, most_waiting_of_one=2)
    for posting in (first, second):
        answer = await api.post("/v1/runs", EMPLOYER, {"posting": posting})
        assert answer.status_code == 202
    refused = await api.post("/v1/runs", EMPLOYER, {"posting": third})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    problem = refused.json()
    assert problem["type"].endswith("too-many-waiting")
    assert (problem["lane"], problem["bound"]) == ("interactive", 2)
    assert len(await market.runs()) == 2
    # its posting has a waiting run: nothing is added
    again = await api.post("/v1/runs", EMPLOYER, {"posting": first})
    assert again.status_code == 202


async def test_a_full_lane_is_another_thing_than_a_greedy_tenant(
    market: Market, api: Api
) -> None:
    [posting] = await known(market, 1)
    await set_lane(market, most_waiting=3)
    async with market.database.as_system() as session:
        others = [Wanted(new_id(), new_id(), "interactive", "test") for _ in range(3)]
        await enqueue(session, others)
    refused = await api.post("/v1/runs", EMPLOYER, {"posting": posting})
    assert refused.status_code == 503
    assert refused.json()["type"].endswith("lane-full")
    assert refused.json()["bound"] == 3
    assert "Retry-After" in refused.headers


@pytest.mark.parametrize("caller", [EMPLOYER, OPERATOR], ids=["employer", "operator"])
async def test_a_draining_lane_takes_no_requests_but_what_a_feed_causes(
    market: Market, api: Api, caller: Any
) -> None:
    [posting] = await known(market, 1)
    await set_lane(market, mode="draining", most_waiting=1, most_waiting_of_one=1)
    refused = await api.post("/v1/runs", caller, {"posting": posting})
    assert refused.status_code == 503
    assert refused.json()["type"].endswith("lane-draining")
    published = [a_posting(organisation=str(TENANT)) for _ in range(3)]
    await market.knows(*published)
    waiting = {run["posting_id"] for run in await market.runs(state="queued")}
    assert waiting == {UUID(one["id"]) for one in published}


async def test_a_paused_lane_goes_on_taking_requests(market: Market, api: Api) -> None:
    [posting] = await known(market, 1)
    await set_lane(market, mode="paused")
    answer = await api.post("/v1/runs", EMPLOYER, {"posting": posting})
    assert answer.status_code == 202
