"""Bring a database to the version of this code: logins, schemas, tables.

Each service's schema has its own history and its own version table, so that a service
may live in its own database.
"""

from __future__ import annotations

import asyncio

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from infra.revisions import MIGRATIONS, SCHEMAS
from shared.database import asyncpg_url
from shared.settings import APP_LOGIN, AUDITOR_LOGIN, SYSTEM_LOGIN, Settings

# one migration at a time in a whole cluster: the logins belong to all databases
LOCK = 0x726F6C6C


async def migrate(settings: Settings) -> dict[str, str]:
    """Create the logins and bring every schema to its newest revision.

    Returns schema → revision. Safe to call from several processes at once.
    """
    engine = create_async_engine(asyncpg_url(settings.database_url))
    try:
        async with engine.connect() as connection:
            await connection.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
            await connection.commit()
            try:
                await connection.run_sync(_create_logins, settings)
                await connection.commit()
                revisions = {}
                for schema in SCHEMAS:
                    revisions[schema] = await connection.run_sync(
                        _upgrade, schema, settings
                    )
                    await connection.commit()
                return revisions
            finally:
                await connection.rollback()
                await connection.execute(text(f"SELECT pg_advisory_unlock({LOCK})"))
                await connection.commit()
    finally:
        await engine.dispose()


def migrate_now(settings: Settings) -> dict[str, str]:
    """`migrate` for callers without an event loop."""
    return asyncio.run(migrate(settings))


def _create_logins(connection: Connection, settings: Settings) -> None:
    logins = {
        APP_LOGIN: settings.app_database_url,
        SYSTEM_LOGIN: settings.system_database_url,
        AUDITOR_LOGIN: settings.auditor_database_url,
    }
    for login, url in logins.items():
        exists = connection.execute(
            text("SELECT 1 FROM pg_roles WHERE rolname = :login"), {"login": login}
        ).first()
        if not exists:
            connection.execute(text(f"CREATE ROLE {login} LOGIN"))
        password = make_url(url).password
        if password:
            # ALTER ROLE takes no parameters; quote_literal makes the text safe
            quoted = connection.execute(
                text("SELECT quote_literal(:password)"), {"password": str(password)}
            ).scalar_one()
            connection.execute(text(f"ALTER ROLE {login} PASSWORD {quoted}"))
        # an open writing transaction holds back what every feed may show
        connection.execute(text(f"ALTER ROLE {login} SET transaction_timeout = '5s'"))
    connection.execute(
        text(f"ALTER ROLE {AUDITOR_LOGIN} SET default_transaction_read_only = on")
    )
    # the feed's epoch names the cluster
    connection.execute(
        text(
            "GRANT EXECUTE ON FUNCTION pg_control_system(), pg_control_checkpoint()"
            f" TO {SYSTEM_LOGIN}"
        )
    )


def _upgrade(connection: Connection, schema: str, settings: Settings) -> str:
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
    connection.commit()
    config = _config(schema)
    config.attributes["connection"] = connection
    config.attributes["schema"] = schema
    # a revision that seals what lay open needs the installation's secret
    config.attributes["settings"] = settings
    command.upgrade(config, "head")
    context = MigrationContext.configure(
        connection, opts={"version_table_schema": schema}
    )
    return context.get_current_revision() or ""


def _config(schema: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    # a checkout may lie below a path with a colon or a space
    config.set_main_option("version_locations", str(MIGRATIONS / schema / "versions"))
    config.set_main_option("path_separator", "newline")
    return config
