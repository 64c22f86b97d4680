"""GET /v1/matches for a posting and for a worker, runs and queues."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from services.matching.intake import standing
from shared.identity import Caller
from shared.values import new_id
from tests.matching.documents import a_posting, a_worker
from tests.matching.market import Market, report
from tests.matching.matches.conftest import (
    EMPLOYER,
    OPERATOR,
    RIVAL,
    TENANT,
    Api,
    worker_caller,
)


def own_posting(**changes: Any) -> dict[str, Any]:
    return a_posting(organisation=str(TENANT), **changes)


async def matches(api: Api, posting: dict[str, Any], **more: Any) -> dict[str, Any]:
    caller = more.pop("caller", EMPLOYER)
    params = {"posting": posting["id"], **more}
    answer = await api.get("/v1/matches", caller, params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_an_employer_gets_the_ranked_explained_list(
    market: Market, api: Api
) -> None:
    workers = [a_worker() for _ in range(6)]
    unsaid = [a_worker(pay_floors=[]) for _ in range(2)]
    await market.knows(*workers, *unsaid, a_worker(markets=["talent"]))
    posting = own_posting()
    await market.knows(posting)
    await api.in_step(market)
    found = await matches(api, posting, k=4)
    assert found["posting"] == posting["id"]
    assert [match["rank"] for match in found["matches"]] == [1, 2, 3, 4]
    assert {match["worker"] for match in found["matches"]} <= {
        worker["id"] for worker in workers
    }
    part = found["matches"][0]["parts"][0]
    assert part.keys() == {"name", "value", "weight", "evidence"}
    assert part["evidence"]["matched"][0]["skill"] == "forklift-driving"
    assert sum(found["applied_weights"].values()) == pytest.approx(1)
    left = {step["rule"]: step["left"] for step in found["funnel"]}
    assert left["within_reach"] == 9
    assert left["pay_meets_floor"] == 7
    assert left["not_blocked"] == 6
    assert found["possible"]["total"] == "<5"
    assert {entry["worker"] for entry in found["possible"]["workers"]} == {
        worker["id"] for worker in unsaid
    }
    assert found["possible"]["workers"][0]["ask"] == ["pay_floor"]
    assert found["run"]["live"] is True
    assert found["run"]["index"]["seq"] == api.replica.seq
    assert 0 < found["seconds"] < 5


async def test_a_live_list_is_kept_and_serves_until_something_changes(
    market: Market, api: Api
) -> None:
    await market.knows(*(a_worker() for _ in range(3)))
    posting = own_posting()
    await market.knows(posting)
    await api.in_step(market)
    first = await matches(api, posting)
    again = await matches(api, posting, k=2)
    assert first["run"]["live"] is True
    assert again["run"] == first["run"] | {"live": False}
    assert again["matches"] == first["matches"][:2]
    [run] = await market.runs(state="done")
    assert (str(run["id"]), run["reason"]) == (first["run"]["id"], "requested")

    await market.knows(a_worker())
    await api.in_step(market)
    fresh = await matches(api, posting)
    assert fresh["run"]["live"] is True
    assert len(fresh["matches"]) == 4


async def test_a_list_longer_than_the_kept_one_is_ranked_anew(
    market: Market, api: Api
) -> None:
    await market.knows(*(a_worker() for _ in range(3)))
    posting = own_posting()
    await market.knows(posting)
    await api.in_step(market)
    await matches(api, posting, k=1)
    longer = await matches(api, posting, k=2)
    assert longer["run"]["live"] is True
    assert len(longer["matches"]) == 2


async def test_the_workers_list_serves_when_the_queue_was_first(
    market: Market, api: Api
) -> None:
    await market.knows(a_worker())
    posting = own_posting()
    await market.knows(posting)
    market.start("index", "claims")
    await market.ended(1)
    await api.in_step(market)
    api.replica.taxonomy = market.replica.taxonomy
    found = await matches(api, posting)
    [run] = await market.runs()
    assert found["run"]["id"] == str(run["id"])
    assert found["run"]["live"] is False


async def test_an_operator_sees_figures_an_employer_bands(
    market: Market, api: Api
) -> None:
    await market.knows(a_worker())
    posting = own_posting()
    await market.knows(posting)
    await api.in_step(market)
    exact = await matches(api, posting, caller=OPERATOR)
    cut = await matches(api, posting)
    assert exact["funnel"][0]["left"] == 1
    assert cut["funnel"][0]["left"] == "<5"

    def pay(found: dict[str, Any]) -> dict[str, Any]:
        [part] = [p for p in found["matches"][0]["parts"] if p["name"] == "pay_fit"]
        return dict(part["evidence"])

    assert pay(exact)["floor_per_hour"] == 1500
    assert "floor_per_hour" not in pay(cut)
    assert exact["run"]["id"] == cut["run"]["id"]


async def test_another_organisations_posting_is_not_there(
    market: Market, api: Api
) -> None:
    posting = own_posting()
    await market.knows(posting)
    await api.in_step(market)
    for id in (posting["id"], str(new_id())):
        answer = await api.get("/v1/matches", RIVAL, params={"posting": id})
        assert answer.status_code == 404
        assert answer.json()["type"].endswith("posting-not-found")


async def test_an_ended_posting_keeps_its_last_list(market: Market, api: Api) -> None:
    await market.knows(a_worker())
    posting, never = own_posting(), own_posting(status="draft")
    await market.knows(posting, never)
    await api.in_step(market)
    last = await matches(api, posting)
    await market.knows(posting | {"version": 2, "status": "filled"})
    await api.in_step(market)
    assert (await matches(api, posting))["run"]["id"] == last["run"]["id"]
    answer = await api.get("/v1/matches", EMPLOYER, params={"posting": never["id"]})
    assert answer.status_code == 409
    assert answer.json()["posting_status"] == "draft"


async def test_a_posting_past_its_deadline_is_not_ranked_before_it_is_swept_up(
    market: Market, api: Api
) -> None:
    posting = own_posting(expires_at="2020-01-01T00:00:00Z")
    await market.knows(posting)
    await api.in_step(market)
    answer = await api.get("/v1/matches", EMPLOYER, params={"posting": posting["id"]})
    assert answer.status_code == 409


async def test_a_worker_gets_the_postings_that_fit(market: Market, api: Api) -> None:
    worker = a_worker()
    await market.knows(worker)
    poor = a_posting()["pay"] | {"minimum": 900, "maximum": 1000}
    fits, cheap = own_posting(), own_posting(pay=poor)
    await market.knows(fits, cheap, own_posting(status="draft"))
    await api.in_step(market)
    for caller in (worker_caller(worker["id"]), OPERATOR):
        answer = await api.get("/v1/matches", caller, params={"worker": worker["id"]})
        assert answer.status_code == 200, answer.text
        [match] = answer.json()["matches"]
        assert match["posting"]["id"] == fits["id"]
        assert match["posting"]["title"] == fits["title"]
        assert match["posting"]["shifts"] == fits["shifts"]
        [pay] = [part for part in match["parts"] if part["name"] == "pay_fit"]
        assert pay["evidence"]["floor_per_hour"] == 1500
        left = {step["rule"]: step["left"] for step in answer.json()["funnel"]}
        assert (left["free_for_the_schedule"], left["pay_meets_floor"]) == (2, 1)


async def test_nobody_else_gets_a_workers_list(market: Market, api: Api) -> None:
    worker, other = a_worker(), a_worker()
    await market.knows(worker, other)
    await api.in_step(market)
    params = {"worker": worker["id"]}
    curious = worker_caller(other["id"])
    assert (await api.get("/v1/matches", curious, params=params)).status_code == 404
    assert (await api.get("/v1/matches", EMPLOYER, params=params)).status_code == 403
    unknown = {"worker": str(new_id())}
    assert (await api.get("/v1/matches", OPERATOR, params=unknown)).status_code == 404
    posting = {"posting": str(new_id())}
    assert (await api.get("/v1/matches", curious, params=posting)).status_code == 403


async def test_exactly_one_of_posting_and_worker(api: Api) -> None:
    both = {"posting": str(new_id()), "worker": str(new_id())}
    for params in ({}, both):
        answer = await api.get("/v1/matches", OPERATOR, params=params)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["rule"] == "exactly_one"
    answer = await api.get("/v1/matches", OPERATOR, params={"posting": "x", "k": 1_001})
    assert {error["parameter"] for error in answer.json()["errors"]} == {"posting", "k"}


async def test_a_read_waits_for_what_its_caller_did(market: Market, api: Api) -> None:
    market.start("profiles", "postings")
    worker, posting = a_worker(), own_posting()
    by_profiles = await market.profiles.publish("WorkerRegistered", worker)
    by_postings = await market.postings.publish("PostingOpened", posting)
    header = f"profiles={by_profiles},postings={by_postings}"
    answer = await api.get(
        "/v1/matches",
        EMPLOYER,
        params={"posting": posting["id"]},
        headers={"Feed-Position": header},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["matches"][0]["worker"] == worker["id"]


async def test_a_position_out_of_reach_is_told_after_a_while(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "PATIENCE_SECONDS", 0.2)
    params = {"posting": str(new_id())}
    headers = {"Feed-Position": "profiles=999999999.1"}
    answer = await api.get("/v1/matches", EMPLOYER, params=params, headers=headers)
    assert answer.status_code == 503
    assert answer.json()["type"].endswith("index-behind")
    assert answer.headers["Retry-After"] == "1"
    nonsense = {"Feed-Position": "profiles"}
    answer = await api.get("/v1/matches", EMPLOYER, params=params, headers=nonsense)
    assert answer.status_code == 422


async def test_before_the_index_is_loaded_the_api_says_so(
    market: Market, api: Api
) -> None:
    assert (await api.http.get("/readyz")).status_code == 200
    api.replica.loaded.clear()
    ready = await api.http.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["ready"] is False
    params = {"posting": str(new_id())}
    answer = await api.get("/v1/matches", EMPLOYER, params=params)
    assert answer.status_code == 503
    assert answer.json()["type"].endswith("index-loading")
    assert answer.headers["Retry-After"] == "1"


async def test_a_run_can_be_asked_for_and_looked_at(market: Market, api: Api) -> None:
    await market.knows(a_worker())
    posting = own_posting()
    await market.knows(posting)
    await api.in_step(market)
    body = {"posting": posting["id"]}
    answer = await api.post("/v1/runs", EMPLOYER, body)
    assert answer.status_code == 202, answer.text
    where = answer.headers["Location"]
    waiting = (await api.get(where, EMPLOYER)).json()
    assert waiting["state"] == "queued"
    assert (waiting["lane"], waiting["reason"]) == ("interactive", "requested")
    queues = (await api.get("/v1/queues", OPERATOR)).json()["items"]
    assert [queue["lane"] for queue in queues] == ["interactive", "refresh", "bulk"]
    assert queues[0]["queued"] == 1
    assert queues[0]["oldest_ready_seconds"] > 0

    market.start("index", "claims")
    await market.ended(1)
    done = (await api.get(where, OPERATOR)).json()
    assert (done["state"], done["attempts"], done["error"]) == ("done", 1, None)
    assert done["worker"] == market.runner.name
    assert (await api.get(where, EMPLOYER)).json()["worker"] is None
    queues = (await api.get("/v1/queues", OPERATOR)).json()["items"]
    assert (queues[0]["queued"], queues[0]["events"]["done"]) == (0, 1)


@pytest.mark.parametrize("caller", [EMPLOYER, OPERATOR])
async def test_a_run_asked_for_again_is_the_same_run(
    market: Market, api: Api, caller: Caller
) -> None:
    posting = own_posting()
    await market.knows(a_worker())
    await market.knows(posting)
    await api.in_step(market)
    body, key = {"posting": posting["id"]}, {"Idempotency-Key": "asked-once"}
    first = await api.post("/v1/runs", caller, body, headers=key)
    market.start("index", "claims")
    await market.ended(1)
    await market.knows(posting | {"version": 2, "status": "closed"})
    await api.in_step(market)
    again = await api.post("/v1/runs", caller, body, headers=key)
    assert again.status_code == first.status_code == 202
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    assert (await api.post("/v1/runs", caller, body)).status_code == 409
    assert len(await market.runs()) == 1


async def test_who_may_not_ask_for_runs_and_queues(market: Market, api: Api) -> None:
    posting, closed = own_posting(), own_posting(status="closed")
    await market.knows(posting, closed)
    await api.in_step(market)
    body = {"posting": posting["id"]}
    asked = (await api.post("/v1/runs", EMPLOYER, body)).json()
    assert (await api.post("/v1/runs", RIVAL, body)).status_code == 404
    assert (await api.get(f"/v1/runs/{asked['id']}", RIVAL)).status_code == 404
    assert (await api.get("/v1/queues", EMPLOYER)).status_code == 403
    bulk = body | {"lane": "bulk"}
    assert (await api.post("/v1/runs", EMPLOYER, bulk)).status_code == 422
    assert (await api.post("/v1/runs", OPERATOR, bulk)).status_code == 202
    answer = await api.post("/v1/runs", EMPLOYER, {"posting": closed["id"]})
    assert answer.status_code == 409


@pytest.mark.slow
async def test_from_publishing_to_the_ranked_list(market: Market, api: Api) -> None:
    market.start("profiles", "postings", "index", "claims", "doorbell")
    await market.follows()
    for _ in range(4):
        await market.knows(*(a_worker() for _ in range(500)))
    await api.in_step(market)
    seconds = []
    for _ in range(30):
        posting = own_posting()
        started = time.perf_counter()
        told = await market.postings.publish("PostingOpened", posting)
        answer = await api.get(
            "/v1/matches",
            EMPLOYER,
            params={"posting": posting["id"]},
            headers={"Feed-Position": f"postings={told}"},
        )
        assert answer.status_code == 200, answer.text
        seconds.append(time.perf_counter() - started)
        await asyncio.sleep(0.05)
    seconds.sort()
    report(
        "publish to ranked list, 2,000 workers:"
        f" p50 {seconds[15] * 1000:.0f} ms, p95 {seconds[28] * 1000:.0f} ms"
    )
