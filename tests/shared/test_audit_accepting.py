"""After a restore somebody looks and accepts; nothing of it is ever hidden."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.audit.accepting import NotNow, accept
from shared.audit.sealing import AnchorsDisagree
from shared.database import new_engine
from shared.settings import Settings
from tests.shared.audited import Audited, audited

SET_BACK = (
    "DELETE FROM notes.audit_link WHERE seal > 1",
    "DELETE FROM notes.audit_seal WHERE number > 1",
    "DELETE FROM notes.audit_entry WHERE id > 1",
)


@pytest.fixture
async def log(notes_settings: Settings) -> AsyncIterator[Audited]:
    async with audited(notes_settings) as log:
        await log.note(3)
        await log.sealer(batch=1).seal_all()
        yield log


async def accepted(log: Audited) -> None:
    engine = new_engine(log.settings.auditor_database_url, "accept", 1)
    try:
        await accept(engine, "notes", log.settings.audit_dir)
    finally:
        await engine.dispose()


async def test_a_log_set_back_goes_on_once_it_is_accepted(log: Audited) -> None:
    log.tamper(*SET_BACK)
    await log.note(2)
    with pytest.raises(AnchorsDisagree):
        await log.sealer().seal_all()
    await accepted(log)
    assert await log.sealer().seal_all() == 2
    verdict = await log.verdict()
    assert (verdict.bad, verdict.anchored) == ([], 3)
    assert verdict.notes[0].startswith("accepted as it stood at seal 1 on ")


async def test_lost_anchors_begin_anew_once_it_is_accepted(log: Audited) -> None:
    log.file.path.unlink()
    await accepted(log)
    await log.note()
    assert await log.sealer().seal_all() == 1
    assert (await log.verdict()).sound
    log.tamper("UPDATE notes.audit_entry SET actor_role = 'x' WHERE id = 2")
    bad = await log.first_bad()
    assert (bad.what, bad.entry) == ("edited", 2)


async def test_what_was_accepted_cannot_be_rewritten_later(log: Audited) -> None:
    log.file.path.unlink()
    await accepted(log)
    log.tamper("UPDATE notes.audit_link SET hash = 'x' WHERE position = 3")
    assert (await log.first_bad()).entry == 3


async def test_an_empty_log_can_be_accepted(log: Audited) -> None:
    log.tamper(
        *(
            f"TRUNCATE notes.{name}"
            for name in ("audit_entry", "audit_link", "audit_seal")
        )
    )
    await accepted(log)
    await log.note()
    assert await log.sealer().seal_all() == 1
    assert (await log.verdict()).sound


async def test_accepting_never_writes_into_a_sealing(log: Audited) -> None:
    with log.file.held() as mine:
        assert mine
        with pytest.raises(NotNow):
            await accepted(log)
