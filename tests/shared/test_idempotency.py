"""A request that is sent again has its effect once, and gets its first answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy import text

from shared.access import EVERYONE, Own, allow
from shared.idempotency import KeyedRoute, without_key
from shared.identity import Actor, Caller, Role
from shared.registry import UndeclaredRoute
from shared.settings import Settings
from shared.stored_answers import KeyedRequest, StoredAnswers, fingerprint
from shared.tokens import TokenKey
from shared.values import new_id
from shared.webapp import new_app
from tests.shared.notes import client, new_notes_app

KEY = {"Idempotency-Key": "morning-list-17"}
NOTE = {"title": "one"}


@pytest.fixture
def member() -> Caller:
    return Caller(new_id(), Role.EMPLOYER, new_id())


@pytest.fixture
async def app(notes_settings: Settings) -> AsyncIterator[FastAPI]:
    app = new_notes_app(notes_settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def http(app: FastAPI, member: Caller) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app, minted(app, member)) as http:
        yield http


def minted(app: FastAPI, caller: Caller) -> str:
    settings: Settings = app.state.settings
    key = TokenKey.read_or_create(settings.token_key_file)
    return key.mint(settings, caller, timedelta(minutes=5))


def bearer(app: FastAPI, caller: Caller) -> dict[str, str]:
    return KEY | {"Authorization": f"Bearer {minted(app, caller)}"}


async def held(app: FastAPI, sql: str) -> list[tuple[object, ...]]:
    async with app.state.database.as_system() as session:
        return [tuple(row) for row in await session.execute(text(sql))]


async def notes(app: FastAPI) -> int:
    (found,) = await held(app, "SELECT count(*) FROM notes.note")
    (events,) = await held(app, "SELECT count(*) FROM notes.outbox")
    assert found == events
    return int(str(found[0]))


async def stored(app: FastAPI) -> int:
    ((found,),) = await held(app, "SELECT count(*) FROM notes.idempotency_key")
    return int(str(found))


async def test_a_request_sent_again_gets_the_first_answer(
    app: FastAPI, http: httpx.AsyncClient
) -> None:
    first = await http.post("/v1/notes", json=NOTE, headers=KEY)
    again = await http.post("/v1/notes", json=NOTE, headers=KEY)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    for name in ("content-type", "etag", "feed-position"):
        assert first.headers[name] == again.headers[name]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await notes(app) == 1


async def test_without_a_key_every_request_has_its_effect(
    app: FastAPI, http: httpx.AsyncClient
) -> None:
    for _ in range(2):
        assert (await http.post("/v1/notes", json=NOTE)).status_code == 201
    assert await notes(app) == 2
    assert await stored(app) == 0


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/v1/notes", {"title": "two"}),
        ("/v1/notes?dry=1", NOTE),
        ("/v1/notes/late", {}),
    ],
)
async def test_a_key_that_came_with_another_request_is_refused(
    app: FastAPI, http: httpx.AsyncClient, target: str, body: dict[str, str]
) -> None:
    await http.post("/v1/notes", json=NOTE, headers=KEY)
    other = await http.post(target, json=body, headers=KEY)
    assert other.status_code == 422
    assert other.json()["type"] == "urn:rollcall:problem:idempotency-key-reused"
    assert await notes(app) == 1


async def test_a_refused_request_leaves_no_trace_and_its_key_free(
    app: FastAPI, http: httpx.AsyncClient
) -> None:
    refused = await http.post("/v1/notes", json={"title": ""}, headers=KEY)
    failed = await http.post("/v1/notes/late", headers=KEY)
    assert (refused.status_code, failed.status_code) == (422, 500)
    assert await stored(app) == 0
    corrected = await http.post("/v1/notes", json=NOTE, headers=KEY)
    assert corrected.status_code == 201
    assert await notes(app) == 1


async def test_while_the_first_is_at_work_the_others_are_told_to_come_back(
    app: FastAPI, http: httpx.AsyncClient, member: Caller
) -> None:
    asked = KeyedRequest.of("notes", member, KEY["Idempotency-Key"], b"")
    async with app.state.database.as_caller(member) as session:
        await app.state.stored_answers.recall(session, asked)
        early = await http.post("/v1/notes", json=NOTE, headers=KEY)
    late = await http.post("/v1/notes", json=NOTE, headers=KEY)
    assert early.status_code == 409
    assert early.json()["type"] == "urn:rollcall:problem:idempotency-in-flight"
    assert early.headers["retry-after"] == "1"
    assert late.status_code == 201


async def test_fifty_at_once_have_one_effect(
    app: FastAPI, http: httpx.AsyncClient
) -> None:
    async def send() -> httpx.Response:
        return await http.post("/v1/notes", json=NOTE, headers=KEY)

    answers = await asyncio.gather(*(send() for _ in range(50)))
    done = [answer for answer in answers if answer.status_code == 201]
    waiting = [answer for answer in answers if answer.status_code == 409]
    assert len(done) + len(waiting) == 50
    assert sum("idempotency-replayed" not in answer.headers for answer in done) == 1
    assert {answer.json()["type"] for answer in waiting} <= {
        "urn:rollcall:problem:idempotency-in-flight"
    }
    retried = await asyncio.gather(*(send() for _ in waiting))
    # a retry may meet another retry, which holds the key while it reads
    while behind := [answer for answer in retried if answer.status_code == 409]:
        done += [answer for answer in retried if answer.status_code == 201]
        retried = [await send() for _ in behind]
    done += retried
    assert len(done) == 50
    assert len({answer.content for answer in done}) == 1
    assert await notes(app) == 1


async def test_callers_with_the_same_key_do_not_meet(
    app: FastAPI, http: httpx.AsyncClient, member: Caller
) -> None:
    elsewhere = Caller(member.subject, Role.EMPLOYER, new_id())
    agency = Caller(member.subject, Role.AGENCY, member.tenant)
    colleague = Caller(new_id(), Role.EMPLOYER, member.tenant)
    first = await http.post("/v1/notes", json=NOTE, headers=KEY)
    helper = replace(member, actor=Actor(new_id(), Role.AGENCY, new_id()))
    for caller in (elsewhere, agency, colleague, helper):
        answer = await http.post("/v1/notes", json=NOTE, headers=bearer(app, caller))
        assert answer.status_code == 201
        assert answer.content != first.content
    assert await notes(app) == 5


@pytest.mark.parametrize(
    "key", [b"", b"two words", b"k" * 256, "schlüssel".encode("latin-1"), b"tab\there"]
)
async def test_a_malformed_key_is_told_with_the_other_faults(
    app: FastAPI, http: httpx.AsyncClient, key: bytes
) -> None:
    answer = await http.post(
        "/v1/notes", json={"title": "teh"}, headers={b"Idempotency-Key": key}
    )
    assert answer.status_code == 422
    named = {
        (fault.get("in"), fault.get("parameter") or fault.get("pointer"))
        for fault in answer.json()["errors"]
    }
    assert ("header", "Idempotency-Key") in named
    assert await notes(app) == 0


@pytest.mark.parametrize("key", ["!", "~" * 255, '"8e03978e-40d5-43e8-bc93"'])
async def test_any_visible_ascii_is_a_key(http: httpx.AsyncClient, key: str) -> None:
    headers = {"Idempotency-Key": key}
    first = await http.post("/v1/notes", json=NOTE, headers=headers)
    again = await http.post("/v1/notes", json=NOTE, headers=headers)
    assert first.status_code == 201
    assert first.content == again.content


async def test_after_a_day_the_key_is_free(
    app: FastAPI, http: httpx.AsyncClient
) -> None:
    await http.post("/v1/notes", json=NOTE, headers=KEY)
    await age(app, "23 hours 59 minutes")
    kept = await http.post("/v1/notes", json=NOTE, headers=KEY)
    assert kept.headers["idempotency-replayed"] == "true"
    await age(app, "24 hours")
    # expired, though nobody has pruned it
    anew = await http.post("/v1/notes", json={"title": "two"}, headers=KEY)
    again = await http.post("/v1/notes", json={"title": "two"}, headers=KEY)
    assert anew.status_code == 201
    assert anew.content == again.content
    assert await notes(app) == 2
    assert await stored(app) == 1


async def test_only_what_has_expired_is_pruned(
    app: FastAPI, http: httpx.AsyncClient
) -> None:
    answers: StoredAnswers = app.state.stored_answers
    await http.post("/v1/notes", json=NOTE, headers=KEY)
    async with app.state.database.as_system() as session:
        assert not await answers.prune(session)
    assert await stored(app) == 1
    await age(app, "24 hours")
    async with app.state.database.as_system() as session:
        assert not await answers.prune(session)
    assert await stored(app) == 0


async def test_an_answer_cannot_be_read_without_its_key(
    app: FastAPI, http: httpx.AsyncClient, member: Caller
) -> None:
    answer = await http.post("/v1/notes", json={"title": "canary"}, headers=KEY)
    ((row,),) = await held(app, "SELECT k::text FROM notes.idempotency_key k")
    for secret in (answer.json()["id"], "canary", KEY["Idempotency-Key"]):
        assert secret not in str(row)
        assert secret.encode().hex() not in str(row)
    body = answer.request.content
    asked = fingerprint("POST", "/v1/notes", b"", body)
    key = KeyedRequest.of("notes", member, KEY["Idempotency-Key"], asked)
    ((sealed,),) = await held(app, "SELECT answer FROM notes.idempotency_key")
    assert key.opened(sealed).body == answer.content  # type: ignore[arg-type]


async def test_a_row_belongs_to_its_caller(
    app: FastAPI, http: httpx.AsyncClient, member: Caller
) -> None:
    await http.post("/v1/notes", json=NOTE, headers=KEY)
    count = text("SELECT count(*) FROM notes.idempotency_key")
    colleague = Caller(new_id(), Role.EMPLOYER, member.tenant)
    for caller, sees in ((member, 1), (colleague, 0)):
        async with app.state.database.as_caller(caller) as session:
            assert (await session.execute(count)).scalar_one() == sees
    async with app.state.database.as_nobody() as session:
        assert (await session.execute(count)).scalar_one() == 0


def test_a_post_that_is_no_keyed_route_fails_the_build(settings: Settings) -> None:
    router = APIRouter()
    router.post("/v1/plain", dependencies=[allow(EVERYONE, own=Own.PUBLIC)])(
        lambda: None
    )
    with pytest.raises(UndeclaredRoute, match="/v1/plain is no KeyedRoute"):
        new_app("notes", settings, [router], prefixes=[])


def test_a_post_without_a_session_says_why_it_takes_no_key(settings: Settings) -> None:
    silent = APIRouter(route_class=KeyedRoute)
    silent.post("/v1/bare", dependencies=[allow(EVERYONE, own=Own.PUBLIC)])(
        lambda: None
    )
    with pytest.raises(UndeclaredRoute, match="/v1/bare has no session"):
        new_app("notes", settings, [silent], prefixes=[])
    told = APIRouter(route_class=KeyedRoute)
    why = without_key("its answer is a secret")
    told.post("/v1/bare", dependencies=[allow(EVERYONE, own=Own.PUBLIC), why])(
        lambda: None
    )
    operation = new_app("notes", settings, [told], prefixes=[]).openapi()["paths"]
    described = operation["/v1/bare"]["post"]
    assert described["x-without-idempotency-key"] == "its answer is a secret"
    assert "parameters" not in described


async def age(app: FastAPI, interval: str) -> None:
    async with app.state.database.as_system() as session:
        await session.execute(
            text(
                "UPDATE notes.idempotency_key SET created_at = now()"
                f" - interval '{interval}'"
            )
        )
