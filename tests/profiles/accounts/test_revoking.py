"""What is ended at profiles bites at every API, here over HTTP between two of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import httpx

from shared.revocations import ASK_EVERY, FromProfiles, Revocations, kept_up_to_date
from shared.tokens import service_token
from tests.profiles.accounts.conftest import PASSWORD, Desk

PATH = "/v1/accounts/revocations"
PHONE = "+442079460001"
PATIENCE = 30


async def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_an_ended_sign_in_is_refused_by_profiles_itself(desk: Desk) -> None:
    tokens = await desk.worker(PHONE)
    me = "/v1/accounts/me"
    assert (await desk.http.get(me, headers=tokens.headers)).status_code == 200
    caller = desk.caller(tokens.access)
    await desk.http.post("/v1/accounts/revoke", data={"token": tokens.refresh})
    known = desk.registrar.check.revocations
    await until(lambda: known.names(caller))
    refused = await desk.http.get(me, headers=tokens.headers)
    assert refused.status_code == 401
    assert "invalid_token" in refused.headers["www-authenticate"]


async def test_another_api_hears_of_it_over_http(desk: Desk) -> None:
    tokens = await desk.worker(PHONE, password=PASSWORD)
    other = await desk.sign_in(PHONE)
    source = FromProfiles(
        "http://profiles", service_token(desk.api.settings, "matching")
    )
    source._http = httpx.AsyncClient(transport=httpx.ASGITransport(desk.api.app))
    known, ended = Revocations(), desk.caller(tokens.access)
    async with kept_up_to_date(known, source):
        await desk.http.post("/v1/accounts/revoke", data={"token": tokens.access})
        await until(lambda: known.names(ended))
        assert not known.names(desk.caller(other.access))
    await source.aclose()


async def test_only_services_may_ask(desk: Desk) -> None:
    worker = await desk.worker(PHONE)
    assert (await desk.http.get(PATH)).status_code == 401
    assert (await desk.http.get(PATH, headers=worker.headers)).status_code == 403
    async with desk.api.as_service() as http:
        answer = await http.get(PATH)
    assert answer.json() == {"revoked": [], "next": "0-0"}


async def test_whoever_knows_the_state_waits_for_another(desk: Desk) -> None:
    tokens = await desk.worker(PHONE)
    session = desk.caller(tokens.access).session
    async with desk.api.as_service() as http:
        query: dict[str, str | int] = {"after": "0-0", "wait": 20}
        waiting = asyncio.create_task(http.get(PATH, params=query, timeout=30))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        await desk.http.post("/v1/accounts/revoke", data={"token": tokens.refresh})
        page = (await waiting).json()
    assert page["revoked"] == [str(session)]


def test_it_is_asked_every_second() -> None:
    assert ASK_EVERY.total_seconds() <= 1
