"""Revocations: heard within about a second, and missed by nobody for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from structlog.testing import capture_logs

from shared import revocations
from shared.identity import Caller, Role
from shared.revocations import FromProfiles, Revocations, kept_up_to_date
from shared.settings import Settings
from shared.tokens import ACCESS_LIFETIME
from shared.values import new_id
from tests.shared.notes import client, new_notes_app

SOON = timedelta(milliseconds=5)


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocations, "ASK_EVERY", SOON)
    monkeypatch.setattr(revocations, "LONGEST_PAUSE", SOON)


class Told:
    """A source that says what a test puts into it."""

    def __init__(self) -> None:
        self.ids: list[UUID] | None = []
        self.fault: Exception | None = None
        self.asked = asyncio.Event()

    async def __call__(self) -> Iterable[UUID] | None:
        self.asked.set()
        if self.fault is not None:
            raise self.fault
        return self.ids

    async def heard(self) -> None:
        """Until it was asked twice more: the first may have been under way."""
        for _ in range(2):
            self.asked.clear()
            await self.asked.wait()


@asynccontextmanager
async def listening(told: Told) -> AsyncIterator[Revocations]:
    known = Revocations()
    async with kept_up_to_date(known, told):
        yield known


def a_caller() -> Caller:
    return Caller(new_id(), Role.WORKER, session=new_id())


async def test_what_is_revoked_is_refused_as_soon_as_it_is_heard() -> None:
    told, caller = Told(), a_caller()
    async with listening(told) as known:
        await told.heard()
        assert not known.names(caller)
        assert caller.session is not None
        told.ids = [caller.session]
        await told.heard()
        assert known.names(caller)
        assert not known.names(a_caller())
        assert not known.names(replace(caller, session=None))


async def test_while_nobody_answers_what_was_heard_still_counts() -> None:
    told, caller = Told(), a_caller()
    assert caller.session is not None
    told.ids = [caller.session]
    async with listening(told) as known:
        await told.heard()
        told.fault = httpx.ConnectError("away")
        with capture_logs() as logs:
            for _ in range(5):
                await told.heard()
        assert known.names(caller)
        assert [each["event"] for each in logs] == ["revocations not heard"]
        told.fault, told.ids = None, None
        await told.heard()
        assert known.names(caller), "None says that nothing has changed"


def test_what_nobody_heard_of_ends_with_the_token() -> None:
    """Where profiles cannot be asked a token is good for five minutes at most."""
    assert timedelta(minutes=5) == ACCESS_LIFETIME
    assert revocations.KEPT > ACCESS_LIFETIME


async def test_an_api_is_well_without_profiles(notes_settings: Settings) -> None:
    settings = replace(notes_settings, profiles_url="http://127.0.0.1:1")
    app = new_notes_app(settings)
    async with app.router.lifespan_context(app), client(app) as http:
        assert (await http.get("/readyz")).status_code == 200


async def test_profiles_is_asked_as_a_service_and_for_what_is_new() -> None:
    seen: list[httpx.Request] = []
    gone = new_id()

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"revoked": [str(gone)], "next": "1-7"})

    source = FromProfiles("http://profiles", lambda: "word")
    source._http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    assert await source() == [gone]
    assert await source() is None
    assert seen[0].headers["authorization"] == "Bearer word"
    assert [request.url.params.get("after") for request in seen] == [None, "1-7"]
    await source.aclose()
