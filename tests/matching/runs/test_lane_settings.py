"""Lanes paused, drained, weighed and limited; worker processes listed."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from services.matching.runs.claiming import look
from services.matching.runs.workers import WorkerNow, report
from tests.matching.documents import a_worker
from tests.matching.market import Market
from tests.matching.matches.conftest import EMPLOYER, OPERATOR, Api, api
from tests.matching.runs.verbs import (
    AUDITOR,
    a_run_that_is,
    an_open_posting,
    kind_of,
    noted,
)

__all__ = ["api"]

LANE = "/v1/queues/interactive"


async def patch(api: Api, path: str, body: Any, **headers: str) -> httpx.Response:
    return await api.http.patch(
        path, json=body, **api._as(OPERATOR, {"headers": headers})
    )


async def set_mode(api: Api, verb: str, lane: str = "interactive") -> dict[str, Any]:
    answer = await api.post(f"/v1/queues/{lane}/{verb}", OPERATOR, None)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_paused_lane_gives_nothing_out_until_it_is_resumed(
    market: Market, api: Api
) -> None:
    await market.knows(a_worker())
    paused = await set_mode(api, "pause")
    assert (paused["mode"], paused["version"]) == ("paused", 2)
    assert await set_mode(api, "pause") == paused
    run = await a_run_that_is(market, "queued")
    market.start("index", "claims")
    other = await an_open_posting(market)
    answer = await api.post(
        "/v1/runs", OPERATOR, {"posting": other["id"], "lane": "refresh"}
    )
    assert answer.status_code == 202
    await market.ended(1)  # the workers are at work, only not on this lane
    [row] = await market.runs(id=run)
    assert (row["state"], row["attempts"]) == ("queued", 0)
    assert (await set_mode(api, "resume"))["mode"] == "open"
    await market.ended(2)
    assert [(action, detail) for action, _, detail in await noted(market)][:2] == [
        ("queue.pause", {"lane": "interactive", "was": "open"}),
        ("queue.pause", {"lane": "interactive", "was": "paused"}),
    ]


async def test_a_drained_lane_is_worked_off_and_refuses_requests(
    market: Market, api: Api
) -> None:
    await a_run_that_is(market, "queued")
    posting = await an_open_posting(market)
    assert (await set_mode(api, "drain"))["mode"] == "draining"
    await api.in_step(market)
    answer = await api.post("/v1/runs", EMPLOYER, {"posting": posting["id"]})
    assert (answer.status_code, kind_of(answer)) == (503, "lane-draining")
    assert int(answer.headers["Retry-After"]) > 0
    market.start("index", "claims")
    await market.ended(1)
    await set_mode(api, "resume")
    answer = await api.post("/v1/runs", EMPLOYER, {"posting": posting["id"]})
    assert answer.status_code == 202, answer.text


async def test_whoever_edits_a_lane_says_which_version_they_saw(
    market: Market, api: Api
) -> None:
    read = await api.get(LANE, AUDITOR)
    assert read.headers["ETag"] == '"1"'
    answer = await patch(api, LANE, {"weight": 7}, **{"If-Match": '"1"'})
    assert (answer.json()["weight"], answer.headers["ETag"]) == (7, '"2"')
    lost = await patch(api, LANE, {"weight": 9}, **{"If-Match": '"1"'})
    assert (lost.status_code, kind_of(lost)) == (412, "version-mismatch")
    stands = await api.get(LANE, OPERATOR, headers={"If-None-Match": '"2"'})
    assert stands.status_code == 304
    async with market.database.as_system() as session:
        assert (await look(session)).lanes["interactive"].weight == 7
    [noted_one] = await noted(market)
    assert noted_one[2] == {"lane": "interactive", "set": {"weight": 7}}


async def test_a_limit_is_lifted_by_null_and_what_is_left_out_stays(
    market: Market, api: Api
) -> None:
    first = (await api.get(LANE, OPERATOR)).json()
    limited = (await patch(api, LANE, {"most_running": 2})).json()
    assert limited == first | {"most_running": 2, "version": 2}
    lifted = (await patch(api, LANE, {"most_running": None})).json()
    assert lifted == first | {"version": 3}
    assert (await patch(api, LANE, {})).json() == lifted
    for body in ({"weight": 0}, {"weight": None}, {"mode": "paused"}, {"weight": True}):
        refused = await patch(api, LANE, body)
        assert refused.status_code == 422, body
    assert (await api.get(LANE, OPERATOR)).json() == lifted


async def test_of_two_who_edit_at_once_one_is_told(market: Market, api: Api) -> None:
    answers = await asyncio.gather(
        *(
            patch(api, LANE, {"weight": weight}, **{"If-Match": '"1"'})
            for weight in (2, 3, 5, 8)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


async def test_lanes_are_for_operators_and_there_are_three(
    market: Market, api: Api
) -> None:
    for path in (LANE, "/v1/queues/workers", "/v1/queues/transitions"):
        assert (await api.get(path, EMPLOYER)).status_code == 403
    for caller in (EMPLOYER, AUDITOR):
        answer = await api.post(f"{LANE}/pause", caller, None)
        assert answer.status_code == 403
    for verb in ("pause", "resume", "drain"):
        answer = await api.post(f"/v1/queues/express/{verb}", OPERATOR, None)
        assert (answer.status_code, kind_of(answer)) == (404, "lane-not-found")
    assert (await api.get("/v1/queues/express", OPERATOR)).status_code == 404


async def test_a_worker_process_that_was_not_seen_for_a_while_is_lost(
    market: Market, api: Api
) -> None:
    async with market.database.as_system() as session:
        for name in ("box-1:1", "box-2:2"):
            lanes = ("interactive", "bulk")
            now = WorkerNow(name, "working", lanes, None, 4, 1, 12)  # type: ignore[arg-type]
            await report(session, now)
        await session.execute(
            text(
                "UPDATE matching.match_worker SET seen_at = now() - interval '16 s'"
                " WHERE name = 'box-2:2'"
            )
        )
    listed = (await api.get("/v1/queues/workers", AUDITOR)).json()["items"]
    assert [(each["name"], each["state"]) for each in listed] == [
        ("box-1:1", "working"),
        ("box-2:2", "lost"),
    ]
    assert (listed[0]["busy"], listed[0]["slots"]) == (1, 4)


async def test_the_last_transitions_of_all_runs_are_told(
    market: Market, api: Api
) -> None:
    dead = await a_run_that_is(market, "dead")
    waiting = await a_run_that_is(market, "queued")
    answer = await api.get("/v1/queues/transitions", AUDITOR, params={"limit": 4})
    told = [
        (UUID(each["run"]), each["was"], each["became"])
        for each in answer.json()["items"]
        if UUID(each["run"]) in (dead, waiting)
    ]
    assert told[0] == (waiting, None, "queued")
    assert (dead, "running", "dead") in told
