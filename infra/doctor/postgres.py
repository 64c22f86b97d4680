"""What PostgreSQL must be like."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import make_url

from infra.budget import connections_needed
from infra.doctor.findings import Finding, judge
from infra.revisions import newest_revisions
from shared.settings import APP_LOGIN, AUDITOR_LOGIN, SYSTEM_LOGIN, Settings

OLDEST_POSTGRES = 17  # transaction_timeout
SKEW_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Server:
    """What PostgreSQL says about itself."""

    settings: Settings
    facts: Mapping[str, Any]
    roles: Mapping[str, Mapping[str, Any]]
    revisions: Mapping[str, str | None]


def postgres_is_new_enough(server: Server) -> Finding:
    number = int(server.facts["server_version_num"]) // 10000
    return judge(
        "postgres version",
        number >= OLDEST_POSTGRES and server.facts["transaction_timeout"] is not None,
        str(server.facts["server_version"]),
        f"{server.facts['server_version']}; needs {OLDEST_POSTGRES} or newer",
    )


def connections_suffice(server: Server) -> Finding:
    allowed = int(server.facts["max_connections"])
    needed = connections_needed(server.settings)
    detail = f"max_connections {allowed}, budget {needed}"
    return judge("connections", allowed >= needed, detail, detail)


def roles_have_the_right_power(server: Server) -> Finding:
    """The migrator is above the row walls, and nobody else is."""
    wrong = [
        f"{login} does not exist (run `rollcall migrate`)"
        for login in (APP_LOGIN, SYSTEM_LOGIN, AUDITOR_LOGIN)
        if login not in server.roles
    ]
    for name, role in server.roles.items():
        mighty = role["rolsuper"] or role["rolbypassrls"]
        migrator = name == server.facts["current_user"]
        if mighty and not migrator:
            wrong.append(f"{name} can pass the row walls")
        if migrator and not mighty:
            wrong.append(f"{name} needs BYPASSRLS")
    return judge("roles", not wrong, ", ".join(server.roles), "; ".join(wrong))


def schemas_are_migrated(server: Server) -> Finding:
    newest = newest_revisions()
    behind = [
        f"{schema} is at {server.revisions.get(schema)}, newest is {revision}"
        for schema, revision in newest.items()
        if (server.revisions.get(schema) or "") != revision
    ]
    hint = "; ".join(behind) + " (run `rollcall migrate`)"
    return judge("schemas", not behind, "newest revisions", hint)


def postgres_keeps_its_promises(server: Server) -> Finding:
    off = [
        name
        for name in ("fsync", "full_page_writes", "data_checksums")
        if server.facts[name] != "on"
    ]
    detail = "fsync, full pages, checksums"
    if off:
        return Finding("durability", "warning", f"off: {', '.join(off)}")
    return Finding("durability", "ok", detail)


def database_clock_agrees(server: Server) -> Finding:
    skew = float(server.facts["skew"])
    detail = f"{skew:+.3f} s against PostgreSQL"
    return judge("clock", abs(skew) <= SKEW_SECONDS, detail, detail)


POSTGRES_CHECKS: tuple[Callable[[Server], Finding], ...] = (
    postgres_is_new_enough,
    connections_suffice,
    roles_have_the_right_power,
    schemas_are_migrated,
    postgres_keeps_its_promises,
    database_clock_agrees,
)


def postgres_findings(settings: Settings) -> Iterator[Finding]:
    try:
        server = asyncio.run(ask_postgres(settings))
    except (
        OSError,
        TimeoutError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
    ) as fault:
        yield Finding("postgres", "fault", f"cannot be asked: {fault}")
        return
    for check in POSTGRES_CHECKS:
        yield check(server)


async def ask_postgres(settings: Settings) -> Server:
    url = make_url(settings.database_url).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(False), timeout=5)
    try:
        before = time.time()
        facts = await connection.fetchrow(
            """
            SELECT extract(epoch FROM clock_timestamp())::float8 AS clock,
                   current_user::text AS current_user,
                   current_setting('server_version') AS server_version,
                   current_setting('server_version_num') AS server_version_num,
                   current_setting('transaction_timeout', true) AS transaction_timeout,
                   current_setting('max_connections') AS max_connections,
                   current_setting('fsync') AS fsync,
                   current_setting('full_page_writes') AS full_page_writes,
                   current_setting('data_checksums') AS data_checksums
            """
        )
        middle = (before + time.time()) / 2
        roles = await connection.fetch(
            "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles"
            " WHERE rolname = current_user OR rolname = ANY($1)",
            [APP_LOGIN, SYSTEM_LOGIN, AUDITOR_LOGIN],
        )
        revisions = {}
        for schema in newest_revisions():
            table = f"{schema}.alembic_version"
            if await connection.fetchval("SELECT to_regclass($1)", table):
                revisions[schema] = await connection.fetchval(
                    f"SELECT version_num FROM {table}"
                )
    finally:
        await connection.close()
    return Server(
        settings=settings,
        facts={**facts, "skew": facts["clock"] - middle},
        roles={row["rolname"]: row for row in roles},
        revisions=revisions,
    )
