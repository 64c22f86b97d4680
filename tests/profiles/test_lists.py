from __future__ import annotations

from typing import Any

import httpx

from tests.profiles.builders import a_worker, an_organisation
from tests.profiles.conftest import Api


async def walk(http: httpx.AsyncClient, path: str) -> list[list[dict[str, Any]]]:
    """Every page, following the Link header."""
    pages = []
    while True:
        answer = await http.get(path)
        assert answer.status_code == 200, answer.text
        pages.append(answer.json()["items"])
        following = answer.links.get("next")
        assert (following is None) == (answer.json()["next"] is None)
        if following is None:
            return pages
        path = following["url"]


async def test_pages_hold_every_worker_once_in_order(api: Api) -> None:
    async with api.as_operator() as http:
        made = [
            (await http.post("/v1/workers", json=a_worker())).json() for _ in range(7)
        ]
        pages = await walk(http, "/v1/workers?limit=3")
        exact = await walk(http, "/v1/workers?limit=7")
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [len(page) for page in exact] == [7]
    seen = [item for page in pages for item in page]
    assert seen == sorted(made, key=lambda worker: str(worker["id"]))


async def test_filters_narrow_the_list_and_stay_on_its_next_pages(api: Api) -> None:
    cook = a_worker(
        display_name="Cook",
        markets=["labor", "talent"],
        kinds=["full_time"],
        skills=[{"skill": "cooking", "level": 3}],
        zone="Asia/Shanghai",
        active=False,
    )
    async with api.as_operator() as http:
        for body in (a_worker(), cook, a_worker(), cook):
            assert (await http.post("/v1/workers", json=body)).status_code == 201
        for query in (
            "market=talent",
            "kind=full_time",
            "skill=cooking",
            "active=false",
            "zone=Asia/Shanghai",
            "market=labor&kind=full_time&skill=cooking",
        ):
            pages = await walk(http, f"/v1/workers?limit=1&{query}")
            names = [item["display_name"] for page in pages for item in page]
            assert names == ["Cook", "Cook"], query
        nobody = await walk(http, "/v1/workers?market=temporary&skill=cooking")
    assert nobody == [[]]


async def test_removed_workers_are_not_listed(api: Api) -> None:
    async with api.as_operator() as http:
        path = (await http.post("/v1/workers", json=a_worker())).headers["Location"]
        await http.delete(path)
        assert (await http.get("/v1/workers")).json() == {"items": [], "next": None}


WRONG = [
    ("cursor=nonsense", "cursor"),
    ("cursor=WzFd", "cursor"),
    ("limit=0", "limit"),
    ("limit=201", "limit"),
    ("market=slavery", "market"),
    ("zone=Mars", "zone"),
    ("skill=%00", "skill"),
]


async def test_a_wrong_parameter_is_named(api: Api) -> None:
    async with api.as_operator() as http:
        for query, parameter in WRONG:
            answer = await http.get(f"/v1/workers?{query}")
            assert answer.status_code == 422, query
            named = [fault["parameter"] for fault in answer.json()["errors"]]
            assert named == [parameter]


async def test_organisations_are_listed_by_kind_country_and_industry(api: Api) -> None:
    bodies = [
        an_organisation(name="A", isic="5210"),
        an_organisation(name="B", isic="52", kind="agency"),
        an_organisation(name="C", isic="7810", country="DE", kind="agency"),
        an_organisation(name="D", isic=None),
    ]
    async with api.as_operator() as http:
        for body in bodies:
            assert (await http.post("/v1/organisations", json=body)).status_code == 201
        found = {}
        for query in ("isic=52", "kind=agency", "country=DE", "active=true"):
            pages = await walk(http, f"/v1/organisations?limit=1&{query}")
            found[query] = {item["name"] for page in pages for item in page}
    assert found == {
        "isic=52": {"A", "B"},
        "kind=agency": {"B", "C"},
        "country=DE": {"C"},
        "active=true": {"A", "B", "C", "D"},
    }
