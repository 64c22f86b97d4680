"""Every table that names a person is declared for export and erasure, or excused.

A new table with a person's id in it fails here until it is one or the other: what the
registry does not know, an export would leave out and an erasure would leave behind.
"""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from services.matching.persons.registry import PERSONS as MATCHING
from services.postings.persons.registry import PERSONS as POSTINGS
from services.profiles.privacy.registry import PERSONS as PROFILES
from shared.database import Database
from shared.persons.registry import PersonRegistry
from shared.settings import Settings
from shared.values import new_id

REGISTRIES = (PROFILES, POSTINGS, MATCHING)
BY_NAME = re.compile(
    r"worker|subject|person|caller|account|candidate|applicant|login|e_?mail|phone|name"
    r"|address|birth|contact|entity_id"
)
NAMES_OF_THINGS = {
    "alias",
    "alias_count",
    "alembic_version",
    "concept",
    "concept_change",
    "known_concept",
}
"""Tables of words: what is named there are concepts."""

COLUMNS = text(
    "SELECT table_name, column_name, data_type FROM information_schema.columns"
    " WHERE table_schema = :schema AND is_generated = 'NEVER'"
)


async def tables_with_persons(database: Database, schema: str) -> dict[str, list[str]]:
    """Table → the columns by which it may hold something of a person."""
    found: dict[str, list[str]] = {}
    async with database.as_system() as session:
        for table, column, type in await session.execute(COLUMNS, {"schema": schema}):
            if type == "uuid" or BY_NAME.search(column):
                found.setdefault(table, []).append(column)
    return found


@pytest.fixture(params=REGISTRIES, ids=lambda registry: registry.service)
def registry(request: pytest.FixtureRequest) -> PersonRegistry:
    found: PersonRegistry = request.param
    return found


async def test_every_table_that_may_name_a_person_is_declared(
    settings: Settings, registry: PersonRegistry
) -> None:
    database = Database(settings, registry.service)
    found = await tables_with_persons(database, registry.service)
    declared = {table.table for table in registry.tables} | registry.impersonal.keys()
    undeclared = {
        table: columns
        for table, columns in found.items()
        if table not in declared | NAMES_OF_THINGS
    }
    assert undeclared == {}
    assert declared <= found.keys() | {"erased_person"}
    await database.dispose()


def test_no_table_is_declared_twice(registry: PersonRegistry) -> None:
    names = [table.table for table in registry.tables]
    assert len(names) == len(set(names))
    assert not registry.impersonal.keys() & set(names)


def test_what_stays_says_why(registry: PersonRegistry) -> None:
    for table in registry.tables:
        assert table.what
        assert table.erase is None or table.kept is None
    assert all(registry.impersonal.values())


async def test_every_statement_of_the_registry_runs(
    settings: Settings, registry: PersonRegistry
) -> None:
    database = Database(settings, registry.service)
    person = new_id()
    async with database.as_system() as session:
        held = await registry.export(session, person)
        assert held == {table.table: [] for table in registry.tables}
        assert await registry.held(session, person) == {}
        erased = await registry.erase(session, person)
        assert [number for number in erased.values() if number] == []
    await database.dispose()
