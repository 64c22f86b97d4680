"""The profiles API on a database of its own, with a small vocabulary."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert, text

from services.profiles.app import build
from services.profiles.models import known_concept, outbox
from shared.database import Database
from shared.identity import Caller, Role
from shared.settings import Settings
from shared.tokens import TokenKey
from shared.values import new_id
from tests.profiles.builders import CERTIFICATES, SKILLS


@dataclass
class Api:
    """The API as different callers meet it, and the rows behind it."""

    app: FastAPI
    settings: Settings

    @property
    def database(self) -> Database:
        database: Database = self.app.state.database
        return database

    def as_caller(self, caller: Caller | None) -> httpx.AsyncClient:
        headers = {}
        if caller is not None:
            key = TokenKey.read_or_create(self.settings.token_key_file)
            token = key.mint(self.settings, caller, timedelta(minutes=5))
            headers["Authorization"] = f"Bearer {token}"
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url="http://profiles",
            headers=headers,
        )

    def as_operator(self) -> httpx.AsyncClient:
        return self.as_caller(Caller(new_id(), Role.OPERATOR))

    def as_service(self) -> httpx.AsyncClient:
        return self.as_caller(Caller(new_id(), Role.SERVICE))

    async def rows(self, table: str) -> list[dict[str, Any]]:
        async with self.database.as_system() as session:
            found = await session.execute(text(f"SELECT * FROM profiles.{table}"))
            return [dict(row) for row in found.mappings()]

    async def execute(self, statement: str) -> None:
        """As the system login, as if time had gone on."""
        async with self.database.as_system() as session:
            await session.execute(text(statement))

    async def events(self) -> list[dict[str, Any]]:
        async with self.database.as_system() as session:
            columns = (outbox.c.type, outbox.c.entity_id, outbox.c.entity_version)
            query = outbox.select().with_only_columns(*columns, outbox.c.data)
            found = await session.execute(query.order_by(outbox.c.id))
            return [dict(row) for row in found.mappings()]


@pytest.fixture
async def api(settings: Settings) -> AsyncIterator[Api]:
    app = build(settings)
    async with app.router.lifespan_context(app):
        api = Api(app, settings)
        concepts = [("skill", name) for name in SKILLS]
        concepts += [("certificate", name) for name in CERTIFICATES]
        rows = [
            {"kind": kind, "id": name, "version": 1, "retired": False}
            for kind, name in concepts
        ]
        async with api.database.as_system() as session:
            await session.execute(insert(known_concept), rows)
        yield api


@pytest.fixture
def somebody() -> Caller:
    """A signed-in worker without a profile."""
    return Caller(new_id(), Role.WORKER)
