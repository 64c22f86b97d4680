"""What operators see of the people behind the runs."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.matching.engine.areas import CELLS, cell_at, middle_of
from services.matching.engine.clock import microseconds
from services.matching.engine.confirmed import availability_by_area
from services.matching.engine.facts import worker_facts
from services.matching.engine.index import Index
from services.matching.engine.supply import supply
from services.matching.engine.taxonomy import RelatedSkills
from services.matching.engine.warm import warm_up
from shared.values import now
from tests.matching.documents import a_posting, a_worker
from tests.matching.documents import text as instant
from tests.matching.market import Market, market
from tests.matching.matches.conftest import AUDITOR, EMPLOYER, OPERATOR, Api, api

__all__ = ["api", "market"]

MARKET = "/v1/insights/market"
EMPTY = "/v1/insights/empty-postings"
AVAILABILITY = "/v1/insights/availability"


async def told(api: Api, path: str, caller: Any = OPERATOR) -> Any:
    answer = await api.get(path, caller)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_open_postings_with_nobody_are_listed_with_the_rule_that_leaves_nobody(
    market: Market, api: Api
) -> None:
    await market.knows(a_worker())
    full = a_posting()
    dear = a_posting(pay=full["pay"] | {"minimum": 900, "maximum": 1000})
    skilled = a_posting(required_skills=[{"skill": "welding", "level": 1, "weight": 1}])
    gone = a_posting(certificates=["crane-licence"])
    await market.knows(full, dear, skilled, gone)
    market.start("index", "claims")
    await market.ended(4)
    await market.knows(gone | {"version": 2, "status": "closed"}, type="PostingClosed")

    page = await told(api, EMPTY)
    emptied = {item["posting"]: item["emptied_by"] for item in page["items"]}
    assert emptied == {
        dear["id"]: "pay_meets_floor",
        skilled["id"]: "has_required_skills",
    }
    [first, second] = page["items"]
    assert first["ranked_at"] >= second["ranked_at"]
    assert first["title"] == "Forklift driver"
    assert first["funnel"][-1]["left"] == 0

    one = await told(api, f"{EMPTY}?rule=pay_meets_floor")
    assert [item["posting"] for item in one["items"]] == [dear["id"]]
    start = await told(api, f"{EMPTY}?limit=1")
    following = await told(api, f"{EMPTY}?limit=1&cursor={start['next']}")
    assert [*start["items"], *following["items"]] == page["items"]
    assert following["next"] is None

    stands = await told(api, MARKET)
    assert stands["open_postings"] == 3
    assert stands["nobody_eligible"] == 2
    assert stands["emptied_by"] == [
        {"rule": "has_required_skills", "postings": 1},
        {"rule": "pay_meets_floor", "postings": 1},
    ]


async def test_a_posting_that_finds_somebody_again_is_no_longer_listed(
    market: Market, api: Api
) -> None:
    posting = a_posting()
    await market.knows(posting)
    market.start("index", "claims")
    await market.ended(1)
    assert len((await told(api, EMPTY))["items"]) == 1
    await market.knows(a_worker())
    await market.knows(posting | {"version": 2})
    await market.ended(2)
    assert (await told(api, EMPTY))["items"] == []
    assert (await told(api, MARKET))["nobody_eligible"] == 0


async def test_times_run_from_publishing_to_the_first_list_and_the_first_feedback(
    market: Market, api: Api
) -> None:
    opened = now() - timedelta(seconds=100)
    posting = a_posting(opened_at=instant(opened))
    old = a_posting(opened_at=instant(now() - timedelta(days=30)))
    await market.knows(posting, old)
    stands = await told(api, MARKET)
    assert (stands["published"], stands["not_yet_ranked"]) == (1, 2)
    assert stands["publish_to_list"] == {
        "postings": 0,
        "p50": None,
        "p95": None,
        "p99": None,
    }
    market.start("index", "claims")
    await market.ended(2)
    [run] = await market.runs(posting_id=UUID(posting["id"]))
    async with market.database.as_system() as session:
        await session.execute(
            text(
                "INSERT INTO matching.match_feedback (id, run_id, tenant, posting_id,"
                " worker_id, kind, caller, noted_at) VALUES (gen_random_uuid(), :run,"
                " gen_random_uuid(), :posting, gen_random_uuid(), 'opened',"
                " gen_random_uuid(), :at)"
            ),
            {
                "run": run["id"],
                "posting": run["posting_id"],
                "at": opened + timedelta(seconds=500),
            },
        )
    stands = await told(api, MARKET)
    spent = stands["publish_to_list"]
    took = (run["finished_at"] - opened).total_seconds()
    assert spent["postings"] == 1
    assert abs(spent["p50"] - took) < 0.01
    assert stands["publish_to_feedback"]["p95"] == 500
    assert (await told(api, f"{MARKET}?days=60"))["published"] == 2


async def test_where_availability_is_stale(market: Market, api: Api) -> None:
    london = a_worker()["places"][0]
    leeds = london | {"lat": 53.8, "lon": -1.55}
    old = instant(now() - timedelta(days=15))
    await market.knows(
        a_worker(),
        a_worker(confirmed_at=old),
        a_worker(places=[leeds], confirmed_at=old),
        a_worker(places=[leeds], confirmed_at=None),
        a_worker(places=[]),
        a_worker(active=False),
    )
    market.start("index")
    await market.replica.loaded.wait()
    found = await told(api, AVAILABILITY)
    assert (found["workers"], found["stale"], found["undeclared"]) == (4, 2, 1)
    counts = [
        (item["area"], item["workers"], item["stale"], item["undeclared"])
        for item in found["items"]
    ]
    assert counts == [
        (cell_at(53.8, -1.55), 2, 1, 1),
        (cell_at(51.505, -0.125), 2, 1, 0),
    ]
    assert len((await told(api, f"{AVAILABILITY}?limit=1"))["items"]) == 1


async def test_insights_are_for_operators_and_auditors(api: Api) -> None:
    for path in (MARKET, EMPTY):
        assert (await api.get(path, EMPLOYER)).status_code == 403
        assert (await api.get(path, AUDITOR)).status_code == 200
    answer = await api.get(f"{EMPTY}?rule=luck", OPERATOR)
    assert answer.status_code == 422
    [fault] = answer.json()["errors"]
    assert fault["parameter"] == "rule"


@given(st.integers(0, CELLS - 1))
def test_the_middle_of_a_cell_is_in_it(cell: int) -> None:
    assert cell_at(*middle_of(cell)) == cell


@pytest.fixture(scope="module")
def compiled() -> None:
    warm_up()


PLACES = st.lists(
    st.tuples(
        st.floats(-90, 90),
        st.floats(-180, 180),
        st.sampled_from([None, 1, 20]),
    ),
    max_size=12,
)


@pytest.mark.usefixtures("compiled")
@settings(deadline=None)
@given(PLACES)
def test_counting_by_area_equals_counting_one_by_one(
    people: list[tuple[float, float, int | None]],
) -> None:
    moment = now()
    index = Index(RelatedSkills({}))
    expected: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    packed = []
    for lat, lon, days in people:
        said = None if days is None else instant(moment - timedelta(days=days))
        place = a_worker()["places"][0] | {"lat": lat, "lon": lon}
        worker = supply(worker_facts(a_worker(places=[place], confirmed_at=said)))
        packed.append(index.pack_worker(worker, index.names.intern))
        base = worker.bases[0]
        count = expected[cell_at(round(base.lat, 6), round(base.lon, 6))]
        count[0] += 1
        count[1] += days == 20
        count[2] += days is None
    index.put_workers(packed)
    found = availability_by_area(index, microseconds(moment))
    assert {area: counts for area, *counts in found} == expected
    late = [stale + undeclared for _, _, stale, undeclared in found]
    assert late == sorted(late, reverse=True)
