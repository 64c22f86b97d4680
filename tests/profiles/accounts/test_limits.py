"""How often anybody may try to sign in, before any password is looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from services.profiles.app import build
from shared.rates import Rate, Rates
from shared.settings import Settings
from tests.profiles.accounts.conftest import Desk, opened_desk
from tests.profiles.conftest import Api


@asynccontextmanager
async def desk_with(settings: Settings, rates: Rates) -> AsyncIterator[Desk]:
    app = build(replace(settings, rates=rates))
    async with (
        app.router.lifespan_context(app),
        opened_desk(Api(app, settings)) as desk,
    ):
        yield desk


@pytest.mark.parametrize(
    "rates",
    [Rates(sign_in=Rate(3, 3_600)), Rates(sign_in_account=Rate(3, 3_600))],
    ids=["address", "account"],
)
async def test_one_try_too_many_is_429_and_hashes_nothing(
    settings: Settings, rates: Rates
) -> None:
    async with desk_with(settings, rates) as desk:
        statuses = []
        for _ in range(4):
            answer = await desk.token(
                "password", username="a@example.org", password="wrong password"
            )
            statuses.append(answer.status_code)
        assert statuses == [400, 400, 400, 429]
        assert int(answer.headers["retry-after"]) > 0
        assert desk.registrar.passwords.verified == 3


async def test_without_valkey_nobody_signs_in_and_everybody_goes_on(
    settings: Settings,
) -> None:
    away = replace(settings, redis_url="redis://127.0.0.1:1/0")
    async with desk_with(away, Rates()) as desk:
        refused = await desk.token("password", username="a@b.example", password="x" * 9)
        assert refused.status_code == 503
        assert (await desk.http.get("/v1/accounts/jwks.json")).status_code == 200
