"""The skills API and the taxonomy's feed, on a database of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.matching.models import outbox
from services.matching.skills.queries import taxonomy_snapshot
from services.matching.skills.routes import router
from shared.database import Database
from shared.feed import feed_router
from shared.identity import Role
from shared.settings import Settings
from shared.webapp import new_app
from tests.shared.notes import client, token


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    feed = feed_router("matching", outbox, taxonomy_snapshot)
    return new_app("matching", settings, [router, feed], prefixes=["/v1/skills"])


@pytest.fixture
async def worker(app: FastAPI, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app, token(settings, Role.WORKER)) as http:
        yield http


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings, "matching")
    yield database
    await database.dispose()


async def events(database: Database) -> list[dict[str, Any]]:
    """Everything in the outbox, in the order it was written."""
    async with database.as_system() as session:
        found = await session.execute(outbox.select().order_by(outbox.c.id))
        return [dict(row) for row in found.mappings()]
