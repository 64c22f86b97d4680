"""What every other test relies on."""

import asyncpg
import redis.asyncio

from shared.settings import Settings
from tests.databases import execute, plain


async def test_each_test_has_a_migrated_database_of_its_own(
    settings: Settings, template_database_url: str
) -> None:
    assert settings.database_url != template_database_url
    connection = await asyncpg.connect(plain(settings.database_url))
    try:
        schemas = await connection.fetch("SELECT nspname FROM pg_namespace")
    finally:
        await connection.close()
    assert {"profiles", "postings", "matching"} <= {row["nspname"] for row in schemas}


async def test_the_services_log_in_with_less_power_than_the_migrator(
    settings: Settings,
) -> None:
    connection = await asyncpg.connect(plain(settings.app_database_url))
    try:
        assert await connection.fetchval("SELECT current_user") == "rollcall_app"
        assert await connection.fetchval("SHOW is_superuser") == "off"
        assert await connection.fetchval("SHOW transaction_timeout") == "5s"
    finally:
        await connection.close()


def test_what_one_test_writes_the_next_does_not_see_1(settings: Settings) -> None:
    execute(settings.database_url, "CREATE TABLE left_behind ()")


def test_what_one_test_writes_the_next_does_not_see_2(settings: Settings) -> None:
    execute(settings.database_url, "CREATE TABLE left_behind ()")


async def test_valkey_is_empty(redis_url: str) -> None:
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        assert await client.dbsize() == 0
        await client.set("left", "behind")


async def test_valkey_is_empty_again(redis_url: str) -> None:
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        assert await client.dbsize() == 0
