"""What events make of the read model and of the queue."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

import pytest
from sqlalchemy import select, text

from services.matching.intake.replica import Replica
from services.matching.intake.workers import WorkerProjection
from services.matching.models import change, feed_cursor, posting, worker
from shared.feed import Event
from shared.values import now
from tests.matching.documents import a_posting, a_worker
from tests.matching.market import TAXONOMY, Market, report, until


async def versions(market: Market, id: str) -> list[int]:
    async with market.database.as_system() as session:
        query = select(change.c.version).where(change.c.entity_id == UUID(id))
        return list((await session.execute(query.order_by(change.c.seq))).scalars())


async def test_only_a_greater_version_counts(market: Market) -> None:
    known = a_worker(version=3)
    await market.knows(known)
    await market.knows(known | {"version": 2, "active": False})
    await market.knows(known | {"active": False})
    async with market.database.as_system() as session:
        [held] = await session.execute(select(worker.c.version, worker.c.doc))
    assert held == (3, known)
    assert await versions(market, known["id"]) == [3]


async def test_of_several_events_of_one_batch_the_newest_counts(
    market: Market,
) -> None:
    known = a_worker()
    await market.knows(known | {"version": 3}, known, known | {"version": 2})
    assert await versions(market, known["id"]) == [3]


async def test_a_removed_worker_leaves_no_document_and_does_not_come_back(
    market: Market,
) -> None:
    known = a_worker()
    await market.knows(known)
    await market.knows({"id": known["id"], "version": 3}, type="WorkerRemoved")
    await market.knows(known | {"version": 2})
    async with market.database.as_system() as session:
        [held] = await session.execute(
            select(worker.c.version, worker.c.removed, worker.c.doc)
        )
    assert held == (3, True, {})


async def test_what_is_published_for_bookings_is_not_kept(market: Market) -> None:
    known = a_worker(version=3)
    right = [{"country": "GB", "expires_on": "2030-12-31"}]
    await market.knows(known | {"minor_until": "2031-02-28", "right_to_work": right})
    async with market.database.as_system() as session:
        [held] = await session.execute(select(worker.c.doc))
    assert held == (known,)


async def test_events_of_other_entities_pass_by(market: Market) -> None:
    await market.knows({"id": "not-a-uuid", "version": 1}, type="OrganisationChanged")
    await market.knows({"id": "not-a-uuid", "version": 1}, type="WorkerChanged")
    async with market.database.as_system() as session:
        assert (await session.execute(select(worker.c.id))).all() == []


async def test_runs_come_from_posting_events_and_never_from_worker_events(
    market: Market,
) -> None:
    market.start("profiles", "postings")
    await market.follows()
    opened = a_posting()
    await market.postings.publish("PostingDrafted", a_posting(status="draft"))
    await market.postings.publish("PostingOpened", opened)
    await market.profiles.publish("WorkerRegistered", a_worker())
    await until(market.runs)
    [first] = await market.runs()
    assert first["posting_id"] == UUID(opened["id"])
    assert (first["lane"], first["reason"]) == ("interactive", "posting opened")
    told = await market.postings.publish("PostingEdited", opened | {"version": 2})
    needed = [told.xid, told.id]
    await until(lambda: market.runs(needed_postings=needed))
    [again] = await market.runs()
    assert (again["id"], again["reason"]) == (first["id"], "posting edited")
    closed = opened | {"version": 3, "status": "closed"}
    await market.postings.publish("PostingClosed", closed)
    await until(lambda: market.runs(state="cancelled"))


async def test_a_new_epoch_rebuilds_and_removes_what_is_gone(market: Market) -> None:
    market.start("profiles", "postings", "index", "claims", "reaper")
    stays, goes = a_worker(version=7), a_worker(version=7)
    kept, gone = a_posting(version=4), a_posting(version=4)
    told = await market.profiles.publish("WorkerRegistered", stays, goes)
    await market.seen(profiles=told)
    told = await market.postings.publish("PostingOpened", kept, gone)
    await market.seen(postings=told)
    await market.ended(2)

    # the sources were restored to an older state, in another cluster
    restored = stays | {"version": 2, "accepts_remote": False}
    async with market.database.as_system() as session:
        await session.execute(
            feed_cursor.update().values(cursor="other-epoch.99999999.1")
        )
    for source, row in (
        (market.profiles, restored),
        (market.postings, kept | {"version": 1}),
    ):
        async with source.database.as_system() as session:
            await session.execute(text(f"DELETE FROM {source.service}.source_row"))
            await session.execute(text(f"DELETE FROM {source.service}.outbox"))
            await source.tell(session, "Restored", row)

    async def rebuilt() -> bool:
        return market.replica.worker_count == market.replica.posting_count == 1

    await until(rebuilt, 40)
    async with market.database.as_system() as session:
        workers = {
            row.id: (row.version, row.removed, row.stale, row.doc)
            for row in await session.execute(select(worker))
        }
        postings = {
            row.id: (row.version, row.removed, row.stale)
            for row in await session.execute(select(posting))
        }
    assert workers[UUID(stays["id"])] == (2, False, False, restored)
    assert workers[UUID(goes["id"])] == (0, True, False, {})
    assert postings[UUID(kept["id"])] == (1, False, False)
    assert postings[UUID(gone["id"])] == (0, True, False)
    # and after it the feed goes on
    told = await market.profiles.publish("WorkerChanged", stays | {"version": 3})
    await market.seen(profiles=told)
    await market.ended(3)


@pytest.mark.slow
async def test_how_fast_worker_events_and_the_index_load_are(market: Market) -> None:
    projection, count = WorkerProjection(), 10_000
    docs = [a_worker() for _ in range(count)]
    events = [
        Event(
            type="WorkerRegistered",
            entity_id=doc["id"],
            entity_version=1,
            occurred_at=now(),
            data=doc,
        )
        for doc in docs
    ]
    started, cpu = time.perf_counter(), time.process_time()
    for first in range(0, count, 500):
        async with market.database.as_system() as session:
            await projection.apply(session, events[first : first + 500])
    took, cpu = time.perf_counter() - started, time.process_time() - cpu
    report(f"projection: {count / took:,.0f} events/s, {cpu / count * 1e6:.0f} µs CPU")

    replica, stop = (
        Replica(market.settings.system_database_url, TAXONOMY),
        asyncio.Event(),
    )
    started, cpu = time.perf_counter(), time.process_time()
    following = asyncio.create_task(replica.run(stop))
    await replica.loaded.wait()
    took, cpu = time.perf_counter() - started, time.process_time() - cpu
    report(f"load: {count / took:,.0f} workers/s, {cpu / count * 1e6:.0f} µs CPU each")
    assert replica.worker_count == count
    stop.set()
    await following
