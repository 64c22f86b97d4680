"""Every answer carries the security headers; pages of other origins stay outside."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from ipaddress import ip_network

import httpx
import pytest
from fastapi import FastAPI

from shared.settings import Settings
from tests.shared.notes import client, new_notes_app

EXPECTED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'; sandbox"
    ),
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
PAGE = "https://app.example"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/v1/openapi/notes.json", 200),
        ("GET", "/v1/notes", 401),
        ("GET", "/nowhere", 404),
        ("GET", "/v1/notes/", 404),
        ("PUT", "/v1/notes", 405),
        ("TRACE", "/v1/notes", 405),
        ("GET", f"/v1/notes?{'x' * 9000}", 414),
        ("POST", "/v1/notes/broken", 500),
    ],
)
async def test_every_answer_carries_them(
    notes_settings: Settings, method: str, path: str, status: int
) -> None:
    async with client(new_notes_app(notes_settings)) as http:
        answer = await http.request(method, path)
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in EXPECTED} == EXPECTED
    assert not {"server", "set-cookie"} & answer.headers.keys()
    assert "strict-transport-security" not in answer.headers


async def test_a_refused_request_carries_them_too(notes_settings: Settings) -> None:
    async with client(new_notes_app(notes_settings)) as http:
        answer = await http.post("/v1/notes", content=b" " * 10**7)
    assert {name: answer.headers[name] for name in EXPECTED} == EXPECTED


async def test_transport_security_is_told_to_whoever_came_by_tls(
    notes_settings: Settings,
) -> None:
    loopback = replace(notes_settings, trusted_proxies=(ip_network("127.0.0.1"),))
    behind_tls = replace(notes_settings, tls_terminated=True)

    async def told(settings: Settings, **headers: str) -> bool:
        async with client(new_notes_app(settings)) as http:
            answer = await http.get("/healthz", headers=headers)
        return "strict-transport-security" in answer.headers

    proto = {"X-Forwarded-Proto": "https"}
    assert await told(behind_tls)
    assert await told(loopback, **proto)
    assert not await told(loopback)
    assert not await told(notes_settings, **proto)


def preflight(origin: str) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, idempotency-key",
    }


async def ask(app: FastAPI, origin: str) -> list[httpx.Response]:
    """A preflight, an answer, an error and a crash."""
    async with client(app) as http:
        page = {"Origin": origin}
        return [
            await http.options("/v1/notes", headers=preflight(origin)),
            await http.get("/healthz", headers=page),
            await http.get("/v1/notes", headers=page),
            await http.post("/v1/notes/broken", headers=page),
        ]


async def test_no_page_of_another_origin_reads_anything_by_default(
    notes_settings: Settings,
) -> None:
    for answer in await ask(new_notes_app(notes_settings), PAGE):
        assert not [name for name in answer.headers if name.startswith("access-")]


async def test_the_pages_of_a_listed_origin_do_and_of_no_other(
    notes_settings: Settings,
) -> None:
    app = new_notes_app(replace(notes_settings, cors_origins=(PAGE,)))
    for answer in await ask(app, PAGE):
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert "access-control-allow-credentials" not in answer.headers
    for stranger in ("https://evil.example", f"{PAGE}.evil.example", "null"):
        for answer in await ask(app, stranger):
            assert "access-control-allow-origin" not in answer.headers


async def test_an_api_open_to_all_pages_still_takes_no_credentials_of_browsers(
    notes_settings: Settings,
) -> None:
    app = new_notes_app(replace(notes_settings, cors_origins=("*",)))
    for answer in await ask(app, PAGE):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers


class Links(HTMLParser):
    """What a page loads, and what runs in it."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.inline = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        target = given.get("src") or given.get("href")
        if target:
            self.loaded.append(target)
        elif tag in ("script", "style"):
            self.inline += 1


async def test_the_documentation_page_loads_nothing_from_elsewhere(
    notes_settings: Settings,
) -> None:
    async with client(new_notes_app(notes_settings)) as http:
        page = await http.get("/docs/notes")
        links = Links()
        links.feed(page.text)
        files = {path: await http.get(path) for path in links.loaded}
        missing = await http.get("/docs/notes/../../settings.py")
        unknown = await http.get("/docs/notes/redoc.standalone.js")
    assert links.inline == 0, "the content policy forbids scripts in the page"
    assert all(re.fullmatch(r"/docs/notes/[\w.-]+", path) for path in files)
    assert {answer.status_code for answer in files.values()} == {200}
    assert "/v1/openapi/notes.json" in files["/docs/notes/start.js"].text
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert {"object-src 'none'", "base-uri 'none'"} <= set(policy.split("; "))
    assert "http" not in policy
    assert missing.status_code == unknown.status_code == 404


async def test_the_documentation_page_can_be_switched_off(
    notes_settings: Settings,
) -> None:
    async with client(new_notes_app(replace(notes_settings, docs=False))) as http:
        page = await http.get("/docs/notes")
        document = await http.get("/v1/openapi/notes.json")
    assert (page.status_code, document.status_code) == (404, 200)
