"""The second wall: what the app login sees and writes, whatever the code above does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.databases import plain
from tests.postings.conftest import Api, an_employer

COUNT = "SELECT count(*) FROM postings.posting"
COUNT_SHIFTS = "SELECT count(*) FROM postings.shift"
ADD_SHIFTS = """
    INSERT INTO postings.shift
    SELECT gen_random_uuid(), posting_id, $1,
        starts_at, starts_at + interval '1 hour', 1
    FROM postings.shift
"""


@asynccontextmanager
async def app_login(api: Api) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await asyncpg.connect(plain(api.settings.app_database_url))
    try:
        yield connection
    finally:
        await connection.close()


async def be(connection: asyncpg.Connection[Any], tenant: UUID | None) -> None:
    """Within the open transaction."""
    setting = "SELECT set_config('rollcall.tenant', $1, true)"
    await connection.execute(setting, str(tenant or ""))


async def test_with_nothing_set_only_open_postings_are_there(lone_api: Api) -> None:
    api = lone_api
    await api.created()
    await api.created(hold="look")
    late = await api.created(publish=True)
    api.let_the_deadline_pass(late["id"])
    async with app_login(api) as connection:
        assert await connection.fetchval(COUNT) == 0
        assert await connection.fetchval(COUNT_SHIFTS) == 0
        made = await api.created(publish=True)
        rows = await connection.fetch("SELECT id FROM postings.posting")
        assert [str(row["id"]) for row in rows] == [made["id"]]
        assert await connection.fetchval(COUNT_SHIFTS) == 2


async def test_nothing_stays_behind_on_a_reused_connection(lone_api: Api) -> None:
    api = lone_api
    await api.created()
    async with app_login(api) as connection:
        async with connection.transaction():
            await be(connection, api.employer.tenant)
            assert await connection.fetchval(COUNT) == 1
            assert await connection.fetchval(COUNT_SHIFTS) == 2
        assert await connection.fetchval(COUNT) == 0
        assert await connection.fetchval(COUNT_SHIFTS) == 0


async def test_another_tenant_sees_and_changes_nothing(lone_api: Api) -> None:
    api = lone_api
    await api.created()
    opened = await api.created(publish=True)
    async with app_login(api) as connection, connection.transaction():
        await be(connection, an_employer().tenant)
        assert await connection.fetchval(COUNT) == 1
        update = "UPDATE postings.posting SET title = 'Mine now'"
        assert await connection.execute(update) == "UPDATE 0"
        lock = "SELECT id FROM postings.posting FOR UPDATE"
        assert await connection.fetch(lock) == []
        assert await connection.execute("DELETE FROM postings.shift") == "DELETE 0"
    assert (await api.row(opened["id"]))["title"] != "Mine now"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE postings.posting SET organisation = $1",
        "UPDATE postings.shift SET organisation = $1",
        ADD_SHIFTS,
    ],
)
async def test_nobody_writes_rows_of_another_tenant(
    lone_api: Api, statement: str
) -> None:
    await lone_api.created()
    async with app_login(lone_api) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await be(connection, lone_api.employer.tenant)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement, an_employer().tenant)
        await transaction.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM postings.posting",
        "SELECT data FROM postings.outbox",
        "UPDATE postings.outbox SET type = 'x'",
        "DELETE FROM postings.outbox",
        "DELETE FROM postings.known_concept",
        "UPDATE postings.feed_cursor SET cursor = NULL",
        "ALTER TABLE postings.posting DISABLE ROW LEVEL SECURITY",
    ],
)
async def test_what_the_app_login_may_not_do_at_all(
    lone_api: Api, statement: str
) -> None:
    async with app_login(lone_api) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)


async def test_the_auditor_reads_every_row_and_writes_none(lone_api: Api) -> None:
    await lone_api.created()
    url = plain(lone_api.settings.auditor_database_url)
    connection = await asyncpg.connect(url)
    try:
        assert await connection.fetchval(COUNT) == 1
        with pytest.raises(asyncpg.PostgresError):
            await connection.execute("UPDATE postings.posting SET title = 'x'")
    finally:
        await connection.close()
