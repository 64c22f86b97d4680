"""What can be wrong with an installation, each a named check."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

import asyncpg
import redis
from sqlalchemy import make_url

from infra.budget import connections_needed
from infra.embedded.accounts import NoAccount, server_account
from infra.embedded.binaries import NoServerProgram, postgres_programs, valkey_program
from infra.revisions import newest_revisions
from shared.settings import APP_LOGIN, AUDITOR_LOGIN, SYSTEM_LOGIN, Settings

OLDEST_POSTGRES = 17  # transaction_timeout
SKEW_SECONDS = 2.0
LEAST_FREE_GIB = 1.0
PIN = re.compile(r"^([\w.-]+)==([^\s;]+) \\$", re.MULTILINE)
LOCK = Path(__file__).resolve().parent.parent / "locks" / "app.txt"

State = Literal["ok", "warning", "fault", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    state: State
    detail: str


@dataclass(frozen=True, slots=True)
class Server:
    """What PostgreSQL says about itself."""

    settings: Settings
    facts: Mapping[str, Any]
    roles: Mapping[str, Mapping[str, Any]]
    revisions: Mapping[str, str | None]


def examine(data_dir: Path, settings: Settings | None) -> list[Finding]:
    """All checks; only the local ones without settings (nothing runs, none is set)."""
    findings = [check(data_dir) for check in LOCAL_CHECKS]
    if settings is None:
        why = "nothing runs here and no ROLLCALL_DATABASE_URL is set"
        return [*findings, Finding("servers", "skipped", why)]
    return [*findings, *_postgres_findings(settings), *_valkey_findings(settings)]


def python_is_supported(data_dir: Path) -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return _judge("python", fits, found, f"{found}; needs 3.11 to 3.13")


def packages_are_the_locked_ones(data_dir: Path) -> Finding:
    wrong = []
    pins = PIN.findall(LOCK.read_text())
    for name, wanted in pins:
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "missing"
        if found != wanted:
            wrong.append(f"{name} is {found}, locked {wanted}")
    return _judge("packages", not wrong, f"{len(pins)} as locked", "; ".join(wrong))


def server_programs_can_run(data_dir: Path) -> Finding:
    try:
        account = server_account()
        programs = postgres_programs(account)
        valkey_program(account)
    except (NoAccount, NoServerProgram) as fault:
        return Finding("server programs", "fault", str(fault))
    return Finding("server programs", "ok", str(programs))


def disk_has_room(data_dir: Path) -> Finding:
    there = next(path for path in (data_dir, *data_dir.parents) if path.exists())
    free = shutil.disk_usage(there).free / 2**30
    return _judge(
        "disk", free >= LEAST_FREE_GIB, f"{free:.1f} GiB free", f"{free:.1f} GiB free"
    )


def data_directory_is_private(data_dir: Path) -> Finding:
    if not data_dir.exists():
        return Finding("data directory", "ok", f"{data_dir}, not made yet")
    mode = data_dir.stat().st_mode & 0o777
    # Root lends its servers an account, which has to pass through.
    private = not mode & 0o066
    return _judge(
        "data directory",
        private,
        f"{data_dir} ({mode:o})",
        f"others can look into {data_dir} ({mode:o})",
    )


def postgres_is_new_enough(server: Server) -> Finding:
    number = int(server.facts["server_version_num"]) // 10000
    return _judge(
        "postgres version",
        number >= OLDEST_POSTGRES and server.facts["transaction_timeout"] is not None,
        str(server.facts["server_version"]),
        f"{server.facts['server_version']}; needs {OLDEST_POSTGRES} or newer",
    )


def connections_suffice(server: Server) -> Finding:
    allowed = int(server.facts["max_connections"])
    needed = connections_needed(server.settings)
    detail = f"max_connections {allowed}, budget {needed}"
    return _judge("connections", allowed >= needed, detail, detail)


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
    return _judge("roles", not wrong, ", ".join(server.roles), "; ".join(wrong))


def schemas_are_migrated(server: Server) -> Finding:
    newest = newest_revisions()
    behind = [
        f"{schema} is at {server.revisions.get(schema)}, newest is {revision}"
        for schema, revision in newest.items()
        if (server.revisions.get(schema) or "") != revision
    ]
    hint = "; ".join(behind) + " (run `rollcall migrate`)"
    return _judge("schemas", not behind, "newest revisions", hint)


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
    return _judge("clock", abs(skew) <= SKEW_SECONDS, detail, detail)


LOCAL_CHECKS: tuple[Callable[[Path], Finding], ...] = (
    python_is_supported,
    packages_are_the_locked_ones,
    server_programs_can_run,
    disk_has_room,
    data_directory_is_private,
)
POSTGRES_CHECKS: tuple[Callable[[Server], Finding], ...] = (
    postgres_is_new_enough,
    connections_suffice,
    roles_have_the_right_power,
    schemas_are_migrated,
    postgres_keeps_its_promises,
    database_clock_agrees,
)


def _postgres_findings(settings: Settings) -> Iterator[Finding]:
    try:
        server = asyncio.run(_ask_postgres(settings))
    except (OSError, TimeoutError, asyncpg.PostgresError) as fault:
        yield Finding("postgres", "fault", f"cannot be asked: {fault}")
        return
    for check in POSTGRES_CHECKS:
        yield check(server)


async def _ask_postgres(settings: Settings) -> Server:
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


def _valkey_findings(settings: Settings) -> Iterator[Finding]:
    try:
        with redis.Redis.from_url(settings.redis_url, socket_timeout=5) as client:
            server: dict[str, Any] = client.info()
    except (redis.RedisError, OSError) as fault:
        yield Finding("valkey", "fault", f"cannot be asked: {fault}")
        return
    yield Finding(
        "valkey", "ok", f"{server.get('valkey_version', server['redis_version'])}"
    )
    policy = server["maxmemory_policy"]
    yield _judge(
        "eviction",
        policy == "noeviction",
        policy,
        f"maxmemory-policy is {policy}; a queue needs noeviction",
    )
    if server["aof_enabled"]:
        yield Finding("persistence", "ok", "append-only file")
    else:
        # PostgreSQL holds the truth: a wiped Valkey costs only seconds.
        yield Finding("persistence", "warning", "no append-only file")


def _judge(name: str, fine: bool, detail: str, complaint: str) -> Finding:
    return Finding(name, "ok" if fine else "fault", detail if fine else complaint)
