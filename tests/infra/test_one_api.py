"""Three apps behind one address: each request reaches its owner, each app lives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.types import Message

from infra.onebox.apis import OneApi, PrefixClash, load_apis
from infra.onebox.workers import load_loops
from shared.access import EVERYONE, Own, allow
from shared.settings import Settings
from shared.webapp import new_app

NAMES = ["profiles", "postings", "matching"]


def an_app(
    settings: Settings, name: str, prefixes: Sequence[str], lives: list[str]
) -> FastAPI:
    router = APIRouter()

    @router.get("/v1/{path:path}", dependencies=[allow(EVERYONE, own=Own.PUBLIC)])
    async def anything(path: str) -> str:
        return name

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        lives.append(f"{name} begins")
        try:
            yield
        finally:
            lives.append(f"{name} ends")

    return new_app(name, settings, [router], prefixes=prefixes, lifespan=lifespan)


@pytest.fixture
def lives() -> list[str]:
    """What the apps' lifespans did, in order."""
    return []


@pytest.fixture
def api(settings: Settings, lives: list[str]) -> OneApi:
    return OneApi(
        {
            "profiles": an_app(settings, "profiles", ["/v1/workers"], lives),
            "postings": an_app(settings, "postings", ["/v1/postings"], lives),
        }
    )


def client(api: OneApi) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(api)
    return httpx.AsyncClient(transport=transport, base_url="http://box")


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("/v1/workers", "profiles"),
        ("/v1/workers/1/places", "profiles"),
        ("/v1/postings", "postings"),
        ("/v1/postings/1", "postings"),
        ("/v1/feeds/postings", "postings"),
        ("/v1/feeds/profiles", "profiles"),
        ("/v1/workersandmore", "profiles"),
        ("/elsewhere", "profiles"),
        ("/", "profiles"),
    ],
)
def test_a_path_belongs_to_the_app_that_declared_its_first_segments(
    api: OneApi, path: str, owner: str
) -> None:
    assert api.owner(path).title == f"Rollcall {owner}"


async def test_a_request_is_answered_by_the_owner_of_its_path(api: OneApi) -> None:
    async with client(api) as http:
        assert (await http.get("/v1/postings?market=labor")).json() == "postings"
        assert (await http.get("/v1/workers/1")).json() == "profiles"
        assert (await http.get("/elsewhere")).status_code == 404
        assert (await http.get("/healthz")).json() == {"status": "alive"}


async def test_each_app_has_its_own_documentation(api: OneApi) -> None:
    async with client(api) as http:
        for name in ("profiles", "postings"):
            schema = (await http.get(f"/v1/openapi/{name}.json")).json()
            assert schema["info"]["title"] == f"Rollcall {name}"
            assert (await http.get(f"/docs/{name}")).status_code == 200


async def test_it_is_ready_when_every_app_is(api: OneApi) -> None:
    async with client(api) as http:
        answer = await http.get("/readyz")
        assert answer.status_code == 200
        assert answer.json()["status"] == "ready"
        assert answer.json()["profiles"]["status"] == "ready"

        api._apps["postings"].state.readiness = lambda: {"ready": False, "behind": 7}
        answer = await http.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["status"] == "not ready"
        assert answer.json()["postings"]["behind"] == 7


def test_two_apps_may_not_claim_the_same_segments(settings: Settings) -> None:
    apps = {
        name: an_app(settings, name, ["/v1/workers"], [])
        for name in ("profiles", "postings")
    }
    with pytest.raises(PrefixClash, match="/v1/workers"):
        OneApi(apps)


async def test_the_lifespan_of_every_app_runs_and_ends_in_reverse(
    api: OneApi, lives: list[str]
) -> None:
    sent = await run_lifespan(api)
    assert lives == [
        "profiles begins",
        "postings begins",
        "postings ends",
        "profiles ends",
    ]
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_when_one_app_cannot_start_none_does(
    settings: Settings, lives: list[str]
) -> None:
    @asynccontextmanager
    async def broken(app: FastAPI) -> AsyncIterator[None]:
        raise RuntimeError("no index")
        yield

    api = OneApi(
        {
            "profiles": an_app(settings, "profiles", ["/v1/workers"], lives),
            "matching": new_app(
                "matching", settings, [], prefixes=["/v1/matches"], lifespan=broken
            ),
        }
    )
    assert await run_lifespan(api) == ["lifespan.startup.failed"]
    assert str(api.fault) == "no index"
    assert lives == ["profiles begins", "profiles ends"]


def test_every_service_has_an_api_and_a_loop() -> None:
    assert list(load_apis()) == NAMES
    assert list(load_loops()) == NAMES


def test_the_services_own_different_segments(settings: Settings) -> None:
    OneApi({name: build(settings) for name, build in load_apis().items()})


async def run_lifespan(api: OneApi) -> list[str]:
    """The messages an app sends while a server starts and stops it."""
    sent: list[str] = []
    words = iter(["lifespan.startup", "lifespan.shutdown"])

    async def send(message: Message) -> None:
        sent.append(message["type"])

    async def receive() -> Message:
        return {"type": next(words)}

    answer: Callable[[Message], Awaitable[None]] = send
    await api({"type": "lifespan", "state": {}}, receive, answer)
    return sent
