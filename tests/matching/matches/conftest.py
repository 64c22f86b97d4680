"""The matching API over a small market, asked as whoever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.app import build
from services.matching.intake.replica import Replica
from services.matching.models import change
from services.matching.skills.commands import load_taxonomy_tables
from shared.database import new_engine
from shared.identity import Caller, Role
from shared.settings import Settings
from shared.tokens import TokenKey
from shared.values import new_id
from tests.databases import execute, fresh_database
from tests.matching.market import Market, market, until

__all__ = ["market"]

TENANT = new_id()
EMPLOYER = Caller(new_id(), Role.EMPLOYER, TENANT)
RIVAL = Caller(new_id(), Role.EMPLOYER, new_id())
OPERATOR = Caller(new_id(), Role.OPERATOR)
AUDITOR = Caller(new_id(), Role.AUDITOR)


def worker_caller(id: str) -> Caller:
    return Caller(UUID(id), Role.WORKER)


@dataclass
class Api:
    """`get` and `post` as a caller."""

    app: FastAPI
    http: httpx.AsyncClient
    key: TokenKey
    settings: Settings

    @property
    def replica(self) -> Replica:
        replica: Replica = self.app.state.replica
        return replica

    async def get(self, path: str, caller: Caller, **more: Any) -> httpx.Response:
        return await self.http.get(path, **self._as(caller, more))

    async def post(
        self, path: str, caller: Caller, body: Any, **more: Any
    ) -> httpx.Response:
        return await self.http.post(path, json=body, **self._as(caller, more))

    async def in_step(self, market: Market) -> None:
        """Wait until this API's index has all that the read model has."""
        async with market.database.as_system() as session:
            newest = select(func.coalesce(func.max(change.c.seq), 0))
            seq: int = (await session.execute(newest)).scalar_one()

        async def reached() -> bool:
            return self.replica.loaded.is_set() and self.replica.seq >= seq

        await until(reached)

    def _as(self, caller: Caller, more: dict[str, Any]) -> dict[str, Any]:
        token = self.key.mint(self.settings, caller, timedelta(minutes=5))
        headers = more.pop("headers", {}) | {"Authorization": f"Bearer {token}"}
        return {**more, "headers": headers}


@asynccontextmanager
async def open_api(settings: Settings) -> AsyncIterator[Api]:
    app = build(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://matching") as http,
    ):
        key = TokenKey.read(settings.token_key_file)
        yield Api(app, http, key, settings)


@pytest.fixture(scope="session")
def taught_template_url(template_database_url: str) -> Iterator[str]:
    """A database to clone that has the taxonomy: each API would load it anew."""
    with fresh_database(template_database_url) as url:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, _teach(url)).result()
        execute(url, "CHECKPOINT")
        yield url


async def _teach(database_url: str) -> None:
    engine = new_engine(database_url, "tests", 1)
    async with AsyncSession(engine) as session, session.begin():
        await load_taxonomy_tables(session)
    await engine.dispose()


@pytest.fixture
def database_url(taught_template_url: str) -> Iterator[str]:
    with fresh_database(taught_template_url) as url:
        yield url


@pytest.fixture
async def api(market: Market) -> AsyncIterator[Api]:
    async with open_api(market.settings) as opened:
        await asyncio.wait_for(opened.replica.loaded.wait(), 30)
        yield opened
