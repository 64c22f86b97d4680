"""Imports into a database of the test's own, and the API that shows them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from fastapi import FastAPI

from services.matching.schemes.commands import Imported, import_scheme
from services.matching.schemes.entries import BadRow, Source
from services.matching.schemes.routes import router
from services.matching.skills.routes import router as skills_router
from shared.database import Database
from shared.identity import Role
from shared.settings import Settings
from shared.webapp import new_app
from tests.shared.notes import client, token

Import = Callable[[Source], Awaitable[Imported]]


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings, "matching")
    yield database
    await database.dispose()


@pytest.fixture
def bad_rows() -> list[BadRow]:
    """What the imports of this test have left out."""
    return []


@pytest.fixture
def import_all(database: Database, bad_rows: list[BadRow]) -> Import:
    async def run(source: Source) -> Imported:
        return await import_scheme(database, source, on_bad=bad_rows.append)

    return run


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    routers = [router, skills_router]
    return new_app("matching", settings, routers, prefixes=["/v1/skills"])


@pytest.fixture
async def worker(app: FastAPI, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app, token(settings, Role.WORKER)) as http:
        yield http
