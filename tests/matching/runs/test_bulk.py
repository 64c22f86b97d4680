"""All open postings ranked anew: once each, behind whatever is more urgent."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
from sqlalchemy import text

from services.matching.runs import leases
from services.matching.runs.bulk import queue_more
from services.matching.runs.commands import Wanted, enqueue
from services.matching.runs.ranker import ranker
from services.matching.runs.runner import BULK_AT_ONCE, BULK_SLOTS, Runner
from tests.databases import plain
from tests.matching.documents import a_posting, a_worker
from tests.matching.market import Market, until
from tests.matching.matches.conftest import EMPLOYER, OPERATOR, TENANT, Api, api
from tests.matching.runs.process import worker_process

__all__ = ["api"]

PATH = "/v1/runs/all"


async def open_postings(market: Market, count: int) -> list[dict[str, Any]]:
    """Known, and with no run waiting."""
    postings = [a_posting(organisation=str(TENANT)) for _ in range(count)]
    await market.knows(*postings)
    async with market.database.as_system() as session:
        await session.execute(text("DELETE FROM matching.match_run"))
    return postings


async def asked(api: Api, postings: int = 2_000) -> dict[str, Any]:
    answer = await api.post(PATH, OPERATOR, {"postings": postings})
    assert answer.status_code == 202, answer.text
    rerank: dict[str, Any] = answer.json()
    return rerank


async def queued(market: Market) -> None:
    async with market.database.as_system() as session:
        assert (await queue_more(session, 2_000)).filled


async def test_each_open_posting_is_queued_once_however_often_it_is_asked(
    market: Market, api: Api
) -> None:
    postings = await open_postings(market, 5)
    closed = a_posting(status="closed")
    await market.knows(closed, type="PostingClosed")
    looked = (await api.get(PATH, OPERATOR)).json()
    assert looked == {"open_postings": 5, "under_way": False, "rerank": None}
    assert await market.runs() == []

    pages = [await asked(api, 2) for _ in range(5)]
    assert [page["postings"] for page in pages] == [2, 4, 5, 5, 5]
    assert [page["filled"] for page in pages] == [False, False, True, True, True]
    runs = await market.runs()
    assert {run["lane"] for run in runs} == {"bulk"}
    assert sorted(str(run["posting_id"]) for run in runs) == sorted(
        posting["id"] for posting in postings
    )
    looked = (await api.get(PATH, OPERATOR)).json()
    assert (looked["under_way"], looked["rerank"]["waiting"]) == (True, 5)


async def test_what_was_ranked_already_is_not_queued_when_it_is_taken_up_again(
    market: Market, api: Api
) -> None:
    await open_postings(market, 6)
    first = await asked(api, 4)
    market.start("index", "claims")
    await market.ended(4)
    again = [await asked(api, 4), await asked(api, 4)]
    await market.ended(6)
    assert len(await market.runs()) == 6
    assert {rerank["began_at"] for rerank in again} == {first["began_at"]}
    # that one is over: the next is another
    assert (await asked(api))["began_at"] > first["began_at"]
    await market.ended(12)


async def test_a_waiting_run_keeps_its_lane_and_counts_as_queued_already(
    market: Market, api: Api
) -> None:
    [first, *_] = await open_postings(market, 3)
    async with market.database.as_system() as session:
        want = Wanted(UUID(first["id"]), TENANT, "interactive", "test")
        [waiting] = await enqueue(session, [want])
    rerank = await asked(api)
    assert (rerank["postings"], rerank["queued"], rerank["waiting"]) == (3, 2, 2)
    [run] = await market.runs(lane="interactive")
    assert run["id"] == waiting


async def test_operators_alone_ask_for_it_and_it_is_written_down(
    market: Market, api: Api
) -> None:
    await open_postings(market, 1)
    assert (await api.post(PATH, EMPLOYER, {})).status_code == 403
    assert (await api.get(PATH, EMPLOYER)).status_code == 403
    await asked(api)
    async with market.database.as_system() as session:
        query = text("SELECT actor, action, detail FROM matching.audit_entry")
        [noted] = (await session.execute(query)).all()
    assert noted.action == "run.request_all"
    assert (noted.actor, noted.detail) == (OPERATOR.subject, {"count": 1})


async def test_a_few_bulk_runs_are_claimed_at_a_time(market: Market) -> None:
    await open_postings(market, 40)
    await queued(market)
    async with market.database.as_system() as session:
        runner = market.runner
        batches = await runner._claim(session, 4)
        assert [len(batch) for batch in batches] == [BULK_AT_ONCE] * BULK_SLOTS
        replica = market.replica
        lone = Runner(
            market.database,
            ranker(replica),
            replica.loaded,
            market.doorbell,
            slots=1,
        )
        assert [len(batch) for batch in await lone._claim(session, 1)] == [BULK_AT_ONCE]


async def test_a_run_that_lost_its_worker_is_claimed_alone(market: Market) -> None:
    await open_postings(market, 3)
    await queued(market)
    async with market.database.as_system() as session:
        await session.execute(text("UPDATE matching.match_run SET lost = 1"))
        batches = await market.runner._claim(session, 4)
    assert [len(batch) for batch in batches] == [1]


async def test_what_is_published_meanwhile_is_ranked_before_the_bulk(
    market: Market,
) -> None:
    await market.knows(*(a_worker() for _ in range(60)))
    await open_postings(market, 150)
    await queued(market)
    market.start("index", "claims", "doorbell")
    await market.ended(BULK_AT_ONCE)
    posting = a_posting()
    want = Wanted(UUID(posting["id"]), TENANT, "interactive", "posting opened")
    await market.knows(posting)
    async with market.database.as_system() as session:
        await enqueue(session, [want])
        market.doorbell.ring_after_commit(session, "interactive")

    await until(lambda: market.runs(state="done", lane="interactive"))
    [run] = await market.runs(state="done", lane="interactive")
    assert str(run["posting_id"]) == posting["id"]
    runs = await market.runs(lane="bulk")
    overtaken = [each for each in runs if each["state"] == "queued"]
    assert overtaken
    # from its claim to its end no more bulk ended than was under way
    between = [
        each
        for each in runs
        if each["state"] == "done"
        and run["started_at"] < each["finished_at"] < run["finished_at"]
    ]
    assert len(between) <= BULK_SLOTS * BULK_AT_ONCE
    await market.ended(151, 60)


async def test_a_posting_that_cannot_be_ranked_costs_its_batch_nothing(
    market: Market,
) -> None:
    postings = await open_postings(market, 5)
    broken = postings[2] | {"version": 2, "commitment": {"kind": "perhaps"}}
    closed = postings[3] | {"version": 2, "status": "closed"}
    await queued(market)
    async with market.database.as_system() as session:
        await session.execute(
            text(
                "UPDATE matching.posting SET doc = CAST(:doc AS jsonb) WHERE id = :id"
            ),
            {"id": UUID(broken["id"]), "doc": _json(broken)},
        )
        await session.execute(
            text("UPDATE matching.posting SET status = 'closed' WHERE id = :id"),
            {"id": UUID(closed["id"])},
        )
    market.start("index", "claims")
    await market.ended(3)
    states = {str(run["posting_id"]): run["state"] for run in await market.runs()}
    assert states[closed["id"]] == "cancelled"
    assert states[broken["id"]] in ("queued", "running")


def _json(document: dict[str, Any]) -> str:
    return orjson.dumps(document).decode()


async def test_a_worker_killed_in_the_middle_of_a_bulk_loses_nothing(
    market: Market, tmp_path: Path
) -> None:
    count = 60
    settings, log = market.settings, tmp_path / "worker.log"
    await market.knows(*(a_worker() for _ in range(30)))
    await open_postings(market, count)

    async def running() -> object:
        return await market.runs(state="running")

    async with worker_process(settings, log) as first:
        blocker = await asyncpg.connect(plain(settings.database_url))
        await until(lambda: _loaded(log), 120)
        async with blocker.transaction():
            # ranked, and not finished: that looks who was removed meanwhile
            await blocker.execute("LOCK TABLE matching.worker IN ACCESS EXCLUSIVE MODE")
            await queued(market)
            await until(running, 10)
            first.kill()
            await first.wait()
            lost = await market.runs(state="running")
        await blocker.close()
    assert 0 < len(lost) <= BULK_SLOTS * BULK_AT_ONCE
    async with market.database.as_system() as session:
        await session.execute(
            text(
                "UPDATE matching.match_run SET lease_until = now()"
                " WHERE state = 'running'"
            )
        )
        assert await leases.reap(session) == len(lost)
    # whoever asks again finds it under way
    await queued(market)
    market.start("index", "claims")
    await market.ended(count, 60)
    runs = await market.runs()
    assert len(runs) == count
    attempts = {run["id"]: run["attempts"] for run in runs}
    assert {attempts[run["id"]] for run in lost} == {2}


async def _loaded(log: Path) -> bool:
    return await asyncio.to_thread(lambda: b"index loaded" in log.read_bytes())


@pytest.mark.parametrize("name", ["inputs", "matches"])
async def test_a_list_from_a_batch_is_kept_as_any_other(
    market: Market, name: str
) -> None:
    await market.knows(*(a_worker() for _ in range(3)))
    await open_postings(market, 2)
    await queued(market)
    market.start("index", "claims")
    await market.ended(2)
    one, other = await market.runs(state="done")
    assert one[name]
    assert other[name]
    assert one["posting_id"] != other["posting_id"]
    if name == "inputs":
        for run in (one, other):
            assert run["inputs"]["posting"]["id"] == str(run["posting_id"])
