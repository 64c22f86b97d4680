"""Searching: every filter, whose postings, page by page."""

from __future__ import annotations

from typing import Any

import pytest

from shared.values import new_id
from tests.postings.builders import a_place, a_shift, a_skill, in_days, some_pay
from tests.postings.conftest import AUDITOR, OPERATOR, SERVICE, WORKER, Api, an_employer

Query = dict[str, Any]


async def ids(api: Api, **query: Any) -> list[str]:
    answer = await api.call("GET", "/postings", params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


MATCHING: list[tuple[dict[str, Any], Query, Query]] = [
    # what the posting is like, a filter that finds it, one that does not
    ({}, {"status": "draft"}, {"status": "open"}),
    ({"publish": True}, {"status": ["open", "held"]}, {"status": ["draft", "held"]}),
    ({"hold": "look"}, {"status": "held"}, {"status": "expired"}),
    ({"market": "talent"}, {"market": "talent"}, {"market": "labor"}),
    ({"kind": "contract"}, {"kind": "contract"}, {"kind": "temporary"}),
    ({"occupation": "cook"}, {"occupation": "cook"}, {"occupation": "driver"}),
    ({}, {"skill": "forklift-driving"}, {"skill": "cooking"}),
    (
        {"preferred_skills": [a_skill("cooking")]},
        {"skill": "cooking"},
        {"skill": "order-picking"},
    ),
    ({"place": a_place(country="IE")}, {"country": "IE"}, {"country": "GB"}),
    ({"remote": True}, {"remote": "true"}, {"remote": "false"}),
    ({"title": "Night 100% PACKER"}, {"text": "t 100% pack"}, {"text": "100_"}),
    (
        {"pay": some_pay(maximum=1800)},
        {"pay_at_least": 1800, "currency": "GBP", "unit": "hour"},
        {"pay_at_least": 1801, "currency": "GBP", "unit": "hour"},
    ),
    (
        {},
        {"pay_at_least": 1, "currency": "GBP", "unit": "hour"},
        {"pay_at_least": 1, "currency": "EUR", "unit": "hour"},
    ),
    (
        {},
        {"pay_at_least": 1, "currency": "GBP", "unit": "hour"},
        {"pay_at_least": 1, "currency": "GBP", "unit": "day"},
    ),
    (
        # Greenwich is 8.3 km from Charing Cross
        {"place": a_place(lat=51.4769, lon=-0.0005)},
        {"lat": 51.5074, "lon": -0.1278, "km": 10},
        {"lat": 51.5074, "lon": -0.1278, "km": 9},
    ),
    (
        # over the date line: 180 km apart
        {"place": a_place(lat=-17.0, lon=-179.2)},
        {"lat": -17.0, "lon": 179.1, "km": 182},
        {"lat": -17.0, "lon": 179.1, "km": 179},
    ),
    (
        {"shifts": [a_shift(12), a_shift(10)]},
        {"starts_after": in_days(10 + 22 / 24)},
        {"starts_after": in_days(10.95)},
    ),
    (
        {"shifts": [a_shift(12), a_shift(10)]},
        {"starts_before": in_days(10.95)},
        {"starts_before": in_days(10 + 22 / 24)},
    ),
    (
        # midnight of that day in New York is 05:00 UTC
        {"shifts": [], "starts_on": "2035-01-15", "zone": "America/New_York"},
        {
            "starts_after": "2035-01-15T05:00:00Z",
            "starts_before": "2035-01-15T05:01:00Z",
        },
        {"starts_after": "2035-01-15T05:01:00Z"},
    ),
]


@pytest.mark.parametrize(("changes", "finds", "misses"), MATCHING)
async def test_a_filter_finds_and_leaves_out(
    api: Api, changes: dict[str, Any], finds: Query, misses: Query
) -> None:
    made = await api.created(**changes)
    assert await ids(api, **finds) == [made["id"]]
    assert await ids(api, **misses) == []
    both = {"market": made["market"], "kind": made["kind"]}
    assert await ids(api, **(both | finds)) == [made["id"]]


async def test_all_filters_must_hold(api: Api) -> None:
    await api.created(market="talent", kind="contract")
    assert await ids(api, market="talent", kind="temporary") == []


async def test_members_see_their_own_in_every_state_the_newest_first(
    api: Api,
) -> None:
    made = [await api.created(), await api.created(publish=True)]
    made.append(await api.created(hold="look"))
    await api.created(by=an_employer(), publish=True)
    assert await ids(api) == [item["id"] for item in reversed(made)]


async def test_members_may_look_at_what_another_organisation_has_open(
    api: Api,
) -> None:
    other = an_employer()
    await api.created(by=other)
    made = await api.created(by=other, publish=True)
    answer = await api.call(
        "GET", "/postings", params={"organisation": str(other.tenant)}
    )
    (item,) = answer.json()["items"]
    assert item["id"] == made["id"]
    assert "source" not in item


async def test_workers_see_what_is_open_and_nothing_else(api: Api) -> None:
    organisation = str(api.employer.tenant)
    await api.created()
    await api.created(hold="look")
    made = await api.created(publish=True)
    late = await api.created(publish=True)
    api.let_the_deadline_pass(late["id"])
    for caller in (WORKER, AUDITOR):
        for query in ({}, {"status": ["draft", "open", "held", "expired"]}):
            answer = await api.call(
                "GET",
                "/postings",
                params={"organisation": organisation, **query},
                by=caller,
            )
            assert [item["id"] for item in answer.json()["items"]] == [made["id"]]


async def test_operators_and_services_see_everything_of_an_organisation(
    api: Api,
) -> None:
    made = [await api.created(), await api.created(publish=True)]
    query = {"organisation": str(api.employer.tenant)}
    for caller in (OPERATOR, SERVICE):
        answer = await api.call("GET", "/postings", params=query, by=caller)
        found = {item["id"] for item in answer.json()["items"]}
        assert found == {item["id"] for item in made}
    nobody = {"organisation": str(new_id())}
    answer = await api.call("GET", "/postings", params=nobody, by=OPERATOR)
    assert answer.json() == {"items": [], "next": None}


async def test_pages_follow_one_another_without_gap_or_repetition(api: Api) -> None:
    made = [(await api.created(title=f"Job {n}"))["id"] for n in range(7)]
    seen: list[str] = []
    path: str | None = "/postings?limit=3&text=Job"
    sizes = []
    while path:
        answer = await api.call("GET", path)
        page = answer.json()
        seen += [item["id"] for item in page["items"]]
        sizes.append(len(page["items"]))
        # whoever is created meanwhile is newer and does not move the pages
        await api.created(title="Job meanwhile")
        link = answer.headers.get("Link")
        assert (link is None) == (page["next"] is None)
        path = link.split(">")[0].removeprefix("</v1") if link else None
    assert seen == made[::-1]
    assert sizes == [3, 3, 1]


WRONG: list[tuple[Query, set[str]]] = [
    ({"limit": 0}, {"limit"}),
    ({"limit": 201}, {"limit"}),
    ({"cursor": "zzz"}, {"cursor"}),
    ({"cursor": "WzFd"}, {"cursor"}),
    ({"status": "paused"}, {"status.0"}),
    ({"market": "stock", "kind": "x", "unit": "y"}, {"market", "kind", "unit"}),
    ({"lat": 51, "lon": 0}, {"km"}),
    ({"km": 3}, {"lat", "lon"}),
    ({"lat": "NaN", "lon": 0, "km": 1}, {"lat"}),
    ({"lat": 91, "lon": 0, "km": 1}, {"lat"}),
    ({"pay_at_least": 100}, {"currency", "unit"}),
    ({"currency": "GBP", "unit": "hour"}, {"pay_at_least"}),
    ({"text": "a\u0000b"}, {"text"}),
    ({"starts_after": "2035-01-01"}, {"starts_after"}),
    ({"organisation": "me"}, {"organisation"}),
    ({"colour": "red"}, {"colour"}),
]


@pytest.mark.parametrize(("query", "parameters"), WRONG)
async def test_a_search_that_makes_no_sense(
    api: Api, query: Query, parameters: set[str]
) -> None:
    answer = await api.call("GET", "/postings", params=query)
    assert answer.status_code == 422
    named = {fault["parameter"] for fault in answer.json()["errors"]}
    assert named == parameters


async def test_nobody_searches_without_a_token(api: Api) -> None:
    assert (await api.http.get("/v1/postings")).status_code == 401
