"""What-ifs over HTTP: to an employer in steps of five, to a worker exactly."""

from __future__ import annotations

from typing import Any

import pytest

from shared.values import new_id
from tests.matching.documents import a_posting, a_worker
from tests.matching.market import Market
from tests.matching.matches.conftest import (
    EMPLOYER,
    OPERATOR,
    RIVAL,
    TENANT,
    Api,
    worker_caller,
)
from tests.matching.matches.test_floors import asking
from tests.matching.matches.test_search import a_search

PATH = "/v1/matches/what-if"
Document = dict[str, Any]


def own_posting(**changes: Any) -> Document:
    return a_posting(organisation=str(TENANT), **changes)


def gains(answer: Document) -> dict[str, tuple[Any, int]]:
    """Eligible afterwards and the gain, of all that have any."""
    return {
        f"{one['kind']}:{one['step']}": (one["eligible"], one["gain"])
        for one in answer["effects"]
        if one["gain"]
    }


@pytest.fixture
async def posting(market: Market, api: Api) -> Document:
    """Six fit it, eight more for 19.80, seven more without the certificate."""
    posting = own_posting()
    await market.knows(
        *(a_worker() for _ in range(6)),
        *(asking(1900) for _ in range(8)),
        *(a_worker(certificates=[]) for _ in range(7)),
    )
    await market.knows(posting)
    await api.in_step(market)
    return posting


async def test_an_employer_hears_what_each_change_would_bring(
    api: Api, posting: Document
) -> None:
    answer = await api.post(PATH, EMPLOYER, {"posting": posting["id"]})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["posting"], found["eligible"]) == (posting["id"], 5)
    assert gains(found) == {
        "more_pay:+200": (10, 5),
        "more_pay:+250": (10, 5),
        "more_pay:+450": (10, 5),
        "certificate_dropped:forklift-licence": (10, 5),
    }
    raised = found["effects"][1]
    assert raised["change"] == {
        "currency": "GBP",
        "unit": "hour",
        "from": 1800,
        "to": 2000,
        "more": 200,
    }
    assert found["index"]["seq"] == api.replica.seq


async def test_an_operator_hears_it_exactly(api: Api, posting: Document) -> None:
    answer = await api.post(PATH, OPERATOR, {"posting": posting["id"]})
    found = answer.json()
    assert found["eligible"] == 6
    assert gains(found) == {
        "more_pay:+200": (14, 8),
        "more_pay:+250": (14, 8),
        "more_pay:+450": (14, 8),
        "certificate_dropped:forklift-licence": (13, 7),
    }


async def test_a_search_has_the_same_effects_as_the_posting(
    api: Api, posting: Document
) -> None:
    named = (await api.post(PATH, EMPLOYER, {"posting": posting["id"]})).json()
    answer = await api.post(PATH, EMPLOYER, {"search": a_search()})
    assert answer.status_code == 200, answer.text
    searched = answer.json()
    assert searched["posting"] is None
    assert searched["effects"] == named["effects"]


async def test_another_organisations_posting_is_not_there(
    api: Api, posting: Document
) -> None:
    answer = await api.post(PATH, RIVAL, {"posting": posting["id"]})
    assert answer.status_code == 404
    answer = await api.post(PATH, EMPLOYER, {"posting": str(new_id())})
    assert answer.status_code == 404


async def test_a_posting_that_is_closed_has_no_what_if(
    market: Market, api: Api
) -> None:
    closed = own_posting(status="closed")
    await market.knows(closed)
    answer = await api.post(PATH, EMPLOYER, {"posting": closed["id"]})
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("posting-not-open")


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, {("", "exactly_one")}),
        (
            {"posting": str(new_id()), "search": a_search()},
            {("", "exactly_one")},
        ),
        (
            {"search": a_search(certificates=["no-such-paper"])},
            {("/search/certificates/0", "unknown_certificate")},
        ),
        (
            {"search": a_search(place=None, radius_km=-1)},
            {
                ("/search/place", "place_required"),
                ("/search/radius_km", "greater_than"),
            },
        ),
        (
            {"search": a_search(organisation=str(new_id()))},
            {("/search/organisation", "not_yours")},
        ),
    ],
)
async def test_faults_say_where_they_are(
    api: Api, body: Document, faults: set[tuple[str, str]]
) -> None:
    answer = await api.post(PATH, EMPLOYER, body)
    assert answer.status_code == 422
    told = {(fault["pointer"], fault["rule"]) for fault in answer.json()["errors"]}
    assert told == faults


async def test_a_worker_hears_what_would_open_postings(
    market: Market, api: Api
) -> None:
    worker = a_worker(weekly=[{"weekday": 0, "start": "00:00", "end": "01:00"}])
    postings = [
        a_posting(shifts=[]),
        a_posting(shifts=[], certificates=["first-aid-at-work"]),
        a_posting(
            shifts=[],
            required_skills=[{"skill": "cooking", "level": 2, "weight": 1.0}],
        ),
    ]
    await market.knows(worker)
    await market.knows(*postings)
    await api.in_step(market)
    me = worker_caller(worker["id"])
    answer = await api.get(PATH, me, params={"worker": worker["id"]})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["worker"], found["eligible"]) == (worker["id"], 1)
    assert [
        (one["kind"], one["step"], one["postings"], one["hours"], one["pay"])
        for one in found["openings"]
    ] == [
        ("skill", "cooking@2", 1, 160.0, {"GBP": 288_000}),
        ("certificate", "first-aid-at-work", 1, 160.0, {"GBP": 288_000}),
    ]


async def test_it_is_reckoned_from_the_floor_as_the_worker_said_it(
    market: Market, api: Api
) -> None:
    worker = asking(1487)
    pay = {"currency": "GBP", "unit": "hour", "minimum": 1487, "maximum": 1487}
    await market.knows(worker)
    await market.knows(a_posting(pay=pay))
    await api.in_step(market)
    query = {"worker": worker["id"]}
    answer = await api.get(PATH, worker_caller(worker["id"]), params=query)
    assert answer.json()["eligible"] == 1


async def test_only_the_worker_and_operators_hear_it(market: Market, api: Api) -> None:
    worker, other = a_worker(), a_worker()
    await market.knows(worker, other)
    await api.in_step(market)
    query = {"worker": worker["id"]}
    for caller, status in (
        (worker_caller(worker["id"]), 200),
        (OPERATOR, 200),
        (worker_caller(other["id"]), 404),
        (EMPLOYER, 403),
    ):
        answer = await api.get(PATH, caller, params=query)
        assert answer.status_code == status
    query = {"worker": str(new_id())}
    assert (await api.get(PATH, OPERATOR, params=query)).status_code == 404
