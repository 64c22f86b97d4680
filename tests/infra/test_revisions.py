"""Knowing without Alembic what Alembic would say."""

from __future__ import annotations

from alembic.script import ScriptDirectory

from infra.migrate import _config
from infra.revisions import SCHEMAS, is_up_to_date, newest_revisions
from shared.settings import Settings
from tests.databases import execute


def test_the_newest_revision_is_the_one_alembic_finds() -> None:
    assert newest_revisions() == {
        schema: ScriptDirectory.from_config(_config(schema)).get_current_head()
        for schema in SCHEMAS
    }


async def test_a_migrated_database_is_up_to_date(settings: Settings) -> None:
    assert await is_up_to_date(settings)


async def test_an_older_or_empty_database_is_not(settings: Settings) -> None:
    execute(
        settings.database_url,
        "UPDATE matching.alembic_version SET version_num = '0001_matching'",
    )
    assert not await is_up_to_date(settings)
    execute(settings.database_url, "DROP SCHEMA matching CASCADE")
    assert not await is_up_to_date(settings)
