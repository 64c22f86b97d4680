"""The postings API on a real database, as different callers meet it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from services.postings.app import build
from services.postings.models import known_concept
from shared.database import Database
from shared.identity import Caller, Role
from shared.settings import Settings
from shared.tokens import TokenKey
from shared.values import new_id
from tests.databases import execute
from tests.postings.builders import (
    CERTIFICATES,
    OCCUPATIONS,
    RETIRED_SKILL,
    SKILLS,
    a_posting,
)

OPERATOR = Caller(new_id(), Role.OPERATOR)
SERVICE = Caller(new_id(), Role.SERVICE)
WORKER = Caller(new_id(), Role.WORKER)
AUDITOR = Caller(new_id(), Role.AUDITOR)


def an_employer() -> Caller:
    return Caller(new_id(), Role.EMPLOYER, tenant=new_id())


@dataclass
class Api:
    """The API, the rows behind it, and an employer of this test alone."""

    app: FastAPI
    settings: Settings
    http: httpx.AsyncClient
    employer: Caller = field(default_factory=an_employer)

    @property
    def database(self) -> Database:
        database: Database = self.app.state.database
        return database

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        by: Caller | None = None,
        **options: Any,
    ) -> httpx.Response:
        """Send a request as the employer or somebody else; `path` below /v1."""
        key = TokenKey.read_or_create(self.settings.token_key_file)
        token = key.mint(self.settings, by or self.employer, timedelta(minutes=5))
        headers = {"Authorization": f"Bearer {token}"} | options.pop("headers", {})
        if body is not None:
            options["json"] = body
        return await self.http.request(method, f"/v1{path}", headers=headers, **options)

    async def created(self, by: Caller | None = None, **changes: Any) -> dict[str, Any]:
        """A posting of the employer; a draft unless `publish` or `hold` is given."""
        answer = await self.call("POST", "/postings", a_posting(**changes), by=by)
        assert answer.status_code == 201, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def step(
        self,
        posting: str,
        verb: str,
        by: Caller | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Use a verb of the lifecycle, with a reason where one is asked for."""
        asks = verb in ("hold", "close", "cancel")
        body = {"reason": "because"} if asks else None
        path = f"/postings/{posting}/{verb}"
        return await self.call("POST", path, body, by=by, headers=headers or {})

    async def fetch(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        async with self.database.as_system() as session:
            rows = await session.execute(text(statement), values)
            return [dict(row) for row in rows.mappings()]

    async def events(self, posting: str | None = None) -> list[dict[str, Any]]:
        """What was recorded of one posting, or of all of the employer."""
        return await self.fetch(
            "SELECT type, entity_id, entity_version, data FROM postings.outbox"
            " WHERE entity_id = :posting"
            " OR (:posting = '' AND data ->> 'organisation' = :organisation)"
            " ORDER BY id",
            posting=posting or "",
            organisation=str(self.employer.tenant),
        )

    async def types(self, posting: str) -> list[str]:
        return [event["type"] for event in await self.events(posting)]

    async def row(self, posting: str) -> dict[str, Any]:
        (row,) = await self.fetch(
            "SELECT * FROM postings.posting WHERE id = :id", id=UUID(posting)
        )
        return row

    def let_the_deadline_pass(self, posting: str) -> None:
        """As if time had gone on; nothing else of the posting changes."""
        execute(
            self.settings.database_url,
            "UPDATE postings.posting SET expires_at = now() - interval '1 second'"
            f" WHERE id = '{UUID(posting)}'",
        )


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Api]:
    app = build(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://postings") as http,
    ):
        api = Api(app, settings, http)
        concepts = [("skill", name) for name in (*SKILLS, RETIRED_SKILL)]
        concepts += [("occupation", name) for name in OCCUPATIONS]
        concepts += [("certificate", name) for name in CERTIFICATES]
        rows = [
            {"kind": kind, "id": name, "version": 1, "retired": name == RETIRED_SKILL}
            for kind, name in concepts
        ]
        async with api.database.as_system() as session:
            await session.execute(
                insert(known_concept).on_conflict_do_nothing().values(rows)
            )
        yield api


@pytest.fixture
async def api(module_settings: Settings) -> AsyncIterator[Api]:
    """On a database that the tests of a module share: look at one's own rows only."""
    async with serving(module_settings) as api:
        yield api


@pytest.fixture
async def lone_api(settings: Settings) -> AsyncIterator[Api]:
    """On a database of this test alone."""
    async with serving(settings) as api:
        yield api
