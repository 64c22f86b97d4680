"""Which revision each schema should have, and has: no more than two cheap looks.

Migrating imports Alembic and takes a lock; most starts find everything in place.
"""

from __future__ import annotations

from pathlib import Path

import asyncpg
from sqlalchemy import make_url

from shared.settings import APP_LOGIN, AUDITOR_LOGIN, SYSTEM_LOGIN, Settings

SCHEMAS = ("profiles", "postings", "matching")
MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def newest_revisions() -> dict[str, str]:
    """schema → the newest revision this code knows.

    A revision is named as its file, and files count up: `0001_profiles.py`.
    """
    return {
        schema: max(path.stem for path in (MIGRATIONS / schema).glob("versions/0*.py"))
        for schema in SCHEMAS
    }


async def is_up_to_date(settings: Settings) -> bool:
    """Whether every schema has its newest revision and all logins exist."""
    url = make_url(settings.database_url).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        held = {
            schema: await connection.fetchval(
                f"SELECT version_num FROM {schema}.alembic_version"
            )
            for schema in SCHEMAS
        }
        logins = await connection.fetchval(
            "SELECT count(*) FROM pg_roles WHERE rolname = ANY($1)",
            [APP_LOGIN, SYSTEM_LOGIN, AUDITOR_LOGIN],
        )
    except asyncpg.UndefinedTableError:
        return False
    finally:
        await connection.close()
    return held == newest_revisions() and logins == 3
