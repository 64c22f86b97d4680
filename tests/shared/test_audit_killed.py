"""A sealer that is killed at the worst moment, for real."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest

from shared.settings import Settings
from tests.shared.audited import Audited, audited

KILLED = {
    "between commit and anchor": "os.kill(os.getpid(), signal.SIGKILL)",
    "within the anchor's line": (
        "descriptor = os.open(sealer.file.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)"
        "; os.write(descriptor, anchor.line()[:70])"
        "; os.kill(os.getpid(), signal.SIGKILL)"
    ),
}
SEALING = """
import asyncio, os, signal
from shared.audit.sealing import Sealer
from shared.database import Database
from shared.settings import Settings
from tests.shared.notes import audit

async def seal():
    settings = Settings.from_environment()
    sealer = Sealer(Database(settings, "notes"), audit, settings.audit_dir)
    def append(anchor):
        {die}
    sealer.file.append = append
    await sealer.seal()

asyncio.run(seal())
"""


@pytest.fixture
async def log(notes_settings: Settings) -> AsyncIterator[Audited]:
    async with audited(notes_settings) as log:
        yield log


@pytest.mark.parametrize("moment", KILLED)
async def test_nothing_is_lost_or_sealed_twice_by_a_sealer_killed(
    log: Audited, moment: str
) -> None:
    await log.note(4)
    assert await log.sealer().seal_all() == 4
    await log.note(3)
    killed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", SEALING.format(die=KILLED[moment])],
        env={**os.environ, **log.settings.environment()},
        check=False,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL
    left = await log.verdict()
    assert (left.bad, left.sealed, left.anchored) == ([], 7, 4)
    assert left.unanchored == (5, 7)

    await log.note(2)
    assert await log.sealer().seal_all() == 2
    mended = await log.verdict()
    assert (mended.bad, mended.checked, mended.anchored) == ([], 9, 9)
    rows = await log.fetch("SELECT count(*) AS links FROM notes.audit_link")
    assert rows == [{"links": 9}]
