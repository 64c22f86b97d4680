"""Whom an organisation has blocked is kept out of its postings' lists."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.matching.intake.blocklists import BlocklistProjection
from services.matching.intake.workers import WorkerProjection
from services.matching.persons.registry import PERSONS, erasing
from services.matching.runs.inputs import Inputs
from services.matching.runs.ranking import replay
from shared.feed import Event
from shared.outbox import record_event
from shared.persons.erasing import Together
from shared.values import new_id, now
from tests.matching.documents import a_posting, a_worker
from tests.matching.market import Market
from tests.matching.matches.conftest import (
    EMPLOYER,
    OPERATOR,
    RIVAL,
    TENANT,
    Api,
    api,
    worker_caller,
)
from tests.matching.matches.test_search import a_search

__all__ = ["api"]

Document = dict[str, Any]


def a_list(*workers: Document, version: int = 1, of: UUID = TENANT) -> Event:
    named = [worker["id"] for worker in workers]
    return Event(
        type="BlocklistChanged",
        entity_id=str(of),
        entity_version=version,
        occurred_at=now(),
        data={"id": str(of), "version": version, "workers": named},
    )


async def told(market: Market, *events: Event) -> None:
    async with market.database.as_system() as session:
        await BlocklistProjection().apply(session, events)


async def erased(market: Market, worker: Document) -> None:
    event = Event(
        type="WorkerRemoved",
        entity_id=worker["id"],
        entity_version=2,
        occurred_at=now(),
        data={"id": worker["id"], "version": 2},
    )
    async with market.database.as_system() as session:
        await Together(erasing(), WorkerProjection()).apply(session, [event])


async def listed(api: Api, posting: Document) -> set[str]:
    found = await api.get("/v1/matches", OPERATOR, params={"posting": posting["id"]})
    return {match["worker"] for match in found.json()["matches"]}


async def kept(market: Market) -> dict[UUID, tuple[int, list[str]]]:
    query = text("SELECT organisation, version, workers FROM matching.blocklist")
    async with market.database.as_system() as session:
        rows = (await session.execute(query)).all()
    return {row.organisation: (row.version, row.workers) for row in rows}


@pytest.fixture
async def people(market: Market) -> list[Document]:
    workers = [a_worker() for _ in range(3)]
    await market.knows(*workers)
    return workers


async def test_the_blocked_go_from_every_open_list_and_come_back(
    market: Market, api: Api, people: list[Document]
) -> None:
    everybody = {worker["id"] for worker in people}
    before = a_posting(organisation=str(TENANT))
    others = a_posting()
    await market.knows(before, others)
    await told(market, a_list(people[0]))
    after = a_posting(organisation=str(TENANT))
    await market.knows(after)
    await api.in_step(market)
    for posting in (before, after):
        assert await listed(api, posting) == everybody - {people[0]["id"]}
    assert await listed(api, others) == everybody
    await told(market, a_list(version=2))
    await api.in_step(market)
    assert await listed(api, before) == everybody


async def test_an_older_list_changes_nothing(
    market: Market, people: list[Document]
) -> None:
    await told(market, a_list(people[0], version=2))
    await told(market, a_list(people[1], version=1))
    assert await kept(market) == {TENANT: (2, [people[0]["id"]])}


async def test_a_search_and_a_stored_run_keep_them_out_too(
    market: Market, api: Api, people: list[Document]
) -> None:
    await told(market, a_list(people[0]))
    posting = a_posting(organisation=str(TENANT))
    await market.knows(posting)
    await api.in_step(market)
    for caller, count in ((EMPLOYER, 2), (RIVAL, 3)):
        answer = await api.post("/v1/matches/search", caller, a_search())
        assert len(answer.json()["matches"]) == count
    market.start("index", "claims")
    await market.ended(1)
    [run] = await market.runs(state="done")
    assert len(run["matches"]) == 2
    assert people[0]["id"] not in str(run["inputs"])
    inputs = Inputs.read(run["inputs"])
    assert replay(run["ranked_at"], run["k"], inputs) == run["matches"]


async def test_a_worker_is_not_told_who_has_blocked_them(
    market: Market, api: Api, people: list[Document]
) -> None:
    mine, other = a_posting(organisation=str(TENANT)), a_posting()
    await market.knows(mine, other)
    await told(market, a_list(people[0]))
    await api.in_step(market)
    params = {"worker": people[0]["id"]}

    async def left(caller: Any) -> dict[str, int]:
        answer = await api.get("/v1/matches", caller, params=params)
        assert len(answer.json()["matches"]) == 1
        return {step["rule"]: step["left"] for step in answer.json()["funnel"]}

    exact = await left(OPERATOR)
    assert (exact["not_blocked"], exact["not_turned_away"]) == (2, 1)
    shown = await left(worker_caller(people[0]["id"]))
    assert "not_turned_away" not in shown
    assert set(shown.values()) == {1}


async def test_the_feed_brings_lists_and_a_rebuild_drops_what_it_does_not_name(
    market: Market, people: list[Document]
) -> None:
    posting = a_posting(organisation=str(TENANT))
    await market.knows(posting)
    gone = new_id()
    await told(market, a_list(people[0], of=gone, version=9))
    async with market.database.as_system() as session:
        projection = BlocklistProjection()
        await projection.begin_rebuild(session)
        await projection.apply(session, [a_list(people[1])])
        await projection.end_rebuild(session)
    assert await kept(market) == {TENANT: (1, [people[1]["id"]]), gone: (0, [])}
    market.start("postings", "profiles", "index")
    await market.follows()
    stranger = a_worker()
    data = a_list(stranger, version=2).data
    async with market.postings.database.as_system() as session:
        position = await record_event(
            session, market.postings.outbox, "BlocklistChanged", TENANT, 2, data
        )
    await market.seen(postings=position)
    assert (await kept(market))[TENANT] == (2, [stranger["id"]])


async def test_an_erasure_takes_the_person_off_every_list(
    market: Market, people: list[Document]
) -> None:
    await told(market, a_list(*people))
    async with market.database.as_system() as session:
        [export] = (await PERSONS.export(session, UUID(people[0]["id"])))["blocklist"]
    assert export == {"organisation": TENANT}
    await erased(market, people[0])
    others = [worker["id"] for worker in people[1:]]
    assert await kept(market) == {TENANT: (1, others)}
    # the list as it was told before postings heard of the erasure
    await told(market, a_list(*people, version=2))
    assert await kept(market) == {TENANT: (2, others)}
