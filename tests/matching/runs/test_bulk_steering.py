"""A verb for many runs: counted first, done once each, and it ends."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.matching.runs import bulk_steering
from tests.matching.documents import a_worker
from tests.matching.market import Market
from tests.matching.matches.conftest import EMPLOYER, OPERATOR, Api, api
from tests.matching.runs.verbs import (
    a_run_that_is,
    a_waiting_run,
    an_open_posting,
    claimed,
    kind_of,
    noted,
    put_into,
)

__all__ = ["api"]

PATH = "/v1/runs/bulk"


async def bulk(api: Api, verb: str, wanted: Any, **more: Any) -> dict[str, Any]:
    body = {"verb": verb, "filter": wanted, **more}
    answer = await api.post(PATH, OPERATOR, body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_dry_run_counts_and_the_real_one_is_done_once_each(
    market: Market, api: Api
) -> None:
    dead = {await a_run_that_is(market, "dead") for _ in range(3)}
    kept = await a_run_that_is(market, "cancelled")
    wanted = {"state": "dead", "error": "perhaps"}
    counted = await bulk(api, "retry", wanted, dry_run=True)
    assert (counted["matched"], counted["done"], counted["left"]) == (3, 0, 3)
    assert await market.runs(state="queued") == []
    assert await noted(market) == []

    done = await bulk(api, "retry", wanted)
    assert (done["matched"], done["done"], done["left"], done["next"]) == (
        3,
        3,
        0,
        None,
    )
    assert {run["id"] for run in await market.runs(state="queued")} == dead
    assert (await market.runs(id=kept))[0]["state"] == "cancelled"
    [(action, subject, detail)] = await noted(market)
    assert (action, subject) == ("run.bulk", None)
    assert (detail["verb"], detail["count"]) == ("retry", 3)
    assert detail["filter"]["state"] == "dead"
    assert detail["filter"]["error"].startswith("sha256:")
    assert (await bulk(api, "retry", wanted))["matched"] == 0


@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_request_that_is_sent_again_is_done_once(
    market: Market, api: Api, dry_run: bool
) -> None:
    for _ in range(2):
        await a_run_that_is(market, "dead")
    body = {"verb": "retry", "filter": {"state": "dead"}, "dry_run": dry_run}
    key = {"Idempotency-Key": "once"}
    first, second = [
        await api.post(PATH, OPERATOR, body, headers=dict(key)) for _ in range(2)
    ]
    assert first.status_code == second.status_code == 200, first.text
    assert first.json() == second.json()
    assert first.json()["matched"] == 2
    assert second.headers["Idempotency-Replayed"] == "true"


async def test_more_than_at_most_is_refused_and_changes_nothing(
    market: Market, api: Api
) -> None:
    for _ in range(3):
        await a_run_that_is(market, "dead")
    body = {"verb": "discard", "filter": {}, "at_most": 2}
    answer = await api.post(PATH, OPERATOR, body)
    assert (answer.status_code, kind_of(answer)) == (409, "more-than-at-most")
    assert (answer.json()["matched"], answer.json()["at_most"]) == (3, 2)
    assert len(await market.runs(state="dead")) == 3
    assert await noted(market) == []
    assert (await bulk(api, "discard", {}, at_most=3))["done"] == 3


async def test_it_goes_page_by_page_to_an_end(
    market: Market, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(bulk_steering.AT_ONCE, "cancel", 2)
    runs = [await a_run_that_is(market, "queued") for _ in range(5)]
    seen, cursor = [], None
    while True:
        page = await bulk(api, "cancel", {"state": "queued"}, cursor=cursor)
        seen.append((page["matched"], page["done"], page["left"]))
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [(5, 2, 3), (3, 2, 1), (1, 1, 0)]
    gone = await market.runs(state="cancelled")
    assert sorted(run["id"] for run in gone) == sorted(runs)


async def test_of_one_posting_one_run_is_retried_and_none_where_one_waits(
    market: Market, api: Api
) -> None:
    posting, busy = await an_open_posting(market), await an_open_posting(market)
    older: list[UUID] = []
    newer: list[UUID] = []
    for runs in (older, newer):
        for each in (posting, busy):
            run = await a_waiting_run(market, each)
            await put_into(market, run, "dead")
            runs.append(run)
    waiting = await a_waiting_run(market, busy)
    done = await bulk(api, "retry", {"state": "dead"})
    assert (done["matched"], done["done"], done["passed_over"]) == (4, 1, 3)
    queued = {run["id"] for run in await market.runs(state="queued")}
    assert queued == {newer[0], waiting}


async def test_running_ones_are_cancelled_too_and_their_workers_fenced(
    market: Market, api: Api
) -> None:
    run = await a_run_that_is(market, "queued")
    await claimed(market)
    waiting = await a_run_that_is(market, "queued")
    done = await bulk(api, "cancel", {"lane": "interactive"})
    assert done["done"] == 2
    rows = await market.runs(state="cancelled")
    assert {row["id"] for row in rows} == {run, waiting}
    assert all(row["lease_until"] is None for row in rows)


async def test_reruns_wait_in_the_bulk_lane_and_replays_are_compared(
    market: Market, api: Api
) -> None:
    await market.knows(a_worker())
    runs = [await a_run_that_is(market, "queued") for _ in range(3)]
    market.start("index", "claims")
    await market.ended(3)
    replayed = await bulk(api, "replay", {"state": "done"})
    assert (replayed["done"], replayed["same"]) == (3, 3)
    await api.post("/v1/queues/bulk/pause", OPERATOR, None)
    queued = await bulk(api, "rerun", {"state": "done"})
    assert (queued["done"], queued["left"]) == (3, 0)
    again = await market.runs(lane="bulk")
    assert {run["origin"] for run in again} == set(runs)
    assert {run["reason"] for run in again} == {"ranked anew"}
    await api.post("/v1/queues/bulk/resume", OPERATOR, None)
    await market.ended(6)
    path = f"/v1/runs/{again[0]['id']}/difference"
    answer = await api.get(path, OPERATOR)
    assert answer.status_code == 200, answer.text
    assert UUID(answer.json()["origin"]) == again[0]["origin"]


async def test_what_makes_no_sense_is_refused(market: Market, api: Api) -> None:
    answer = await api.post(
        PATH, OPERATOR, {"verb": "retry", "filter": {"state": "done"}}
    )
    assert answer.status_code == 422
    [fault] = answer.json()["errors"]
    assert fault["rule"] == "verb_state"
    body = {"verb": "retry", "filter": {"error": "ab"}, "at_most": 0}
    answer = await api.post(PATH, OPERATOR, body)
    pointers = {fault["pointer"] for fault in answer.json()["errors"]}
    assert pointers == {"/filter/error", "/at_most"}
    body = {"verb": "retry", "filter": {}}
    assert (await api.post(PATH, EMPLOYER, body)).status_code == 403
    await a_run_that_is(market, "dead")
    await api.post("/v1/queues/interactive/drain", OPERATOR, None)
    answer = await api.post(PATH, OPERATOR, body)
    assert (answer.status_code, kind_of(answer)) == (503, "lane-draining")
    assert len(await market.runs(state="dead")) == 1
