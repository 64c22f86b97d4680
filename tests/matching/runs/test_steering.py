"""Retry, cancel and discard: what each is for, and who comes second."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text

from services.matching.runs import leases
from services.matching.runs.result import Result
from shared.values import new_id
from tests.matching.documents import a_worker
from tests.matching.market import Market
from tests.matching.matches.conftest import EMPLOYER, OPERATOR, RIVAL, TENANT, Api, api
from tests.matching.runs.verbs import (
    AUDITOR,
    a_run_that_is,
    a_waiting_run,
    an_open_posting,
    claimed,
    do,
    doc_becomes,
    done,
    noted,
    put_into,
    record,
    refused,
)

__all__ = ["api"]

STATES = ("queued", "running", "done", "dead", "cancelled")
FOR = {
    "retry": {"dead", "cancelled"},
    "cancel": {"queued", "running"},
    "discard": {"dead"},
    "replay": {"done"},
    "rerun": {"done"},
}
CHANGING = ("retry", "cancel", "discard")


async def a_done_run(market: Market) -> UUID:
    run = await a_run_that_is(market, "queued")
    if not market.running:
        market.start("index", "claims")
    await market.ended(len(await market.runs(state="done")) + 1)
    return run


@pytest.mark.parametrize("verb", FOR)
async def test_a_verb_is_refused_where_it_is_not_for_the_state(
    market: Market, api: Api, verb: str
) -> None:
    done_run = await a_done_run(market)
    await api.post("/v1/queues/interactive/pause", OPERATOR, None)
    runs = {
        state: await a_run_that_is(market, state) for state in STATES if state != "done"
    } | {"done": done_run}
    for state in set(STATES) - FOR[verb]:
        answer = await do(api, runs[state], verb)
        assert answer.status_code == 409, (state, answer.text)
        assert answer.json()["state"] == state
        [run] = await market.runs(id=runs[state])
        assert run["state"] == state
    assert await refused(api, new_id(), verb) == (404, "run-not-found")


@pytest.mark.parametrize("verb", FOR)
async def test_operators_alone_may_and_each_verb_is_on_the_audit_log(
    market: Market, api: Api, verb: str
) -> None:
    run = await a_run_that_is(market, "dead")
    for caller in (EMPLOYER, RIVAL, AUDITOR):
        answer = await api.post(f"/v1/runs/{run}/{verb}", caller, None)
        assert answer.status_code == 403
    assert await noted(market) == []
    if verb in CHANGING:
        if verb == "cancel":
            run = await a_run_that_is(market, "queued")
        await done(api, run, verb)
        [(action, subject, detail)] = await noted(market)
        assert (action, subject, detail) == (f"run.{verb}", run, None)


async def test_a_poisonous_posting_is_mended_and_its_run_retried(
    market: Market, api: Api
) -> None:
    await market.knows(a_worker())
    posting = await an_open_posting(market)
    await doc_becomes(market, posting | {"commitment": {"kind": "perhaps"}})
    run = await a_waiting_run(market, posting)
    market.start("index", "claims")

    async def dead() -> bool:
        # nobody waits for what a failure makes it wait
        async with market.database.as_system() as session:
            await session.execute(
                text(
                    "UPDATE matching.match_run SET run_at = now()"
                    " WHERE state = 'queued' AND run_at > now()"
                )
            )
        return bool(await market.runs(state="dead"))

    async with asyncio.timeout(20):
        while not await dead():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    shown = await record(api, run, AUDITOR)
    assert shown["run"]["because"] == "failed 3 times"
    assert [(step["was"], step["became"]) for step in shown["history"]] == [
        (None, "queued"),
        *[("queued", "running"), ("running", "queued")] * 2,
        ("queued", "running"),
        ("running", "dead"),
    ]
    assert "perhaps" in shown["history"][-1]["error"]
    assert "Traceback" in shown["traceback"]
    assert shown["inputs"]["posting"]["commitment"] == {"kind": "perhaps"}

    await doc_becomes(market, posting)
    again = await done(api, run, "retry")
    assert (again["state"], again["attempts"]) == ("queued", 0)
    await market.ended(1)
    shown = await record(api, run)
    assert (shown["run"]["state"], shown["run"]["error"]) == ("done", None)
    became = [(step["became"], step["because"]) for step in shown["history"][-3:]]
    assert became == [
        ("queued", "retried by an operator"),
        ("running", None),
        ("done", None),
    ]
    assert [action for action, *_ in await noted(market)] == [
        "run.read_record",
        "run.retry",
        "run.read_record",
    ]


async def test_a_run_is_not_retried_beside_one_that_waits(
    market: Market, api: Api
) -> None:
    posting = await an_open_posting(market)
    dead = await a_waiting_run(market, posting)
    await put_into(market, dead, "dead")
    waiting = await a_waiting_run(market, posting)
    answer = await do(api, dead, "retry")
    assert answer.status_code == 409
    assert answer.json()["waiting"] == str(waiting)
    [run] = await market.runs(id=dead)
    assert run["state"] == "dead"
    await done(api, waiting, "cancel")
    assert (await done(api, dead, "retry"))["state"] == "queued"


async def test_what_has_lost_a_worker_is_still_ranked_alone(
    market: Market, api: Api
) -> None:
    run = await a_run_that_is(market, "dead")
    async with market.database.as_system() as session:
        await session.execute(text("UPDATE matching.match_run SET lost = 3"))
    again = await done(api, run, "retry")
    # of its three failures none is spent
    assert (again["lost"], again["attempts"]) == (1, 1)


async def test_what_the_worker_of_a_cancelled_run_writes_changes_nothing(
    market: Market, api: Api
) -> None:
    run = await a_run_that_is(market, "queued")
    held = await claimed(market)
    assert held.id == run
    gone = await done(api, run, "cancel")
    assert (gone["state"], gone["lease_until"]) == ("cancelled", None)
    assert gone["because"] == "cancelled by an operator"
    async with market.database.as_system() as session:
        assert await leases.beat(session, [held]) == 0
        assert not await leases.fail(session, held, "late")
        assert not await leases.give_back(session, held, 0.0)
    [row] = await market.runs(id=run)
    assert (row["state"], row["error"]) == ("cancelled", None)


async def test_a_list_that_is_stored_late_is_not_that_of_a_cancelled_run(
    market: Market, api: Api
) -> None:
    await market.knows(a_worker())
    made = await a_done_run(market)
    [kept] = await market.runs(id=made)
    market.stop.set()
    await asyncio.gather(*market.running)
    run = await a_run_that_is(market, "queued")
    held = await claimed(market)
    await done(api, run, "cancel")
    late = Result(**{name: kept[name] for name in Result.columns()})
    async with market.database.as_system() as session:
        assert not await leases.finish(session, held, late)
    [row] = await market.runs(id=run)
    assert (row["state"], row["matches"]) == ("cancelled", None)


async def test_of_two_operators_one_comes_second_and_is_told_the_state(
    market: Market, api: Api
) -> None:
    run = await a_run_that_is(market, "dead")
    answers = await asyncio.gather(
        *(do(api, run, verb) for verb in ("discard", "discard", "discard"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["state"] == "cancelled"
    [row] = await market.runs(id=run)
    assert (row["state"], row["because"], row["inputs"]) == (
        "cancelled",
        "discarded",
        None,
    )
    assert len(await noted(market)) == 1


async def test_a_draining_lane_takes_no_retries(market: Market, api: Api) -> None:
    run = await a_run_that_is(market, "dead")
    await api.post("/v1/queues/interactive/drain", OPERATOR, None)
    assert await refused(api, run, "retry") == (503, "lane-draining")
    await api.post("/v1/queues/interactive/resume", OPERATOR, None)
    async with market.database.as_system() as session:
        await session.execute(
            text(
                "UPDATE matching.match_lane SET most_waiting = 1"
                " WHERE lane = 'interactive'"
            )
        )
    await a_run_that_is(market, "queued")
    assert await refused(api, run, "retry") == (503, "lane-full")


async def test_another_organisation_s_run_is_not_there(
    market: Market, api: Api
) -> None:
    run = await a_run_that_is(market, "dead")
    own = await api.get(f"/v1/runs/{run}", EMPLOYER)
    assert own.json()["organisation"] == str(TENANT)
    assert (own.json()["because"], own.json()["error"]) == ("failed 3 times", None)
    assert (await api.get(f"/v1/runs/{run}", RIVAL)).status_code == 404
    for path in ("record", "difference"):
        assert (await api.get(f"/v1/runs/{run}/{path}", EMPLOYER)).status_code == 403
        answer = await api.get(f"/v1/runs/{new_id()}/{path}", OPERATOR)
        assert answer.status_code == 404
