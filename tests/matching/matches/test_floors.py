"""How sharply a pay floor is known: exactly to the worker, as a band to employers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.matching.intake.blurring import band_edge
from shared.values import now
from tests.matching.documents import a_posting, a_worker, text
from tests.matching.market import Market
from tests.matching.matches.conftest import EMPLOYER, OPERATOR, Api, worker_caller
from tests.matching.matches.test_search import PATH, a_search

FLOOR, EDGE = 1487, 1500
FLOORS = (1451, 1499)


def asking(amount: int) -> dict[str, Any]:
    return a_worker(pay_floors=[{"unit": "hour", "amount": amount, "currency": "GBP"}])


def paying(amount: int) -> dict[str, Any]:
    return {"currency": "GBP", "unit": "hour", "minimum": amount, "maximum": amount}


@pytest.mark.parametrize(
    ("amount", "edge"),
    [
        (0, 0),
        (1, 1),
        (99, 100),
        (1451, 1500),
        (1500, 1500),
        (1501, 1550),
        (1999, 2000),
        (2001, 2100),
        (5001, 5250),
        (280_000, 280_000),
        (4_512_300, 4_600_000),
        (10**15 - 1, 10**15),
    ],
)
def test_a_floor_is_rounded_up_to_the_edge_of_its_band(amount: int, edge: int) -> None:
    assert band_edge(amount) == edge


def test_an_edge_stays_where_it_is_and_bands_are_at_most_five_per_cent_wide() -> None:
    for amount in range(1, 120_000):
        edge = band_edge(amount)
        assert amount <= edge == band_edge(edge)
        assert edge - amount <= max(1, 0.05 * amount), amount


async def test_searching_in_pennies_ends_at_the_edge_of_the_band(
    market: Market, api: Api
) -> None:
    worker = asking(FLOOR)
    await market.knows(worker)
    await api.in_step(market)

    async def listed(pay: int, caller: Any) -> bool:
        answer = await api.post(PATH, caller, a_search(pay=paying(pay)))
        return [m["worker"] for m in answer.json()["matches"]] == [worker["id"]]

    for caller in (EMPLOYER, OPERATOR):
        refused, taken = 0, 5_000
        while taken - refused > 1:
            pay = (refused + taken) // 2
            if await listed(pay, caller):
                taken = pay
            else:
                refused = pay
        assert taken == EDGE


async def test_two_of_one_band_give_the_same_figures_over_http(
    market: Market, api: Api
) -> None:
    seen = text(now() - timedelta(hours=5))
    await market.knows(*(asking(floor) | {"last_active_at": seen} for floor in FLOORS))
    await api.in_step(market)
    for pay in range(1500, 2100, 7):
        found = await api.post(PATH, EMPLOYER, a_search(pay=paying(pay)))
        first, second = found.json()["matches"]
        assert first["parts"] == second["parts"]
        assert first["score"] == second["score"]


async def test_a_workers_own_list_is_made_from_the_floor_as_they_said_it(
    market: Market, api: Api
) -> None:
    worker = asking(FLOOR)
    below = a_posting(pay=paying(FLOOR - 1))
    enough = a_posting(pay=paying(FLOOR))
    await market.knows(worker)
    await market.knows(below, enough)
    await api.in_step(market)
    path = f"/v1/matches?worker={worker['id']}"
    found = (await api.get(path, worker_caller(worker["id"]))).json()
    assert [match["posting"]["id"] for match in found["matches"]] == [enough["id"]]
    assert found["matches"][0]["parts"][3]["evidence"]["floor_per_hour"] == FLOOR
