"""A pooled connection that is no more is replaced before anybody works with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from shared import pool_checks
from shared.database import Database
from shared.settings import Settings
from tests.databases import execute

END_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = 'rollcall notes system'"
)
BACKEND = text("SELECT pg_backend_pid()")


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    made = Database(settings, "notes")
    yield made
    await made.dispose()


async def backend(database: Database) -> int:
    async with database.as_system() as session:
        return int((await session.execute(BACKEND)).scalar_one())


async def test_a_connection_is_used_again(database: Database) -> None:
    assert await backend(database) == await backend(database)


async def test_a_connection_that_the_server_ended_is_replaced(
    database: Database, settings: Settings
) -> None:
    before = await backend(database)
    execute(settings.database_url, END_ALL)
    await asyncio.sleep(0.05)  # the driver hears of it
    assert await backend(database) != before


async def test_the_end_of_one_is_seen_before_the_driver_hears_of_it(
    database: Database, settings: Settings
) -> None:
    before = await backend(database)
    execute(settings.database_url, END_ALL)
    time.sleep(0.1)  # noqa: ASYNC251 - the loop stands meanwhile
    assert await backend(database) != before


async def test_one_that_lay_unused_is_asked_before_it_is_trusted(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_checks, "TRUSTED_SECONDS", -1.0)
    before = await backend(database)
    assert await backend(database) == before
    # the loop stands meanwhile, so that the driver has heard nothing yet
    execute(settings.database_url, END_ALL)
    assert await backend(database) != before


async def test_a_statement_alone_is_a_transaction_that_lasts(
    database: Database,
) -> None:
    async with database.as_system_alone() as session:
        await session.execute(text("CREATE TEMPORARY TABLE kept AS SELECT 1 AS one"))
    async with database.as_system_alone() as session:
        await session.execute(text("SET LOCAL transaction_timeout = 1"))
        found = await session.execute(text("SHOW transaction_timeout"))
    assert found.scalar_one() != "1ms"
    async with database.as_system() as session:
        kept = await session.execute(text("SELECT one FROM kept"))
    assert kept.scalar_one() == 1
