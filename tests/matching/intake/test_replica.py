"""One index in a process: in step with the read model through every outage."""

from __future__ import annotations

import asyncio
import stat
import struct
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from services.matching.engine.facts import posting_facts
from services.matching.engine.index import Index
from services.matching.engine.pipeline import Request, rank_workers
from services.matching.intake import replica
from services.matching.intake.changelog import ChangeLog
from services.matching.intake.positions import Positions, parse_header
from services.matching.intake.replica import Replica
from services.matching.intake.taxonomy import Taxonomy
from shared.outbox import Position
from shared.problems import InvalidRequest
from shared.values import new_id, now
from tests.databases import execute
from tests.matching.documents import a_posting, a_worker
from tests.matching.market import TAXONOMY, Market, a_replica, report, until


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
    loaded = (await market.replica.look(lambda index: index)).value
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
    kept = (await market.replica.look(lambda index: index)).value
    assert kept is loaded, "what was known was not loaded again"
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


@asynccontextmanager
async def following(replica: Replica) -> AsyncIterator[None]:
    """From loaded to a graceful stop, after which its file is written."""
    stop = asyncio.Event()
    running = asyncio.create_task(replica.run(stop))
    try:
        await asyncio.wait_for(replica.loaded.wait(), 20)
        yield
    finally:
        stop.set()
        await running


def kept(market: Market) -> Path:
    return market.settings.index_dir / "test"


async def source(replica: Replica) -> str:
    """Where a replica loads its index from."""
    with capture_logs() as logs:
        async with following(replica):
            pass
    (loaded,) = (each for each in logs if each["event"] == "index loaded")
    return str(loaded["source"])


async def test_a_restart_goes_on_from_the_file(market: Market) -> None:
    stays, changes, goes, comes = (a_worker() for _ in range(4))
    await market.knows(stays, changes, goes)
    await market.knows(a_posting())
    async with following(market.replica):
        pass
    assert stat.S_IMODE(kept(market).stat().st_mode) == 0o600
    await market.knows(changes | {"version": 2, "languages": []}, comes)
    await market.knows({"id": goes["id"], "version": 2}, type="WorkerRemoved")
    again = a_replica(market.settings)
    with capture_logs() as logs:
        async with following(again):
            assert again.posting_count == 1

            async def caught() -> bool:
                seen = await again.look(lambda index: index.worker(UUID(comes["id"])))
                return seen.value is not None and again.worker_count == 3

            await until(caught)
            seen = await again.look(lambda index: index.worker(UUID(changes["id"])))
            assert seen.value is not None
            assert seen.value.languages == {}
    assert "file" in [each.get("source") for each in logs]


async def test_a_file_of_nothing_new_is_not_written_again(market: Market) -> None:
    await market.knows(a_worker())
    await source(market.replica)
    written = kept(market).stat()
    assert await source(a_replica(market.settings)) == "file"
    assert kept(market).stat() == written


@pytest.mark.parametrize("harm", ["cut", "bent", "emptied", "foreign"])
async def test_a_damaged_file_is_passed_over_and_replaced(
    market: Market, harm: str
) -> None:
    await market.knows(a_worker())
    assert await source(market.replica) == "read model"
    content = bytearray(kept(market).read_bytes())
    if harm == "cut":
        del content[len(content) // 2 :]
    elif harm == "bent":
        content[len(content) // 3] ^= 1
    elif harm == "emptied":
        content.clear()
    else:
        content[:16] = b"SomethingElse 1\n"
    kept(market).write_bytes(content)
    again = a_replica(market.settings)
    assert await source(again) == "read model"
    assert again.worker_count == 1
    assert await source(a_replica(market.settings)) == "file"


async def test_a_file_of_another_epoch_is_passed_over(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    await market.knows(a_worker())
    await source(market.replica)
    monkeypatch.setattr(ChangeLog, "epoch", lambda _: asyncio.sleep(0, "another"))
    assert await source(a_replica(market.settings)) == "read model"


async def test_a_file_of_another_taxonomy_is_passed_over(market: Market) -> None:
    await market.knows(a_worker())
    await source(market.replica)
    other = Taxonomy("newer", TAXONOMY.related)
    assert await source(a_replica(market.settings, other)) == "read model"


async def test_a_file_of_another_change_log_is_passed_over(market: Market) -> None:
    await market.knows(a_worker())
    await source(market.replica)
    execute(
        market.settings.database_url,
        f"UPDATE matching.change SET entity_id = '{new_id()}'",
    )
    assert await source(a_replica(market.settings)) == "read model"


async def test_an_erased_worker_is_soon_in_the_file_no_more(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica, "ERASED_SECONDS", 0.0)
    erased, stays = a_worker(), a_worker()
    place = erased["places"][0] | {"lat": 48.205, "lon": 16.375}
    erased["places"] = [place]
    told = UUID(erased["id"]).bytes[::-1]
    traces = (told[:8], told[8:], struct.pack("<i", 48205000))

    def found() -> list[bytes]:
        content = kept(market).read_bytes()
        return [trace for trace in traces if trace in content]

    await market.knows(erased, stays)
    await source(market.replica)
    assert len(found()) == len(traces)
    again = a_replica(market.settings)
    async with following(again):
        moved = {**erased, "version": 2, "skills": [], "pay_floors": []}
        await market.knows(moved)
        await market.knows({"id": erased["id"], "version": 3}, type="WorkerRemoved")

        async def forgotten() -> bool:
            return not found()

        await until(forgotten)
    assert again.worker_count == 1


async def test_looks_go_on_side_by_side_and_after_their_callers(
    market: Market,
) -> None:
    await market.knows(a_worker())
    together = threading.Barrier(2, timeout=10)
    ended = threading.Event()

    def meet(index: Index) -> int:
        together.wait()
        return index.worker_count

    def slow(index: Index) -> None:
        time.sleep(0.4)
        assert index.worker_count == 1
        ended.set()

    async with following(market.replica):
        market.replica._look_seconds = 1.0
        looks = [market.replica.look(meet) for _ in range(2)]
        assert [seen.value for seen in await asyncio.gather(*looks)] == [1, 1]
        market.replica._look_seconds = 1.0
        looking = asyncio.create_task(market.replica.look(slow))
        await asyncio.sleep(0.1)
        looking.cancel()
        await market.knows(a_worker())
        await caught_up(market)
        assert ended.is_set(), "changes wait for a look whose caller has gone"
        assert market.replica.worker_count == 2
