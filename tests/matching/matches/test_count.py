"""POST /v1/matches/count: the funnel of a posting that somebody is still writing."""

from __future__ import annotations

from typing import Any

import pytest

from shared.values import new_id
from tests.matching.documents import a_worker
from tests.matching.market import Market
from tests.matching.matches.conftest import EMPLOYER, OPERATOR, Api
from tests.matching.matches.test_search import PATH as SEARCH
from tests.matching.matches.test_search import a_search

PATH = "/v1/matches/count"


async def test_the_count_falls_as_the_advert_asks_more(
    market: Market, api: Api
) -> None:
    workers = [a_worker() for _ in range(6)]
    modest = [a_worker(certificates=[]) for _ in range(2)]
    unsaid = a_worker(pay_floors=[])
    await market.knows(*workers, *modest, unsaid)
    await api.in_step(market)

    async def left(**asked: Any) -> Any:
        answer = await api.post(PATH, EMPLOYER, a_search(**asked))
        assert answer.status_code == 200, answer.text
        return answer.json()["funnel"][-1]["left"]

    assert await left(certificates=[]) == 8
    assert await left() == 6
    assert await left(required_skills=[{"skill": "forklift-driving", "level": 5}]) == (
        "<5"
    )


async def test_a_count_is_that_of_the_search_and_names_nobody(
    market: Market, api: Api
) -> None:
    await market.knows(*(a_worker() for _ in range(7)), a_worker(pay_floors=[]))
    await api.in_step(market)
    for caller in (EMPLOYER, OPERATOR):
        searched = (await api.post(SEARCH, caller, a_search())).json()
        counted = (await api.post(PATH, caller, a_search())).json()
        assert counted["funnel"] == searched["funnel"]
        assert counted["possible"] == searched["possible"]["total"]
        assert counted["index"]["seq"] == api.replica.seq
        assert counted.keys() == {"funnel", "possible", "index", "seconds"}
    assert await market.runs() == []


async def test_it_takes_neither_a_number_of_matches_nor_weights(api: Api) -> None:
    answer = await api.post(PATH, EMPLOYER, a_search(k=5, weights=None))
    assert answer.status_code == 422
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {"/k", "/weights"}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"place": None}, "/place"),
        ({"certificates": ["no-such-paper"]}, "/certificates/0"),
        ({"organisation": str(new_id())}, "/organisation"),
    ],
)
async def test_what_a_search_refuses_is_refused(
    api: Api, changes: dict[str, Any], pointer: str
) -> None:
    answer = await api.post(PATH, EMPLOYER, a_search(**changes))
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


async def test_faults_of_schema_and_rules_are_told_together(api: Api) -> None:
    body = a_search(radius_km=-1, required_skills=[{"skill": "no-such-skill"}])
    answer = await api.post(PATH, EMPLOYER, body)
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {
        "/radius_km",
        "/required_skills/0/skill",
    }
