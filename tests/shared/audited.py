"""The audit log of the notes service: written, sealed, tampered with and verified."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import make_url, text

from shared.audit.anchors import AnchorFile
from shared.audit.sealing import MOST_ROWS, Sealer
from shared.audit.verdict import Bad, Verdict
from shared.audit.verifying import verify
from shared.database import Database, new_engine
from shared.identity import Caller, Role
from shared.settings import Settings
from shared.values import new_id
from tests.databases import execute
from tests.shared.notes import SERVICE, audit

OPERATOR = Caller(new_id(), Role.OPERATOR)


@dataclass
class Audited:
    """One database with its anchors."""

    settings: Settings
    database: Database

    @property
    def file(self) -> AnchorFile:
        return AnchorFile(self.settings.audit_dir, SERVICE)

    def sealer(self, batch: int = MOST_ROWS) -> Sealer:
        return Sealer(self.database, audit, self.settings.audit_dir, batch)

    async def note(self, count: int = 1, caller: Caller = OPERATOR) -> None:
        """`count` entries, each in a transaction of its own."""
        for _ in range(count):
            async with self.database.as_caller(caller) as session:
                await audit(session, caller, "note.read", ("note", new_id()))

    async def verdict(self, page: int = 1_500) -> Verdict:
        engine = new_engine(self.settings.auditor_database_url, "verify", 1)
        try:
            return await verify(engine, SERVICE, self.settings.audit_dir, page)
        finally:
            await engine.dispose()

    async def first_bad(self) -> Bad:
        return (await self.verdict()).bad[0]

    def tamper(self, *statements: str) -> None:
        """As whoever owns the database."""
        execute(self.settings.database_url, *statements)

    async def fetch(self, query: str, **values: Any) -> list[dict[str, Any]]:
        async with self.database.as_system() as session:
            rows = await session.execute(text(query), values)
            return [dict(row) for row in rows.mappings()]


@asynccontextmanager
async def audited(settings: Settings) -> AsyncIterator[Audited]:
    database = Database(settings, SERVICE)
    try:
        yield Audited(settings, database)
    finally:
        await database.dispose()


def settings_of_copy(settings: Settings, database_url: str, anchors: Path) -> Settings:
    """The same installation on a copy of its database and of its anchors."""
    if settings.audit_dir.exists():
        shutil.copytree(settings.audit_dir, anchors)
    database = make_url(database_url).database

    def moved(url: str) -> str:
        return make_url(url).set(database=database).render_as_string(False)

    return replace(
        settings,
        database_url=database_url,
        app_database_url=moved(settings.app_database_url),
        system_database_url=moved(settings.system_database_url),
        auditor_database_url=moved(settings.auditor_database_url),
        audit_dir=anchors,
    )


def an_entry(number: int) -> dict[str, Any]:
    """A row as the sealer reads it."""
    return {
        "id": number,
        "xid": str(1000 + number),
        "at": datetime(2026, 11, 24, 9, number % 60, tzinfo=UTC),
        "actor": UUID(int=number),
        "actor_role": "operator",
        "acting": None,
        "tenant": None,
        "action": "note.read",
        "subject_kind": "note",
        "subject_id": UUID(int=7),
        "request_id": None,
        "detail": {"version": number},
    }
