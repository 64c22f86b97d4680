"""Whatever writers do to the order of a feed, the read model equals the source."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from services.matching.intake.following import followers
from tests.databases import plain
from tests.matching.documents import a_worker
from tests.matching.market import Market, report

WRITERS = 8
ENTITIES = 150
EVENTS = 10_000
IMPORTED = 3_000

BUMP = """
INSERT INTO profiles.source_row AS held VALUES ($1, 1, $2)
ON CONFLICT (id) DO UPDATE SET version = held.version + 1, doc = excluded.doc
RETURNING version
"""
TELL = """
INSERT INTO profiles.outbox (type, entity_id, entity_version, schema_version, data)
VALUES ($1, $2, $3, 1, $4)
"""


class RolledBack(Exception):
    pass


async def test_eight_writers_an_import_long_transactions_and_rollbacks(
    market: Market,
) -> None:
    random = Random(20261124)
    ids = [str(UUID(int=random.getrandbits(128))) for _ in range(ENTITIES)]
    # two processes follow the same feeds: one of them must find nothing left to do
    again = followers(market.settings, market.database, market.http, market.doorbell)
    second = asyncio.create_task(again[0].run(market.stop))
    market.running.append(second)
    market.start("profiles", "index")
    await market.seen()

    written = await asyncio.gather(
        *(_write(market, ids, seed) for seed in range(WRITERS)), _import(market)
    )
    assert sum(written) >= EVENTS
    # what comes last in the feed is seen last
    await market.seen(
        profiles=await market.profiles.publish("WorkerRegistered", a_worker())
    )

    connection = await asyncpg.connect(plain(market.settings.database_url))
    try:
        different = await connection.fetch(
            """
            SELECT s.id, s.version, w.version AS held
            FROM profiles.source_row s FULL JOIN matching.worker w ON w.id::text = s.id
            WHERE (s.version, s.doc) IS DISTINCT FROM (w.version, w.doc)
            """
        )
        applied_twice = await connection.fetch(
            "SELECT entity_id, version FROM matching.change GROUP BY 1, 2"
            " HAVING count(*) > 1"
        )
        out_of_order = await connection.fetchval(
            """
            SELECT count(*) FROM (
                SELECT entity_version < lag(entity_version)
                    OVER (PARTITION BY entity_id ORDER BY xid, id) AS backwards
                FROM profiles.outbox
            ) AS told WHERE backwards
            """
        )
        versions = await connection.fetchval(
            "SELECT count(*) FROM (SELECT version, lag(version) OVER"
            " (PARTITION BY entity_id ORDER BY seq) AS before FROM matching.change)"
            " AS logged WHERE version <= before"
        )
    finally:
        await connection.close()
    report(f"{sum(written)} events, {out_of_order} of them told after a later version")
    assert out_of_order > 0, "the writers were not adversarial"
    assert not different
    assert not applied_twice
    assert versions == 0
    assert market.replica.worker_count == ENTITIES + IMPORTED + 1


async def _write(market: Market, ids: list[str], seed: int) -> int:
    """Transactions of a few events on hot rows; some stay open, some roll back."""
    random = Random(seed)
    connection = await asyncpg.connect(plain(market.settings.database_url))
    written = 0
    try:
        while written < (EVENTS - IMPORTED) / WRITERS:
            # in one order, so that writers wait for each other but never in a circle
            chosen = sorted(random.sample(ids, random.randint(1, 12)))
            try:
                async with connection.transaction():
                    # the transaction's place in the feed is fixed here, its rows later
                    await connection.execute("SELECT pg_current_xact_id()")
                    if random.random() < 0.2:
                        await asyncio.sleep(random.random() * 0.05)
                    for id in chosen:
                        await _tell(connection, "WorkerChanged", a_worker(UUID(id)))
                    if random.random() < 0.1:
                        raise RolledBack
            except RolledBack:
                continue
            written += len(chosen)
    finally:
        await connection.close()
    return written


async def _import(market: Market) -> int:
    connection = await asyncpg.connect(plain(market.settings.database_url))
    try:
        for _ in range(IMPORTED // 1000):
            async with connection.transaction():
                for _ in range(1000):
                    await _tell(connection, "WorkerRegistered", a_worker())
    finally:
        await connection.close()
    return IMPORTED


async def _tell(connection: asyncpg.Connection, type: str, doc: dict[str, Any]) -> None:
    document = orjson.dumps(doc).decode()
    version = await connection.fetchval(BUMP, doc["id"], document)
    document = orjson.dumps(doc | {"version": version}).decode()
    await connection.execute(
        "UPDATE profiles.source_row SET doc = $2 WHERE id = $1", doc["id"], document
    )
    await connection.execute(TELL, type, doc["id"], version, document)
