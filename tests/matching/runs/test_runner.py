"""Runs worked by a process: what it waits for, what it gives up, what it keeps."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text

from services.matching.engine.pipeline import ENGINE_VERSION
from services.matching.intake.replica import Replica
from services.matching.runs import ending, leases, ranker
from services.matching.runs.claiming import claim, look
from services.matching.runs.commands import Wanted, enqueue
from services.matching.runs.inputs import Inputs
from services.matching.runs.ranking import replay
from shared.outbox import Position
from shared.values import new_id
from tests.matching.documents import a_posting, a_worker
from tests.matching.market import TAXONOMY, Market, until


async def test_a_done_run_replays_exactly_after_everything_has_changed(
    market: Market,
) -> None:
    related = [{"skill": "reach-truck-driving", "level": 5, "years": None}]
    workers = [
        a_worker(
            skills=related if number % 3 == 0 else a_worker()["skills"],
            pay_floors=[{"unit": "hour", "amount": 1200 + number, "currency": "GBP"}],
        )
        for number in range(70)
    ]
    await market.knows(*workers)
    posting = a_posting()
    await market.knows(posting)
    market.start("index", "claims", "reaper")
    await market.ended(1)
    [run] = await market.runs()
    assert len(run["matches"]) == 50

    changed = [worker | {"version": 2, "active": False} for worker in workers]
    await market.knows(*changed)
    await market.knows(posting | {"version": 2, "status": "closed"})
    inputs = Inputs.read(run["inputs"])
    assert replay(run["ranked_at"], run["k"], inputs) == run["matches"]
    assert {run["taxonomy_version"], run["engine_version"]} == {
        TAXONOMY.version,
        ENGINE_VERSION,
    }
    assert run["posting_version"] == 1
    assert run["index_seq"] > 0


async def test_a_run_waits_for_the_index_and_is_given_back_uncounted(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranker, "INDEX_PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(ending, "BEHIND_DELAY_SECONDS", 0.1)
    posting = a_posting()
    await market.knows(posting)
    ahead = {"profiles": Position(10**9, 1)}
    async with market.database.as_system() as session:
        want = Wanted(UUID(posting["id"]), new_id(), "interactive", "test", ahead)
        await enqueue(session, [want])
    market.start("index", "claims", "reaper")
    await asyncio.sleep(2)
    [run] = await market.runs()
    assert run["state"] in ("queued", "running")
    assert run["attempts"] <= 1
    async with market.database.as_system() as session:
        await session.execute(
            text("INSERT INTO matching.feed_cursor VALUES ('profiles', :cursor)"),
            {"cursor": "epoch.1000000000.1"},
        )
    await market.ended(1)
    [run] = await market.runs()
    assert run["index_positions"] == {"profiles": "1000000000.1"}


async def test_a_posting_that_closed_meanwhile_is_not_ranked(market: Market) -> None:
    posting = a_posting()
    await market.knows(posting)
    async with market.database.as_system() as session:
        refresh = (await look(session)).lanes["refresh"]
        [held] = await claim(session, refresh, 1, "test")
    await market.knows(
        posting | {"version": 2, "status": "closed"}, type="PostingClosed"
    )
    async with market.database.as_system() as session:
        await leases.give_back(session, held, 0)
    market.start("index", "claims", "reaper")
    await until(lambda: market.runs(state="cancelled"))
    [run] = await market.runs()
    assert run["because"] == "the posting is no longer open"


async def test_a_posting_that_cannot_be_read_ends_dead_with_its_error(
    market: Market,
) -> None:
    posting = a_posting(commitment={"kind": "perhaps"})
    await market.knows(posting)
    market.start("index", "claims", "reaper")
    async with asyncio.timeout(20):
        while not (runs := await market.runs(state="dead")):
            await asyncio.sleep(0.1)
            async with market.database.as_system() as session:
                await session.execute(
                    text(
                        "UPDATE matching.match_run SET run_at = clock_timestamp()"
                        " WHERE state = 'queued'"
                    )
                )
    assert "perhaps" in runs[0]["error"]
    assert "Traceback" in runs[0]["traceback"]
    assert runs[0]["because"] == "failed 3 times"
    kept = runs[0]["inputs"]["posting"]
    assert kept["commitment"] == {"kind": "perhaps"}
    assert runs[0]["attempts"] == 3


async def test_stopping_finishes_what_runs_and_leaves_the_rest_waiting(
    market: Market,
) -> None:
    await market.knows(*(a_worker() for _ in range(5)))
    await market.knows(*(a_posting() for _ in range(60)))
    market.start("index", "claims")
    await market.ended(3)
    market.stop.set()
    await asyncio.gather(*market.running)
    states = {run["state"] for run in await market.runs()}
    assert states <= {"done", "queued"}


async def test_a_run_cut_short_by_the_drain_is_given_back(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = asyncio.Event()

    async def stuck(self: Replica, work: object) -> None:
        started.set()
        await asyncio.Event().wait()

    await market.knows(a_posting())
    monkeypatch.setattr(Replica, "look", stuck)
    market.runner._drain_seconds = 0.2
    market.start("index", "claims")
    await asyncio.wait_for(started.wait(), 10)
    market.stop.set()
    await asyncio.gather(*market.running)
    [run] = await market.runs()
    assert (run["state"], run["attempts"]) == ("queued", 0)
