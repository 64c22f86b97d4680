"""A worker's tombstone empties matching of them: lists, notes, the read model."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.matching.engine.facts import posting_facts
from services.matching.engine.pipeline import Request
from services.matching.intake.workers import WorkerProjection
from services.matching.persons.registry import PERSONS, erasing
from services.matching.persons.retention import apply_retention, kept_days
from services.matching.runs.commands import store_done
from services.matching.runs.inputs import Inputs
from services.matching.runs.ranking import rank_for_run, replay
from services.matching.runs.result import Result
from shared.feed import Event
from shared.persons.erasing import Together
from shared.values import now
from tests.matching.documents import a_posting, a_worker
from tests.matching.market import Market
from tests.matching.matches.conftest import EMPLOYER, TENANT, Api

Document = dict[str, Any]
PATH = "/v1/matches"


@pytest.fixture
async def people(market: Market, api: Api) -> list[str]:
    """Four who fit and one to ask; the second is about to be erased."""
    workers = [a_worker() for _ in range(4)] + [a_worker(pay_floors=[])]
    await market.knows(*workers)
    await api.in_step(market)
    return [worker["id"] for worker in workers]


@pytest.fixture
async def posting(market: Market) -> Document:
    document = a_posting(organisation=str(TENANT))
    await market.knows(document)
    return document


async def told(market: Market, worker: str, version: int = 2) -> None:
    """The tombstone comes, as the worker process takes it."""
    event = Event(
        type="WorkerRemoved",
        entity_id=worker,
        entity_version=version,
        occurred_at=now(),
        data={"id": worker, "version": version},
    )
    async with market.database.as_system() as session:
        await Together(erasing(), WorkerProjection()).apply(session, [event])


async def ranked(api: Api, posting: Document) -> Document:
    found = await api.get(PATH, EMPLOYER, params={"posting": posting["id"]})
    assert found.status_code == 200, found.text
    document: Document = found.json()
    return document


async def held(market: Market, worker: str) -> dict[str, int]:
    async with market.database.as_system() as session:
        return await PERSONS.held(session, UUID(worker))


async def state(market: Market) -> Document:
    async with market.database.as_system() as session:
        query = text("SELECT version, counts FROM matching.erased_person")
        row = (await session.execute(query)).one()
    return {"version": row.version, "counts": row.counts}


async def test_lists_and_notes_lose_the_person_and_ranks_close_up(
    market: Market, api: Api, people: list[str], posting: Document
) -> None:
    before = await ranked(api, posting)
    gone = before["matches"][1]["worker"]
    note = {"worker": gone, "kind": "shown"}
    body = {"run": before["run"]["id"], "notes": [note]}
    assert (await api.post(f"{PATH}/feedback", EMPLOYER, body)).status_code == 200
    assert set(await held(market, gone)) == {"worker", "match_run", "match_feedback"}
    await told(market, gone)
    assert await held(market, gone) == {}
    [run] = await market.runs(state="done")
    expected = [m["worker"] for m in before["matches"] if m["worker"] != gone]
    assert [match["worker"] for match in run["matches"]] == expected
    assert [match["rank"] for match in run["matches"]] == [1, 2, 3]
    assert gone not in str(run["inputs"])
    assert await state(market) == {
        "version": 2,
        "counts": {"match_run": 1, "blocklist": 0, "match_feedback": 1},
    }


async def test_what_is_kept_of_a_run_still_replays_exactly(
    market: Market, api: Api, people: list[str], posting: Document
) -> None:
    before = await ranked(api, posting)
    await told(market, before["matches"][0]["worker"])
    [run] = await market.runs(state="done")
    inputs = Inputs.read(run["inputs"])
    assert replay(run["ranked_at"], run["k"], inputs) == run["matches"]


async def test_whoever_was_only_to_be_asked_is_taken_off_too(
    market: Market, api: Api, people: list[str], posting: Document
) -> None:
    before = await ranked(api, posting)
    [to_ask] = before["possible"]["workers"]
    await told(market, to_ask["worker"])
    [run] = await market.runs(state="done")
    assert run["possible"] == []
    assert len(run["matches"]) == 4


async def result_of(api: Api, posting: Document) -> Result:
    request = Request(now=now(), k=50)
    return await rank_for_run(api.replica, posting_facts(posting), request)


async def test_a_list_made_before_and_stored_after_does_not_name_them(
    market: Market, api: Api, people: list[str], posting: Document
) -> None:
    result = await result_of(api, posting)
    gone = result.matches[1]["worker"]
    await told(market, gone)
    async with market.database.as_caller(EMPLOYER) as session:
        await store_done(session, UUID(posting["id"]), TENANT, result)
    assert await held(market, gone) == {}
    [run] = await market.runs(state="done")
    assert [match["rank"] for match in run["matches"]] == [1, 2, 3]


async def test_an_erasure_waits_for_a_list_that_is_being_stored(
    market: Market, api: Api, people: list[str], posting: Document
) -> None:
    result = await result_of(api, posting)
    gone = result.matches[0]["worker"]
    async with market.database.as_caller(EMPLOYER) as session:
        await store_done(session, UUID(posting["id"]), TENANT, result)
        erasure = asyncio.create_task(told(market, gone))
        await _waits_for_a_lock(market)
        assert not erasure.done()
    await erasure
    assert await held(market, gone) == {}


async def _waits_for_a_lock(market: Market) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND datname = current_database()"
    )
    async with asyncio.timeout(10):
        while True:
            async with market.database.as_system() as session:
                if (await session.execute(waiting)).scalar_one():
                    return
            await asyncio.sleep(0.02)


async def test_a_tombstone_told_again_does_nothing_to_whoever_came_back(
    market: Market, api: Api, people: list[str], posting: Document
) -> None:
    await told(market, people[0])
    await market.knows(a_worker(UUID(people[0]), version=3))
    await api.in_step(market)
    assert people[0] in {m["worker"] for m in (await ranked(api, posting))["matches"]}
    await told(market, people[0])
    assert set(await held(market, people[0])) == {"worker", "match_run"}


async def test_old_lists_go_with_what_was_noted_upon_them(
    market: Market, api: Api, people: list[str], posting: Document
) -> None:
    before = await ranked(api, posting)
    note = {"worker": before["matches"][0]["worker"], "kind": "shown"}
    body = {"run": before["run"]["id"], "notes": [note]}
    assert (await api.post(f"{PATH}/feedback", EMPLOYER, body)).status_code == 200
    days = kept_days()
    assert days.keys() == {"match_run", "match_feedback"}
    nothing = dict.fromkeys(days, 0)
    assert await apply_retention(market.database) == nothing
    await _age(market, "match_run SET finished_at = finished_at", days["match_run"])
    # the note is younger than the list, which stays for it
    assert await apply_retention(market.database) == nothing
    await _age(market, "match_feedback SET noted_at = noted_at", 1 + max(days.values()))
    forgotten = await apply_retention(market.database)
    assert forgotten == dict.fromkeys(days, 1)


async def _age(market: Market, what: str, days: int) -> None:
    async with market.database.as_system() as session:
        statement = f"UPDATE matching.{what} - make_interval(days => :days + 1)"
        await session.execute(text(statement), {"days": days})
