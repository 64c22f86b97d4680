"""Every committed entry is sealed exactly once, in order, whatever goes on."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.audit.sealing import AnchorsDisagree
from shared.database import Database, new_engine
from shared.identity import Caller, Role
from shared.settings import Settings
from shared.values import new_id
from tests.shared.audited import Audited, audited
from tests.shared.notes import audit

IN_ORDER = (
    "SELECT e.id FROM notes.audit_link AS l"
    " JOIN notes.audit_entry AS e ON e.id = l.entry_id ORDER BY l.position"
)


@pytest.fixture
async def log(notes_settings: Settings) -> AsyncIterator[Audited]:
    async with audited(notes_settings) as log:
        yield log


async def test_entries_are_sealed_in_the_order_of_their_transactions(
    log: Audited,
) -> None:
    await log.note(25)
    assert await log.sealer(batch=10).seal_all() == 25
    sealed = await log.fetch(IN_ORDER)
    by_order = await log.fetch("SELECT id FROM notes.audit_entry ORDER BY xid, id")
    assert sealed == by_order
    seals = await log.fetch(
        "SELECT number, first, last, count FROM notes.audit_seal ORDER BY number"
    )
    assert [tuple(seal.values()) for seal in seals] == [
        (1, 1, 10, 10),
        (2, 11, 20, 10),
        (3, 21, 25, 5),
    ]
    verdict = await log.verdict(page=7)
    assert verdict.sound
    assert (verdict.checked, verdict.anchored, verdict.anchored_seal) == (25, 25, 3)


async def test_nothing_new_makes_no_seal(log: Audited) -> None:
    assert await log.sealer().seal_all() == 0
    await log.note()
    assert await log.sealer().seal_all() == 1
    assert await log.sealer().seal_all() == 0
    assert len(await log.fetch("SELECT * FROM notes.audit_seal")) == 1


async def test_an_entry_waits_while_an_older_transaction_is_open(log: Audited) -> None:
    async with log.database.as_system() as slow:
        await audit(slow, None, "note.slow")
        await log.note()
        assert await log.sealer().seal_all() == 0
    assert await log.sealer().seal_all() == 2
    assert (await log.verdict()).sound


async def test_what_is_rolled_back_leaves_no_entry(log: Audited) -> None:
    async with log.database.as_system() as session:
        await audit(session, None, "note.read")
        await session.rollback()
    assert await log.sealer().seal_all() == 0


async def test_writers_that_come_and_roll_back_are_sealed_once_each_in_order(
    log: Audited, notes_settings: Settings
) -> None:
    writers = Database(notes_settings, "notes")
    other = Database(notes_settings, "notes other sealer")
    chance = random.Random(4)
    done = asyncio.Event()

    async def write() -> int:
        kept = 0
        for _ in range(60):
            rows = chance.randint(1, 3)
            try:
                async with writers.as_system() as session:
                    for _ in range(rows):
                        await audit(session, None, "note.read")
                        await asyncio.sleep(chance.random() / 500)
                    if chance.random() < 0.3:
                        raise ZeroDivisionError
                kept += rows
            except ZeroDivisionError:
                continue
        return kept

    async def seal(sealer_of: Audited) -> int:
        sealed = 0
        while not done.is_set():
            sealed += await sealer_of.sealer(batch=7).seal_all()
            await asyncio.sleep(0.001)
        return sealed

    sealers = [
        asyncio.create_task(seal(log)),
        asyncio.create_task(seal(Audited(notes_settings, other))),
    ]
    kept = sum(await asyncio.gather(*(write() for _ in range(4))))
    done.set()
    sealed = sum(await asyncio.gather(*sealers)) + await log.sealer().seal_all()
    await writers.dispose()
    await other.dispose()
    assert sealed == kept
    by_order = await log.fetch("SELECT id FROM notes.audit_entry ORDER BY xid, id")
    assert await log.fetch(IN_ORDER) == by_order
    verdict = await log.verdict(page=50)
    assert (verdict.bad, verdict.checked, verdict.unsealed) == ([], kept, 0)
    assert verdict.anchored == kept


async def test_a_seal_whose_anchor_a_crash_left_out_is_anchored_at_the_next_start(
    log: Audited,
) -> None:
    await log.note(3)
    await log.sealer().seal_all()
    await log.note(2)
    killed = log.sealer()
    async with log.database.as_system() as session:
        assert await killed.chain(session) is not None
    # here it died: committed, and no line written
    verdict = await log.verdict()
    assert (verdict.bad, verdict.anchored, verdict.unanchored) == ([], 3, (4, 5))
    assert await log.sealer().seal_all() == 0
    after = await log.verdict()
    assert (after.bad, after.anchored, after.unanchored) == ([], 5, None)
    await log.note()
    assert await log.sealer().seal_all() == 1
    assert (await log.verdict()).sound


async def test_the_very_first_anchor_may_be_the_one_left_out(log: Audited) -> None:
    await log.note(2)
    async with log.database.as_system() as session:
        await log.sealer().chain(session)
    await log.sealer().seal_all()
    assert (await log.verdict()).anchored == 2


async def test_an_anchor_that_a_crash_tore_is_written_again(log: Audited) -> None:
    await log.note(3)
    await log.sealer(batch=2).seal_all()
    lines = log.file.path.read_bytes()
    log.file.path.write_bytes(lines[:-40])
    torn = await log.verdict()
    assert (torn.bad, torn.anchored, torn.unanchored) == ([], 2, (3, 3))
    await log.note()
    await log.sealer().seal_all()
    mended = await log.verdict()
    assert (mended.bad, mended.anchored) == ([], 4)
    # nothing was taken away: the file may be one that can only grow
    assert log.file.path.read_bytes().startswith(lines[:-40] + b"\n")


async def test_a_lost_anchor_file_stops_the_sealer(log: Audited) -> None:
    await log.note(3)
    await log.sealer(batch=1).seal_all()
    log.file.path.unlink()
    await log.note()
    with pytest.raises(AnchorsDisagree, match="ends at seal 0, the database at 3"):
        await log.sealer().seal_all()
    assert not log.file.path.exists()


async def test_a_database_set_back_stops_the_sealer(log: Audited) -> None:
    await log.note(3)
    await log.sealer(batch=1).seal_all()
    log.tamper(
        "DELETE FROM notes.audit_link WHERE seal > 1",
        "DELETE FROM notes.audit_seal WHERE number > 1",
        "DELETE FROM notes.audit_entry WHERE id > 1",
    )
    await log.note()
    with pytest.raises(AnchorsDisagree, match="ends at seal 3, the database at 1"):
        await log.sealer().seal_all()


async def test_a_log_restored_into_another_cluster_goes_on(log: Audited) -> None:
    await log.note(3)
    await log.sealer().seal_all()
    await log.note(1)
    # as a restore leaves it: another epoch, and all transactions from beyond its own
    log.tamper(
        "UPDATE notes.audit_seal SET epoch = 'of another cluster',"
        " xid = '900000000'::xid8",
        "UPDATE notes.audit_entry SET xid = '900000001'::xid8 WHERE id > 3",
    )
    await log.note(2)
    assert await log.sealer().seal_all() == 3
    assert (await log.verdict()).checked == 6
    await log.note(2)
    assert await log.sealer().seal_all() == 2
    assert (await log.verdict()).sound


async def test_the_app_login_may_add_entries_and_nothing_else(log: Audited) -> None:
    worker = Caller(new_id(), Role.WORKER)
    await log.note(caller=worker)
    for statement in (
        "SELECT * FROM notes.audit_entry",
        "UPDATE notes.audit_entry SET action = 'note.other'",
        "DELETE FROM notes.audit_entry",
        "TRUNCATE notes.audit_entry",
        "SELECT * FROM notes.audit_link",
        "INSERT INTO notes.audit_link VALUES (1, 1, 1, '')",
        "SELECT * FROM notes.audit_seal",
        "DELETE FROM notes.audit_seal",
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with log.database.as_caller(worker) as session:
                await session.execute(text(statement))


async def test_the_system_login_may_neither_change_nor_delete(log: Audited) -> None:
    await log.note()
    await log.sealer().seal_all()
    for table, column in (
        ("audit_entry", "detail"),
        ("audit_link", "hash"),
        ("audit_seal", "digest"),
    ):
        for statement in (
            f"UPDATE notes.{table} SET {column} = {column}",
            f"DELETE FROM notes.{table}",
            f"TRUNCATE notes.{table}",
        ):
            with pytest.raises(DBAPIError, match="permission denied"):
                async with log.database.as_system() as session:
                    await session.execute(text(statement))
        assert len(await log.fetch(f"SELECT * FROM notes.{table}")) == 1


async def test_the_auditor_reads_and_does_not_write(log: Audited) -> None:
    await log.note()
    engine = new_engine(log.settings.auditor_database_url, "auditor", 1)
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT action FROM notes.audit_entry"))
        assert rows.scalars().all() == ["note.read"]
    for statement in (
        "INSERT INTO notes.audit_entry (actor_role, action) VALUES ('x', 'a.b')",
        "DELETE FROM notes.audit_entry",
    ):
        with pytest.raises(DBAPIError, match=r"permission denied|read-only"):
            async with engine.begin() as connection:
                await connection.execute(text(statement))
    await engine.dispose()


@pytest.mark.parametrize(
    "detail",
    [
        {"name": "Ada Lovelace"},
        {"email": "ada@example.org"},
        {"phone": "+441632960000"},
        {"reason": ["no show", "late"]},
        {"rate": 1.5},
        {"deep": {"a b": 1}},
    ],
)
async def test_free_text_has_no_place_in_an_entry(
    log: Audited, detail: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match="references and codes"):
        async with log.database.as_system() as session:
            await audit(session, None, "note.read", detail=detail)


async def test_what_is_one_s_own_is_nobody_s_business(log: Audited) -> None:
    worker = Caller(new_id(), Role.WORKER)
    employer = Caller(new_id(), Role.EMPLOYER, tenant=new_id())
    assert employer.tenant is not None
    async with log.database.as_system() as session:
        await audit.by_another(
            session, worker, "worker.edit", ("worker", worker.subject)
        )
        await audit.by_another(
            session,
            employer,
            "posting.edit",
            ("posting", new_id()),
            tenant=employer.tenant,
        )
        await audit.by_another(
            session, employer, "worker.read", ("worker", worker.subject)
        )
        await audit.by_another(
            session, employer, "posting.edit", ("posting", new_id()), tenant=new_id()
        )
    entries = await log.fetch("SELECT action FROM notes.audit_entry ORDER BY id")
    assert [entry["action"] for entry in entries] == ["worker.read", "posting.edit"]
