"""A service with one route of each class, and limits as small as a test needs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
from fastapi import APIRouter, FastAPI, Request

from shared.access import EVERYONE, Own, allow
from shared.idempotency import ONLY_ASKS, KeyedRoute
from shared.identity import SIGNED_IN, Caller, Scope
from shared.rate_limits.declared import rated
from shared.rate_limits.limits import limit_sign_in
from shared.rates import Rate, RateClass, Rates
from shared.settings import Settings
from shared.tokens import TokenKey
from shared.webapp import new_app

router = APIRouter(prefix="/v1/things", route_class=KeyedRoute)
SOMEBODY = allow(SIGNED_IN, scope=Scope.POSTINGS_READ, own=Own.SHARED)
ANYBODY = allow(EVERYONE, own=Own.PUBLIC)


@router.get("", dependencies=[SOMEBODY])
async def read_things() -> str:
    return "things"


@router.post("", dependencies=[SOMEBODY, ONLY_ASKS])
async def write_thing(body: dict[str, str]) -> str:
    return "written"


@router.post("/search", dependencies=[SOMEBODY, rated(RateClass.HEAVY), ONLY_ASKS])
async def search_things() -> str:
    return "found"


@router.get("/public", dependencies=[ANYBODY])
async def read_public() -> str:
    return "for all"


@router.post("/sign-in", dependencies=[ANYBODY, rated(RateClass.SIGN_IN), ONLY_ASKS])
async def sign_in(request: Request, name: str) -> str:
    await limit_sign_in(request, name)
    return "welcome"


def limited(settings: Settings, **rates: Rate | int | bool) -> Settings:
    """The settings with other limits; what is not named stays generous."""
    return replace(settings, rates=replace(Rates(), **rates))  # type: ignore[arg-type]


def new_things_app(settings: Settings) -> FastAPI:
    return new_app("things", settings, [router], prefixes=["/v1/things"])


def bearer(settings: Settings, caller: Caller) -> dict[str, str]:
    key = TokenKey.read_or_create(settings.token_key_file)
    return {
        "Authorization": f"Bearer {key.mint(settings, caller, timedelta(minutes=5))}"
    }


@asynccontextmanager
async def client(
    app: FastAPI, address: str = "192.0.2.1"
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of `app` whose socket comes from `address`."""
    transport = httpx.ASGITransport(
        app, raise_app_exceptions=False, client=(address, 40_000)
    )
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://things") as http,
    ):
        yield http
