"""What a row in the audit log costs the write that it tells of, and how fast a log is
sealed and verified.

The write is like a booking: a row locked and changed, its shifts read, an event
recorded, one durable commit. Both kinds alternate in one run, on a real server with
fsync on; the sealer runs meanwhile, as it does in production.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from uuid import UUID

import numpy as np
from sqlalchemy import insert, text

from infra.embedded.guard import Guard
from infra.embedded.servers import delete_server_files, servers
from infra.migrate import migrate_now
from services.postings.models import audit, known_concept
from services.postings.postings.commands import create_posting, edit_posting
from shared.audit.sealing import Sealer
from shared.audit.verifying import verify
from shared.database import Database, new_engine
from shared.identity import Caller, Role
from shared.settings import Settings
from shared.values import new_id
from tests.postings.builders import CERTIFICATES, OCCUPATIONS, SKILLS, a_posting

TARGET = 1.15
WRITERS = (1, 4)
WARM_UP = 50
EMPLOYER = Caller(new_id(), Role.EMPLOYER, new_id())

Times = dict[bool, list[float]]
"""Seconds of each write, without and with an entry."""


def main(scale: int = 1_000) -> None:
    """Prints the ratio of `scale` writes with an entry to as many without."""
    with _installation() as settings:
        migrate_now(settings)
        asyncio.run(_measure(settings, scale))


async def _measure(settings: Settings, scale: int) -> None:
    database = Database(settings, "postings")
    await _vocabulary(database)
    sealer = Sealer(database, audit, settings.audit_dir)
    for writers in WRITERS:
        stop = asyncio.Event()
        sealing = asyncio.create_task(_seal(sealer, stop))
        times: Times = {False: [], True: []}
        share = scale // writers
        await asyncio.gather(
            *(_write(database, share, times, number) for number in range(writers))
        )
        stop.set()
        await sealing
        _tell(writers, times)
    await _tell_verifying(settings, database, sealer)
    await database.dispose()


async def _write(database: Database, pairs: int, times: Times, number: int) -> None:
    """Edit a posting of one's own again and again, every other time on the log."""
    async with database.as_caller(EMPLOYER) as session:
        posting = (await create_posting(session, EMPLOYER, a_posting())).id
    titles = count()
    for turn in range(WARM_UP + pairs):
        # either kind is first as often: what the first leaves cold is shared fairly
        for noted in (False, True) if (turn + number) % 2 else (True, False):
            started = time.perf_counter()
            await _edit(database, posting, next(titles), noted)
            if turn >= WARM_UP:
                times[noted].append(time.perf_counter() - started)


async def _edit(database: Database, posting: UUID, title: int, noted: bool) -> None:
    change = {"title": f"Night shift {title}"}
    async with database.as_caller(EMPLOYER) as session:
        edited = await edit_posting(
            session, EMPLOYER, posting, change, None, whole=False
        )
        if noted:
            told = {"version": edited.version}
            subject = ("posting", posting)
            await audit(session, EMPLOYER, "posting.edit", subject, detail=told)


async def _seal(sealer: Sealer, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await sealer.seal_all()
        await asyncio.sleep(1)


def _tell(writers: int, times: Times) -> None:
    off, on = (np.array(times[noted]) * 1000 for noted in (False, True))
    medians = np.median(on) / np.median(off)
    print(
        f"edit, {writers} writer{'s' if writers > 1 else ' '}"
        f"   without {np.median(off):6.2f} ms   with an entry {np.median(on):6.2f} ms"
        f"   ratio of medians {medians:.3f}, of means {on.mean() / off.mean():.3f}"
        f"   (wanted: at most {TARGET})"
    )


async def _tell_verifying(
    settings: Settings, database: Database, sealer: Sealer, rows: int = 50_000
) -> None:
    await sealer.seal_all()
    async with database.as_system() as session:
        await session.execute(
            text(
                "INSERT INTO postings.audit_entry (actor, actor_role, action,"
                " subject_kind, subject_id) SELECT gen_random_uuid(), 'operator',"
                " 'posting.edit', 'posting', gen_random_uuid()"
                " FROM generate_series(1, :rows)"
            ),
            {"rows": rows},
        )
    started = time.perf_counter()
    sealed = await sealer.seal_all()
    sealing = sealed / (time.perf_counter() - started)
    engine = new_engine(settings.auditor_database_url, "benchmark", 1)
    started = time.perf_counter()
    verdict = await verify(engine, "postings", settings.audit_dir)
    verifying = verdict.checked / (time.perf_counter() - started)
    await engine.dispose()
    if not verdict.sound:
        raise AssertionError(f"the log does not verify: {verdict.lines()}")
    print(
        f"sealed {sealing:,.0f} rows/s   verified {verifying:,.0f} rows/s"
        f"   ({verdict.checked:,} rows in {verdict.seals:,} seals)"
    )


async def _vocabulary(database: Database) -> None:
    names = [("skill", name) for name in SKILLS]
    names += [("occupation", name) for name in OCCUPATIONS]
    names += [("certificate", name) for name in CERTIFICATES]
    rows = [
        {"kind": kind, "id": name, "version": 1, "retired": False}
        for kind, name in names
    ]
    async with database.as_system() as session:
        await session.execute(insert(known_concept), rows)


@contextmanager
def _installation() -> Iterator[Settings]:
    """A database of its own that keeps what it commits."""
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as directory:
        data_dir = Path(directory) / "data"
        guard = Guard()
        try:
            with servers(data_dir, guard, max_connections=40) as both:
                yield Settings.from_environment(
                    {
                        "ROLLCALL_DATABASE_URL": both.database_url,
                        "ROLLCALL_REDIS_URL": both.redis_url,
                        "ROLLCALL_DATA_DIR": str(data_dir),
                    }
                )
        finally:
            guard.release()
            delete_server_files(data_dir)
