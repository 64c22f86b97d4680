"""The skills API of one process, and callers of different organisations."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.matching.extract.routes import router as extract_router
from services.matching.phrases.loops import flush, refresh
from services.matching.phrases.routes import router as phrases_router
from services.matching.phrases.rules import binding_faults
from services.matching.phrases.understanding import Understanding
from services.matching.skills.ranking.routes import router as titles_router
from services.matching.skills.routes import router as skills_router
from shared.database import Database
from shared.identity import Role
from shared.problems import Fault
from shared.settings import Settings
from shared.values import new_id
from shared.webapp import new_app
from tests.shared.notes import client, token

PHRASES = "/v1/skills/phrases"
BINDINGS = f"{PHRASES}/bindings"


@dataclass
class Process:
    """An API process, whose loops a test steps by hand."""

    app: FastAPI
    settings: Settings

    @property
    def understanding(self) -> Understanding:
        held: Understanding = self.app.state.understanding
        return held

    @property
    def database(self) -> Database:
        database: Database = self.app.state.database
        return database

    async def flush(self) -> None:
        await flush(self.database, self.understanding)

    async def refresh(self) -> None:
        await refresh(self.database, self.understanding)

    async def call(
        self, method: str, path: str, role: Role = Role.OPERATOR, **request: Any
    ) -> httpx.Response:
        organisation = new_id() if role in (Role.EMPLOYER, Role.AGENCY) else None
        async with client(self.app, token(self.settings, role, organisation)) as http:
            return await http.request(method, path, **request)

    async def typed(
        self, *phrases: str, role: Role = Role.EMPLOYER, **body: Any
    ) -> list[dict[str, Any]]:
        """What the phrases mean to one caller, another one each time."""
        asked = {"phrases": list(phrases), **body}
        answer = await self.call("POST", "/v1/skills/normalise", role, json=asked)
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    async def read(
        self, words: str, kind: str = "advert", role: Role = Role.EMPLOYER
    ) -> dict[str, Any]:
        """What a pasted text says to one caller, another one each time."""
        body = {"text": words, "kind": kind}
        answer = await self.call("POST", "/v1/skills/extract", role, json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def ranked(
        self, *titles: str, role: Role = Role.EMPLOYER, **body: Any
    ) -> list[list[str]]:
        """The codes of each title, for one caller, another one each time."""
        asked = {"titles": list(titles), **body}
        answer = await self.call("POST", "/v1/skills/titles", role, json=asked)
        assert answer.status_code == 200, answer.text
        results = answer.json()["results"]
        return [[one["code"] for one in result["ranked"]] for result in results]

    async def completed(self, typed: str, **query: Any) -> list[tuple[str, str]]:
        """The concepts that complete what was typed, and their names."""
        asked = {"q": typed, **query}
        answer = await self.call("GET", "/v1/skills", Role.WORKER, params=asked)
        assert answer.status_code == 200, answer.text
        return [(one["concept"]["id"], one["name"]) for one in answer.json()["items"]]

    async def typed_by_two(self, *phrases: str, **body: Any) -> None:
        for _ in range(2):
            await self.typed(*phrases, **body)
        await self.flush()

    async def listed(self, **query: Any) -> list[dict[str, Any]]:
        answer = await self.call("GET", PHRASES, params=query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def bound(
        self, phrase: str, concept: str, kind: str = "skill"
    ) -> httpx.Response:
        body = {"kind": kind, "phrase": phrase, "concept": concept}
        return await self.call("POST", BINDINGS, json=body)

    async def rows(self, table: str) -> list[dict[str, Any]]:
        async with self.database.as_system() as session:
            found = await session.execute(text(f"SELECT * FROM matching.{table}"))
            return [dict(row) for row in found.mappings()]


def a_process(settings: Settings) -> Process:
    async def late_check(_: Any, body: Any) -> Sequence[Fault]:
        return binding_faults(body)

    routers = [phrases_router, extract_router, titles_router, skills_router]
    app = new_app(
        "matching",
        settings,
        routers,
        prefixes=["/v1/skills"],
        late_check=late_check,
    )
    app.state.understanding = Understanding()
    return Process(app, settings)


@pytest.fixture
async def process(settings: Settings) -> AsyncIterator[Process]:
    process = a_process(settings)
    async with process.app.router.lifespan_context(process.app):
        yield process


@pytest.fixture
async def another(settings: Settings) -> AsyncIterator[Process]:
    """A second process on the same database."""
    process = a_process(settings)
    async with process.app.router.lifespan_context(process.app):
        yield process
