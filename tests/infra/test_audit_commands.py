"""`rollcall audit verify, accept` on a database and the anchors beside it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from services.profiles.models import audit
from shared.audit.sealing import Sealer
from shared.database import Database
from shared.settings import Settings
from shared.values import new_id
from tests.databases import execute


@dataclass
class Log:
    """The audit log of profiles and the command line beside it."""

    settings: Settings
    database: Database

    async def grow(self, entries: int, batch: int = 1) -> None:
        """So many entries more, sealed and anchored."""
        for _ in range(entries):
            async with self.database.as_system() as session:
                await audit(session, None, "worker.read", ("worker", new_id()))
        await Sealer(self.database, audit, self.settings.audit_dir, batch).seal_all()

    def tamper(self, *statements: str) -> None:
        execute(self.settings.database_url, *statements)

    async def rollcall(self, *words: str) -> subprocess.CompletedProcess[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("ROLLCALL_")}
        return await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "infra.cli.main", "audit", *words],
            env=kept | self.settings.environment(),
            input="",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
async def log(settings: Settings) -> AsyncIterator[Log]:
    database = Database(settings, "profiles")
    try:
        yield Log(settings, database)
    finally:
        await database.dispose()


async def test_a_sound_log_is_exit_code_0(log: Log) -> None:
    await log.grow(3)
    verified = await log.rollcall("verify")
    assert (verified.returncode, verified.stderr) == (0, "")
    assert "profiles: sound, 3 rows in 3 seals" in verified.stdout
    assert "postings: sound, 0 rows in 0 seals" in verified.stdout
    one = await log.rollcall("verify", "profiles", "--json")
    [document] = json.loads(one.stdout)
    assert (document["service"], document["sound"], document["anchored"]) == (
        "profiles",
        True,
        3,
    )


async def test_a_bad_row_is_named_and_exit_code_1(log: Log) -> None:
    await log.grow(5)
    log.tamper(
        "UPDATE profiles.audit_entry SET subject_id = actor, subject_kind = NULL"
        " WHERE id = 4"
    )
    verified = await log.rollcall("verify")
    assert verified.returncode == 1
    assert "profiles: BAD\n  row 4 edited: it is not as it was sealed" in (
        verified.stdout
    )
    assert "matching: sound" in verified.stdout
    told = await log.rollcall("verify", "--json", "profiles")
    assert told.returncode == 1
    [document] = json.loads(told.stdout)
    assert document["bad"][0] == {
        "what": "edited",
        "entry": 4,
        "position": 4,
        "detail": "it is not as it was sealed",
    }


async def test_a_set_back_log_is_accepted_only_when_somebody_says_so(log: Log) -> None:
    await log.grow(3)
    log.tamper(
        "DELETE FROM profiles.audit_link WHERE seal = 3",
        "DELETE FROM profiles.audit_seal WHERE number = 3",
        "DELETE FROM profiles.audit_entry WHERE id = 3",
    )
    assert "database set back" in (await log.rollcall("verify")).stdout
    refused = await log.rollcall("accept", "profiles")
    assert refused.returncode != 0
    assert (await log.rollcall("verify")).returncode == 1
    accepted = await log.rollcall("accept", "profiles", "--yes")
    assert accepted.stdout == "profiles: goes on from seal 2, row 2\n"
    await log.grow(1)
    after = await log.rollcall("verify", "profiles")
    assert after.returncode == 0
    assert "accepted as it stood at seal 2 on " in after.stdout


async def test_an_unknown_service_is_bad_usage(log: Log) -> None:
    for verb in ("verify", "accept"):
        refused = await log.rollcall(verb, "payroll")
        assert refused.returncode == 2
        assert "no service payroll" in refused.stderr
