"""`account create` and `keys rotate`: before anybody can sign in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator

import httpx
import pyotp
import pytest

from services.profiles.app import build
from shared.settings import Settings
from shared.signing_keys import held_keys

PASSWORD = "correct horse battery staple"


def run(
    settings: Settings, *words: str, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "infra.cli.main", *words],
        env=os.environ | settings.environment(),
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
async def http(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = build(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://profiles") as http,
    ):
        yield http


def create(
    settings: Settings, role: str, login: str, password: str = PASSWORD
) -> subprocess.CompletedProcess[str]:
    words = ("account", "create", "--role", role, "--login", login, "--json")
    return run(settings, *words, "--password-stdin", typed=f"{password}\n")


async def test_the_first_operator_is_made_offline_and_signs_in(
    settings: Settings, http: httpx.AsyncClient
) -> None:
    made = create(settings, "operator", "op@rollcall.example")
    assert made.returncode == 0, made.stderr
    document = json.loads(made.stdout)
    form = {
        "grant_type": "password",
        "username": "op@rollcall.example",
        "password": PASSWORD,
        "totp": pyotp.TOTP(document["totp"]["secret"]).now(),
    }
    answer = await http.post("/v1/accounts/token", data=form)
    assert answer.status_code == 200, answer.text
    assert "queues:write" in answer.json()["scope"]
    again = create(settings, "operator", "OP@rollcall.example")
    assert again.returncode == 1
    assert "account already" in again.stderr


@pytest.mark.parametrize(
    ("login", "password"),
    [("op@rollcall.example", "password123"), ("nowhere", PASSWORD)],
)
def test_what_is_no_good_is_one_line(
    settings: Settings, login: str, password: str
) -> None:
    refused = create(settings, "clerk", login, password)
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1


def test_keys_are_listed_and_rotated(settings: Settings) -> None:
    before = {key.kid for key in held_keys(settings)}
    try:
        rotated = json.loads(run(settings, "keys", "rotate", "--json").stdout)
        listed = json.loads(run(settings, "keys", "list", "--json").stdout)
        assert {row["kid"] for row in listed} == before | {rotated["kid"]}
        assert [row["signs"] for row in listed] == [True, False]
    finally:
        # the session's tests share the first key; they never meet this one
        for key in held_keys(settings):
            if key.kid not in before:
                key.path.unlink()
