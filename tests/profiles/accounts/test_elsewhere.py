"""Where another issuer signs people in, nobody signs up or in here beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.settings import Settings
from tests.profiles.accounts.conftest import PASSWORD, Desk

PHONE = {"phone": "+442079460001"}
CODE = {"code": "123456"}
ANY = "01a20dd3-f986-71fc-a7ac-2fe56ef8d66d"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    issuer = "https://issuer.example"
    return replace(settings, oidc_issuer=issuer, oidc_audience="rollcall")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("sign-ups", PHONE | {"kind": "worker"}),
        (f"sign-ups/{ANY}/verification", CODE),
        ("codes", PHONE),
        ("password-resets", PHONE),
        (f"password-resets/{ANY}", CODE | {"password": PASSWORD}),
    ],
)
async def test_people_are_sent_there(
    desk: Desk, path: str, body: dict[str, Any]
) -> None:
    answer = await desk.http.post(f"/v1/accounts/{path}", json=body)
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:rollcall:problem:sign-in-elsewhere"


@pytest.mark.parametrize("grant", ["password", "refresh_token"])
async def test_the_grants_of_people_are_not_offered(desk: Desk, grant: str) -> None:
    answer = await desk.token(grant, username=PHONE["phone"], password=PASSWORD)
    assert answer.json()["error"] == "unsupported_grant_type"
