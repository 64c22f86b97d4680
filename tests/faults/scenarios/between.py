"""Crashes at every point between a command and its list, lost answers of commits, and
a restored backup: all services at work."""

from __future__ import annotations

import asyncio
import os
import subprocess
from dataclasses import replace

from sqlalchemy import make_url

from infra.embedded.postgres import SOCKET_NAME, Postgres
from shared.settings import Settings
from tests.benchmarks.figures import Figure
from tests.databases import execute
from tests.faults.checking import checked
from tests.faults.ground import Ground, another_postgres
from tests.faults.points import POINTS, POSTINGS, Fault
from tests.faults.proxy import Proxy, proxy
from tests.faults.system import (
    KEPT_TWICE,
    NEVER_RANKED,
    ORPHANS,
    Employer,
    System,
    open_system,
)

SETTLED_SECONDS = 90.0
AGE = """DO $$ BEGIN FOR number IN 1..50000 LOOP
    PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"""
LOST_SHARE = 0.05


async def crashed(ground: Ground, times: int) -> list[Figure]:
    """One process crashes with the first thing that passes a point, and is started
    again."""
    async with open_system(ground) as system:
        system.apis.start()
        system.workers.start()
        await system.employer.publish()
        await system.until_ranked(SETTLED_SECONDS)
        for name, point in POINTS.items():
            mortal = system.apis if point.module == POSTINGS else system.workers
            for _ in range(times):
                mortal.end()
                mortal.start(Fault(name))
                sent = asyncio.create_task(system.employer.publish())
                await mortal.ended(60)
                mortal.start()
                await sent
            mortal.end()
            mortal.start()
        took = await system.until_ranked(SETTLED_SECONDS)
        return [
            Figure("crashed: at so many points", len(POINTS), "x", 6),
            Figure("crashed: until all was ranked after the last", took, "s"),
            *await _whole("crashed", system),
        ]


async def commits(ground: Ground, commands: int) -> list[Figure]:
    """Commits that PostgreSQL has made and whose answer is lost: the client sends its
    command again under the same key."""
    with proxy(ground.postgres.sockets / SOCKET_NAME) as wire:
        async with open_system(ground, lambda s: _app_through(s, wire)) as system:
            system.apis.start()
            system.workers.start()
            await system.employer.publish()
            wire.lose = LOST_SHARE
            await system.employer.publish_all(commands)
            wire.lose = 0.0
            await system.until_ranked(SETTLED_SECONDS + commands / 20)
            return [
                Figure("commits: answers lost", wire.lost, "x", commands * 0.03),
                *await _whole("commits", system),
            ]


async def restored(ground: Ground, commands: int) -> list[Figure]:
    """A backup that was taken while all was at work becomes a new cluster, under
    processes that go on; what was promised after the backup is lost with the old one,
    and nothing else."""
    with (
        proxy(ground.postgres.sockets / SOCKET_NAME) as wire,
        another_postgres(ground.guard) as fresh,
    ):
        async with open_system(ground, lambda s: _all_through(s, wire)) as system:
            system.apis.start()
            system.workers.start()
            employer = system.employer
            await employer.publish()
            await employer.publish_all(commands)
            await system.until_ranked(SETTLED_SECONDS + commands / 20)
            # an old cluster has counted further than a new one will for a while
            await asyncio.to_thread(execute, system.scene.settings.database_url, AGE)
            await employer.publish()
            # as the loop of old events leaves it behind
            await system.scene.fetch(
                "WITH gone AS (DELETE FROM postings.outbox RETURNING xid, id)"
                " INSERT INTO postings.outbox_pruned (xid, id)"
                " SELECT xid, id FROM gone ORDER BY xid DESC, id DESC LIMIT 1"
            )
            later = asyncio.create_task(employer.publish_all(commands))
            kept = dict(employer.published)
            old = system.scene.settings
            await asyncio.to_thread(
                copy_cluster, ground.postgres, fresh, old.database_url
            )
            await later
            wire.upstream = fresh.sockets / SOCKET_NAME
            await asyncio.to_thread(wire.cut)
            await system.scene.looks_at(
                replace(
                    old,
                    database_url=_in(fresh, old.database_url),
                    system_database_url=_in(fresh, old.system_database_url),
                )
            )
            after = Employer(employer.http)
            await after.publish_all(commands)
            promised = {*kept.values(), *after.published.values()}
            took = await system.until_ranked(SETTLED_SECONDS)
            missing = await system.scene.fetch(
                "SELECT id FROM unnest($1::uuid[]) AS promised (id)"
                " WHERE id NOT IN (SELECT id FROM postings.posting)",
                list(promised),
            )
            return [
                Figure("restored: until all was ranked", took, "s"),
                Figure("restored: promised and missing", len(missing), "count", 0),
                *await _settled("restored", system),
            ]


async def _whole(name: str, system: System) -> list[Figure]:
    scene, keys = system.scene, len(system.employer.published)
    effects = await scene.count("postings.posting")
    return [
        Figure(f"{name}: commands answered", keys, "x", 1),
        Figure(f"{name}: effects beyond the keys", abs(effects - keys), "count", 0),
        Figure(
            f"{name}: without one event each",
            await scene.count(KEPT_TWICE),
            "count",
            0,
        ),
        *await _settled(name, system),
    ]


async def _settled(name: str, system: System) -> list[Figure]:
    scene = system.scene
    runs = len((await scene.history()).runs)
    return [
        Figure(f"{name}: orphaned runs", await scene.count(ORPHANS), "count", 0),
        Figure(f"{name}: never ranked", await scene.count(NEVER_RANKED), "count", 0),
        *await checked(name, scene, system.apis, system.workers, done=runs),
    ]


def copy_cluster(source: Postgres, target: Postgres, database_url: str) -> None:
    """Roles and one database, as an operator does it with what PostgreSQL brings."""
    roles = _run(source, "pg_dumpall", "--roles-only")
    _run(target, "psql", "--dbname=postgres", words=roles, strict=False)
    name = str(make_url(database_url).database)
    dump = _run(source, "pg_dump", name)
    execute(target.url, f'CREATE DATABASE "{name}"')
    _run(target, "psql", f"--dbname={name}", "-v", "ON_ERROR_STOP=1", words=dump)


def _run(
    server: Postgres,
    program: str,
    *arguments: str,
    words: bytes = b"",
    strict: bool = True,
) -> bytes:
    where = [f"--host={server.sockets}", "--username=rollcall"]
    done = subprocess.run(
        [server.programs / program, *where, *arguments],
        input=words,
        capture_output=True,
        env={"PATH": os.defpath},
        check=False,
    )
    if strict and done.returncode:
        raise AssertionError(done.stderr.decode()[-2000:])
    return done.stdout


def _in(server: Postgres, database_url: str) -> str:
    """The same login and database, in another cluster."""
    there = make_url(server.url).query
    return make_url(database_url).set(query=there).render_as_string(False)


def _app_through(settings: Settings, wire: Proxy) -> Settings:
    return replace(settings, app_database_url=wire.to(settings.app_database_url))


def _all_through(settings: Settings, wire: Proxy) -> Settings:
    return replace(
        settings,
        database_url=wire.to(settings.database_url),
        app_database_url=wire.to(settings.app_database_url),
        system_database_url=wire.to(settings.system_database_url),
        auditor_database_url=wire.to(settings.auditor_database_url),
    )
