"""One index in a process: in step with the read model through every outage."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.matching.engine.facts import posting_facts
from services.matching.engine.index import Index
from services.matching.engine.pipeline import Request, rank_workers
from services.matching.intake import replica
from services.matching.intake.positions import Positions, parse_header
from shared.outbox import Position
from shared.problems import InvalidRequest
from shared.values import now
from tests.databases import execute
from tests.matching.documents import a_posting, a_worker
from tests.matching.market import Market, report, until


async def caught_up(market: Market) -> None:
    async with market.database.as_system() as session:
        query = text("SELECT COALESCE(max(seq), 0) FROM matching.change")
        seq = (await session.execute(query)).scalar_one()

    async def applied() -> bool:
        return bool(market.replica.seq >= seq)

    await until(applied)


async def holds(market: Market, id: str) -> bool:
    seen = await market.replica.look(lambda index: index.worker(UUID(id)))
    return seen.value is not None


async def test_the_index_holds_workers_and_open_postings(market: Market) -> None:
    before, after, gone = a_worker(), a_worker(), a_worker()
    await market.knows(before, gone)
    await market.knows(a_posting(), a_posting(status="draft"))
    market.start("index")
    await market.replica.loaded.wait()
    assert (market.replica.worker_count, market.replica.posting_count) == (2, 1)
    await market.knows(after)
    await market.knows({"id": gone["id"], "version": 2}, type="WorkerRemoved")
    posting = a_posting()
    await market.knows(posting)
    await caught_up(market)
    assert (market.replica.worker_count, market.replica.posting_count) == (2, 2)
    await market.knows(
        posting | {"version": 2, "status": "filled"}, type="PostingFilled"
    )
    await caught_up(market)
    assert market.replica.posting_count == 1


async def test_a_document_that_cannot_be_read_costs_only_itself(
    market: Market,
) -> None:
    early, late = a_worker(zone="Atlantis/Poseidonis"), a_worker()
    turning = a_worker()
    await market.knows(early, turning)
    market.start("index")
    await market.replica.loaded.wait()
    assert market.replica.skipped == 1
    bad = turning | {"version": 2, "weekly": [{"weekday": 9}]}
    await market.knows(bad)
    await market.knows(late)
    await caught_up(market)
    assert market.replica.skipped == 2
    assert await holds(market, late["id"])
    assert not await holds(market, turning["id"]), "an outdated fact is worse than none"


async def test_the_index_outlives_the_loss_of_every_connection(market: Market) -> None:
    market.start("profiles", "index", "claims", "reaper")
    await market.seen(
        profiles=await market.profiles.publish("WorkerChanged", a_worker())
    )
    loaded = market.replica._index
    for _ in range(3):
        execute(
            market.settings.database_url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        worker = a_worker()
        told = await market.profiles.publish("WorkerChanged", worker)
        await market.seen(profiles=told)
        assert await holds(market, worker["id"])
    assert market.replica._index is loaded, "what was known was not loaded again"
    await market.knows(a_posting())
    await market.ended(1)


async def test_waiting_for_a_position_ends_when_it_is_reached_or_too_late(
    market: Market,
) -> None:
    market.start("profiles", "index")
    assert not await market.replica.reached({"profiles": Position(10**9, 0)}, 0.3)
    waiting = asyncio.create_task(
        market.replica.reached({"postings": Position(5, 5)}, 10)
    )
    await asyncio.sleep(0.2)
    assert not waiting.done()
    execute(
        market.settings.database_url,
        "INSERT INTO matching.feed_cursor VALUES ('postings', 'epoch.5.5')",
    )
    assert await waiting


async def test_no_poll_is_needed_to_hear_of_a_change(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica, "POLL_SECONDS", 30)
    market.start("index")
    await market.replica.loaded.wait()
    await asyncio.sleep(0.2)
    started = time.perf_counter()
    await market.knows(a_worker())
    await caught_up(market)
    assert time.perf_counter() - started < 5


async def test_a_look_that_takes_long_moves_to_a_thread_and_keeps_changes_out(
    market: Market,
) -> None:
    await market.knows(a_worker())
    market.start("index")
    await market.replica.loaded.wait()

    def slow(index: Index) -> tuple[int, int]:
        before = index.worker_count
        time.sleep(0.3)
        return before, index.worker_count

    await market.replica.look(slow)
    looking = asyncio.create_task(market.replica.look(slow))
    await asyncio.sleep(0.05)
    assert not looking.done(), "the loop goes on meanwhile"
    await market.knows(a_worker())
    assert (await looking).value == (1, 1)
    await caught_up(market)
    assert market.replica.worker_count == 2


async def test_a_profile_change_is_seen_in_a_ranking_within_a_second(
    market: Market,
) -> None:
    market.start("profiles", "postings", "index")
    worker, posting = a_worker(), posting_facts(a_posting())
    await market.seen(
        profiles=await market.profiles.publish("WorkerRegistered", worker)
    )

    def ranked(index: Index) -> float:
        matches = rank_workers(index, posting, Request(now=now())).matches
        return matches[0].parts[0].value if matches else 0.0

    async def shows(skill_fit: float) -> bool:
        return (await market.replica.look(ranked)).value == skill_fit

    seconds = []
    for version in range(2, 42):
        level = 3 + version % 3
        skills = [{"skill": "forklift-driving", "level": level, "years": 1}]
        changed: dict[str, Any] = worker | {"version": version, "skills": skills}
        await market.profiles.publish("WorkerChanged", changed)
        started = time.perf_counter()
        await until(partial(shows, level / 5))
        seconds.append(time.perf_counter() - started)
    seconds.sort()
    report(
        f"profile change to ranking: p50 {seconds[20] * 1000:.0f} ms,"
        f" p95 {seconds[37] * 1000:.0f} ms"
    )


@pytest.mark.parametrize(
    ("values", "needed"),
    [
        ([], {}),
        (["profiles=5.6"], {"profiles": Position(5, 6)}),
        (
            ["profiles=5.6, postings=7.8"],
            {"profiles": Position(5, 6), "postings": Position(7, 8)},
        ),
        (
            ["profiles=5.6,profiles=5.10", "postings=7.8,matching=1.1"],
            {"profiles": Position(5, 10), "postings": Position(7, 8)},
        ),
    ],
)
def test_feed_position_headers(values: list[str], needed: Positions) -> None:
    assert parse_header(values) == needed


@pytest.mark.parametrize(
    "value", ["profiles", "profiles=", "profiles=1", "profiles=a.b"]
)
def test_what_is_no_feed_position(value: str) -> None:
    with pytest.raises(InvalidRequest):
        parse_header([value])
