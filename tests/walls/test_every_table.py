"""Every table of every schema: forced behind the wall, and empty to whoever is nobody.

The tables are walked, and each is given rows, so a new one is tested as soon as it is
migrated; whatever is not walled is named here with its reason.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.settings import Settings
from tests.conftest import Measured
from tests.databases import execute, fetch, plain

SCHEMAS = ("profiles", "postings", "matching")

OPEN = {
    "alembic_version": "which migration the schema is at",
    "feed_cursor": "how far other services' feeds were followed",
    "known_concept": "words of the taxonomy",
    "profiles.consent_kind": "what there is to consent to",
    "profiles.retention_rule": "how long what is kept",
    "matching.binding": "words that operators bound; the system login's alone",
    "matching.binding_version": "a counter; the system login's alone",
    "matching.concept": "the taxonomy",
    "matching.concept_change": "the taxonomy",
    "matching.crosswalk": "the taxonomy",
    "matching.entry": "classification schemes",
    "matching.entry_link": "classification schemes",
    "matching.scheme": "classification schemes",
    "matching.taxonomy_load": "which taxonomy was loaded",
    "matching.phrase": "words that several have typed; the system login's alone",
    "matching.phrase_audit": "what became of words; the system login's alone",
}
"""Tables without a wall, by name in one schema or in all, and what is in them."""

TABLES = f"""
    SELECT n.nspname || '.' || c.relname AS name, c.relkind = 'r' AS is_table,
        c.relrowsecurity AND c.relforcerowsecurity AS forced
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN {SCHEMAS} AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    ORDER BY 1
"""
COLUMNS = """
    SELECT attname AS name, format_type(atttypid, NULL) AS type
    FROM pg_attribute
    WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
        AND attgenerated = '' AND attidentity = ''
    ORDER BY attnum
"""
CONSTRAINTS = f"""
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)
        AS drop
    FROM pg_constraint WHERE connamespace::regnamespace::text IN {SCHEMAS}
        AND contype IN ('c', 'f')
"""
TRIGGERS = f"""
    SELECT DISTINCT format('ALTER TABLE %s DISABLE TRIGGER USER', tgrelid::regclass)
        AS drop
    FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
    WHERE c.relnamespace::regnamespace::text IN {SCHEMAS} AND NOT tgisinternal
"""

SOMEBODY = uuid4()
VALUES = {
    "uuid": f"'{SOMEBODY}'",
    "text": "'x'",
    "character varying": "'x'",
    "bytea": "'\\x01'",
    "jsonb": "'{}'",
    "boolean": "true",
    "date": "current_date",
    "timestamp with time zone": "now()",
    "xid8": "'1'",
    "smallint": "1",
    "integer": "1",
    "bigint": "1",
    "double precision": "1",
}
"""A value of each type. Every id is the same, so each row is somebody's own by every
rule: their tenant's, their subject's, their account's."""

NOBODY, SET = (None, None, None), (SOMEBODY, SOMEBODY, SOMEBODY)


@pytest.fixture(scope="module")
def tables(module_settings: Settings) -> list[dict[str, Any]]:
    return fetch(module_settings.database_url, TABLES)


@pytest.fixture(scope="module")
def filled(module_settings: Settings, tables: list[dict[str, Any]]) -> list[str]:
    """The tables, with a row in each; rules about what a row may say are dropped."""
    url = module_settings.database_url
    for rules in (CONSTRAINTS, TRIGGERS):
        execute(url, *(row["drop"] for row in fetch(url, rules)))
    names = [table["name"] for table in tables]
    execute(url, *(statement for name in names for statement in a_row(url, name)))
    counted = {
        name: fetch(url, f"SELECT count(*) AS rows FROM {name}")[0]["rows"]
        for name in names
    }
    assert [name for name, rows in counted.items() if not rows] == []
    return names


def a_row(url: str, table: str) -> Iterator[str]:
    columns = fetch(url, COLUMNS.replace("$1", f"'{table}'"))
    values = []
    for column in columns:
        base, array, _ = column["type"].partition("[]")
        values.append(f"ARRAY[{VALUES[base]}]::{base}[]" if array else VALUES[base])
    names = ", ".join(f'"{column["name"]}"' for column in columns)
    missing = f"WHERE NOT EXISTS (SELECT FROM {table})"
    yield f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} {missing}"


@asynccontextmanager
async def app_login(settings: Settings) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await asyncpg.connect(plain(settings.app_database_url))
    try:
        yield connection
    finally:
        await connection.close()


async def seen(
    connection: asyncpg.Connection[Any], table: str, who: tuple[UUID | None, ...]
) -> int | None:
    """How many rows of it, or None where even asking is refused."""
    async with connection.transaction():
        for name, id in zip(("tenant", "subject", "caller"), who, strict=True):
            if id is not None:
                await connection.execute(
                    "SELECT set_config($1, $2, true)", f"rollcall.{name}", str(id)
                )
        try:
            async with connection.transaction():
                rows: int = await connection.fetchval(f"SELECT count(*) FROM {table}")
        except asyncpg.InsufficientPrivilegeError:
            return None
    return rows


def is_open(name: str) -> bool:
    return name in OPEN or name.partition(".")[2] in OPEN


def test_every_table_is_forced_behind_the_wall_or_says_why_not(
    tables: list[dict[str, Any]],
) -> None:
    assert all(table["is_table"] for table in tables), "a view would go around the wall"
    unwalled = [table["name"] for table in tables if not table["forced"]]
    assert [name for name in unwalled if not is_open(name)] == []
    names = {table["name"] for table in tables}
    known = names | {name.partition(".")[2] for name in names}
    assert OPEN.keys() <= known, "what is gone needs no reason"
    assert {name for name in names if is_open(name)} == set(unwalled)


async def test_with_nothing_set_every_walled_table_is_empty(
    module_settings: Settings, filled: list[str], measured: Measured
) -> None:
    walled = [name for name in filled if not is_open(name)]
    seen_by_their_own = 0
    async with app_login(module_settings) as used:
        for table in walled:
            async with app_login(module_settings) as fresh:
                assert await seen(fresh, table, NOBODY) in (0, None), table
            own = await seen(used, table, SET)
            seen_by_their_own += bool(own)
            # the settings are '' now, and no longer unset
            assert await seen(used, table, NOBODY) in (0, None), table
            assert (
                await used.fetchval("SELECT current_setting('rollcall.tenant')") == ""
            )
    # the rows are there, and it is the wall that hides them
    assert seen_by_their_own >= 15
    measured(
        f"walls: {len(walled)} tables read empty with nothing set, on fresh and on"
        f" reused connections; {seen_by_their_own} of them have rows for their own"
    )


async def test_an_id_of_somebody_else_opens_no_table(
    module_settings: Settings, filled: list[str]
) -> None:
    other = (uuid4(), uuid4(), uuid4())
    async with app_login(module_settings) as connection:
        for table in filled:
            if not is_open(table):
                assert await seen(connection, table, other) in (0, None), table


async def test_a_table_without_a_wall_would_be_seen(
    module_settings: Settings, filled: list[str]
) -> None:
    table = "profiles.sign_in"
    url = module_settings.database_url
    execute(url, f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    execute(url, f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    try:
        [found] = [row for row in fetch(url, TABLES) if row["name"] == table]
        assert not found["forced"]
        async with app_login(module_settings) as connection:
            assert await seen(connection, table, NOBODY) == 1
    finally:
        execute(url, f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        execute(url, f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
