"""Four thousand sealed rows, tampered with by somebody who owns the database."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import pytest

from shared.audit.chain import SELECTED, beginning, next_hash
from shared.settings import Settings
from tests.databases import execute, fresh_database, plain
from tests.shared.audited import Audited, audited, settings_of_copy
from tests.shared.notes import create_schema

ROWS = 4_000
SEAL = 400
PLACES = 3
"""Tampered with at as many random places, each by itself."""

FILL = f"""
INSERT INTO notes.audit_entry (actor, actor_role, action, subject_kind, subject_id)
SELECT gen_random_uuid(), 'operator', 'note.read', 'note', gen_random_uuid()
FROM generate_series(1, {ROWS // 4})
"""
PUT_BACK = """
TRUNCATE notes.{0};
INSERT INTO notes.{0} OVERRIDING SYSTEM VALUE SELECT * FROM kept.{0}
"""
TABLES = ("audit_entry", "audit_link", "audit_seal")


@pytest.fixture(scope="module")
def sealed(module_settings: Settings) -> Settings:
    """4,000 rows of four transactions in ten seals, and a copy to put back."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(create_schema, module_settings).result()
    execute(module_settings.database_url, *[FILL] * 4, "CREATE SCHEMA kept")

    async def seal() -> None:
        async with audited(module_settings) as log:
            assert await log.sealer(SEAL).seal_all() == ROWS

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, seal()).result()
    for table in TABLES:
        copy = f"CREATE TABLE kept.{table} AS TABLE notes.{table}"
        execute(module_settings.database_url, copy)
    return module_settings


@pytest.fixture
def copied(sealed: Settings, tmp_path: Path) -> Iterator[Settings]:
    with fresh_database(sealed.database_url) as url:
        yield settings_of_copy(sealed, url, tmp_path / "anchors")


@pytest.fixture
async def log(copied: Settings) -> AsyncIterator[Audited]:
    async with audited(copied) as log:
        yield log


def places() -> list[int]:
    return sorted(random.sample(range(2, ROWS - 1), PLACES))


def put_back(log: Audited) -> None:
    for table in TABLES:
        log.tamper(*PUT_BACK.format(table).split(";\n"))


async def rewrite_links(log: Audited) -> None:
    """Links and seals as they would be, had the rows always been what they are now."""
    rows = await log.fetch(
        f"SELECT l.position, {SELECTED} FROM notes.audit_link AS l"
        " JOIN notes.audit_entry AS e ON e.id = l.entry_id ORDER BY l.position"
    )
    hash, hashes = beginning("notes"), {}
    for row in rows:
        hash = hashes[row["position"]] = next_hash(hash, row)
    connection = await asyncpg.connect(plain(log.settings.database_url))
    try:
        await connection.execute(
            "UPDATE notes.audit_link AS l SET hash = new.hash"
            " FROM unnest($1::bigint[], $2::bytea[]) AS new (position, hash)"
            " WHERE new.position = l.position",
            list(hashes),
            list(hashes.values()),
        )
        await connection.execute(
            "UPDATE notes.audit_seal AS s SET digest = l.hash"
            " FROM notes.audit_link AS l WHERE l.position = s.last"
        )
    finally:
        await connection.close()


async def test_an_untouched_log_is_sound(log: Audited) -> None:
    verdict = await log.verdict()
    assert verdict.sound
    assert (verdict.checked, verdict.anchored, verdict.seals) == (ROWS, ROWS, 10)
    assert (verdict.unanchored, verdict.unsealed) == (None, 0)


async def test_an_edited_row_is_named(log: Audited) -> None:
    for row in places():
        log.tamper(
            f"UPDATE notes.audit_entry SET actor = gen_random_uuid() WHERE id = {row}"
        )
        bad = await log.first_bad()
        assert (bad.what, bad.entry, bad.position) == ("edited", row, row)
        put_back(log)


async def test_an_edited_row_is_named_though_all_links_and_seals_fit_it(
    log: Audited,
) -> None:
    for row in places():
        log.tamper(
            f"UPDATE notes.audit_entry SET action = 'note.list' WHERE id = {row}"
        )
        await rewrite_links(log)
        bad = await log.first_bad()
        assert (bad.what, bad.entry) == ("edited", row)
        assert "rewritten to fit" in bad.detail
        put_back(log)


async def test_a_deleted_row_is_named(log: Audited) -> None:
    for row in places():
        log.tamper(f"DELETE FROM notes.audit_entry WHERE id = {row}")
        bad = await log.first_bad()
        assert (bad.what, bad.entry) == ("missing", row)
        put_back(log)


async def test_a_row_taken_out_of_the_chain_is_named_though_the_rest_closed_up(
    log: Audited,
) -> None:
    for row in places():
        log.tamper(
            f"DELETE FROM notes.audit_entry WHERE id = {row}",
            f"DELETE FROM notes.audit_link WHERE entry_id = {row}",
            f"UPDATE notes.audit_link SET position = -position WHERE position > {row}",
            "UPDATE notes.audit_link SET position = -position - 1 WHERE position < 0",
            "UPDATE notes.audit_seal SET last = last - 1, count = count - 1"
            " WHERE number = 10",
        )
        await rewrite_links(log)
        bad = await log.first_bad()
        assert (bad.what, bad.entry) == ("moved", row)
        assert bad.detail == f"row {row + 1} is in its place"
        put_back(log)


async def test_of_two_swapped_rows_the_first_is_named(log: Audited) -> None:
    for one in places():
        other = random.randint(one + 1, ROWS)
        log.tamper(
            "ALTER TABLE notes.audit_entry ALTER id SET GENERATED BY DEFAULT",
            f"UPDATE notes.audit_entry SET id = -1 WHERE id = {one}",
            f"UPDATE notes.audit_entry SET id = {one} WHERE id = {other}",
            f"UPDATE notes.audit_entry SET id = {other} WHERE id = -1",
        )
        bad = await log.first_bad()
        assert (bad.what, bad.entry) == ("moved", one)
        assert bad.detail == f"row {other} holds what it held"
        put_back(log)


async def test_of_two_rows_that_swapped_their_links_the_first_is_named(
    log: Audited,
) -> None:
    one, other = places()[:2]
    log.tamper(
        f"UPDATE notes.audit_link SET position = -1 WHERE entry_id = {one}",
        f"UPDATE notes.audit_link SET position = {one} WHERE entry_id = {other}",
        f"UPDATE notes.audit_link SET position = {other} WHERE entry_id = {one}",
    )
    await rewrite_links(log)
    bad = await log.first_bad()
    assert (bad.what, bad.entry) == ("moved", one)


async def test_a_row_put_in_later_is_named(log: Audited) -> None:
    log.tamper(
        "INSERT INTO notes.audit_entry (xid, actor_role, action)"
        " SELECT xid, 'operator', 'note.read' FROM notes.audit_entry"
        f" WHERE id = {ROWS // 2}"
    )
    bad = await log.first_bad()
    assert (bad.what, bad.entry) == ("inserted", ROWS + 1)


async def test_rows_cut_off_the_end_are_named(log: Audited) -> None:
    for row in places():
        log.tamper(f"DELETE FROM notes.audit_entry WHERE id >= {row}")
        bad = await log.first_bad()
        assert (bad.what, bad.entry) == ("missing", row)
        put_back(log)


async def test_rows_cut_off_with_their_links_and_seals_are_named(log: Audited) -> None:
    for row in places():
        seal = (row - 1) // SEAL + 1
        log.tamper(
            f"DELETE FROM notes.audit_entry WHERE id >= {row}",
            f"DELETE FROM notes.audit_link WHERE position >= {row}",
            f"DELETE FROM notes.audit_seal WHERE number > {seal}",
            f"UPDATE notes.audit_seal SET last = {row - 1}, count = {row} - first"
            f" WHERE number = {seal} AND first < {row}",
            f"DELETE FROM notes.audit_seal WHERE first >= {row}",
        )
        await rewrite_links(log)
        verdict = await log.verdict()
        assert (verdict.bad[0].what, verdict.bad[0].entry) == ("missing", row)
        assert verdict.checked == row - 1
        if seal < 10:
            assert "database set back" in [bad.what for bad in verdict.bad]
        put_back(log)


async def test_links_cut_off_are_named_by_their_rows(log: Audited) -> None:
    [row] = random.sample(range(2, ROWS), 1)
    log.tamper(f"DELETE FROM notes.audit_link WHERE position >= {row}")
    bad = await log.first_bad()
    assert (bad.what, bad.entry) == ("link missing", row)


async def test_an_edited_link_is_named_by_its_row(log: Audited) -> None:
    for row in places():
        log.tamper(
            f"UPDATE notes.audit_link SET hash = sha256(hash) WHERE position = {row}"
        )
        bad = await log.first_bad()
        assert (bad.what, bad.entry) == ("link edited", row)
        put_back(log)


async def test_a_link_of_no_seal_is_named(log: Audited) -> None:
    log.tamper(
        "INSERT INTO notes.audit_entry (actor_role, action) VALUES ('x', 'note.read')",
        "INSERT INTO notes.audit_link SELECT id, 11, 10001, 'x' FROM notes.audit_entry"
        " ORDER BY id DESC LIMIT 1",
    )
    bad = await log.first_bad()
    assert (bad.what, bad.entry) == ("link added", ROWS + 1)


async def test_an_edited_or_missing_seal_is_named(log: Audited) -> None:
    log.tamper("UPDATE notes.audit_seal SET digest = 'x' WHERE number = 4")
    bad = await log.first_bad()
    assert (bad.what, bad.position) == ("seal edited", 4 * SEAL)
    log.tamper("DELETE FROM notes.audit_seal WHERE number = 4")
    bad = await log.first_bad()
    assert (bad.what, bad.position) == ("seal missing", 3 * SEAL + 1)


async def test_all_of_it_gone_is_no_empty_log(log: Audited) -> None:
    log.tamper(*(f"TRUNCATE notes.{table}" for table in TABLES))
    verdict = await log.verdict()
    assert (verdict.bad[0].what, verdict.bad[0].entry) == ("missing", 1)
    assert verdict.bad[1].what == "database set back"


async def test_only_what_is_anchored_can_be_vouched_for(log: Audited) -> None:
    """The last seal is not anchored yet: a rewriting within it fits itself."""
    await log.note(3)
    async with log.database.as_system() as session:
        await log.sealer().chain(session)
    verdict = await log.verdict()
    assert verdict.sound
    assert (verdict.anchored, verdict.sealed) == (ROWS, ROWS + 3)
    assert verdict.unanchored == (ROWS + 1, ROWS + 3)
    await log.note(2)
    assert (await log.verdict()).unsealed == 2
    log.tamper(f"UPDATE notes.audit_entry SET actor_role = 'x' WHERE id = {ROWS + 2}")
    bad = await log.first_bad()
    assert (bad.what, bad.entry) == ("edited", ROWS + 2)


async def test_a_missing_anchor_file_is_told(log: Audited) -> None:
    log.file.path.unlink()
    verdict = await log.verdict()
    assert [bad.what for bad in verdict.bad] == ["anchor file missing"]
    assert (verdict.checked, verdict.anchored) == (ROWS, 0)
    log.tamper("UPDATE notes.audit_entry SET actor_role = 'x' WHERE id = 77")
    assert (await log.first_bad()).entry == 77


async def test_a_cut_anchor_file_is_told(log: Audited) -> None:
    lines = log.file.path.read_bytes().splitlines(keepends=True)
    log.file.path.write_bytes(b"".join(lines[:7]))
    verdict = await log.verdict()
    assert [bad.what for bad in verdict.bad] == ["anchor file cut off"]
    assert verdict.anchored == 7 * SEAL


async def test_a_damaged_anchor_file_is_told(log: Audited) -> None:
    lines = log.file.path.read_bytes().splitlines(keepends=True)
    for broken in (
        [*lines[:3], lines[3][:50] + b"\n", *lines[4:]],
        [*lines[:3], *lines[4:]],
        [*lines, lines[2].replace(b'"count"', b'"count" ').replace(b"T", b"t", 1)],
        [*lines[:3], lines[3].replace(b'"notes"', b'"other"'), *lines[4:]],
    ):
        log.file.path.write_bytes(b"".join(broken))
        whats = {bad.what for bad in (await log.verdict()).bad}
        assert "anchor file damaged" in whats
