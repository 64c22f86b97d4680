"""Declared or denied; every error a problem; commit before the answer leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from fastapi import APIRouter
from structlog.testing import capture_logs

from shared.identity import Role
from shared.registry import UndeclaredRoute
from shared.settings import Settings
from shared.values import new_id
from shared.webapp import new_app
from tests.shared.notes import client, new_notes_app, token


def test_a_route_that_does_not_say_who_may_call_it_fails_the_build(
    settings: Settings,
) -> None:
    router = APIRouter()
    router.get("/v1/secret")(lambda: None)
    with pytest.raises(UndeclaredRoute, match="/v1/secret"):
        new_app("notes", settings, [router], prefixes=[])


def test_a_router_inside_a_router_cannot_hide_an_undeclared_route(
    settings: Settings,
) -> None:
    inner, outer = APIRouter(), APIRouter()
    inner.get("/v1/secret")(lambda: None)
    outer.include_router(inner)
    with pytest.raises(UndeclaredRoute):
        new_app("notes", settings, [outer], prefixes=[])


async def test_roles_that_are_not_declared_are_refused(
    notes_settings: Settings,
) -> None:
    app = new_notes_app(notes_settings)
    async with client(app) as http:
        nobody = await http.get("/v1/notes")
        worker = await http.get(
            "/v1/notes", headers=bearer(notes_settings, Role.WORKER)
        )
        member = await http.get(
            "/v1/notes", headers=bearer(notes_settings, Role.EMPLOYER)
        )
    assert nobody.status_code == 401
    assert nobody.headers["www-authenticate"] == "Bearer"
    assert worker.status_code == 403
    # a member whose token names no organisation belongs to none
    assert member.status_code == 403


async def test_all_faults_of_a_request_are_told_at_once(
    notes_settings: Settings,
) -> None:
    app = new_notes_app(notes_settings)
    access_token = token(notes_settings, Role.EMPLOYER, new_id())
    async with client(app, access_token) as http:
        answer = await http.post(
            "/v1/notes",
            content=b'{"title": "teh", "stars": true, "due": "2026-01-01T24:00:00Z",'
            b' "lat": NaN, "colour": 1}',
            headers={"Content-Type": "application/json"},
        )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "urn:rollcall:problem:invalid-request"
    rules = {fault["pointer"]: fault["rule"] for fault in problem["errors"]}
    assert rules == {
        "/stars": "int_type",
        "/due": "instant",
        "/lat": "finite_number",
        "/colour": "extra_forbidden",
        "/title": "spelling",
    }


async def test_a_body_that_is_no_text_is_told_as_a_fault(
    notes_settings: Settings,
) -> None:
    access_token = token(notes_settings, Role.EMPLOYER, new_id())
    async with client(new_notes_app(notes_settings), access_token) as http:
        answer = await http.post(
            "/v1/notes",
            content=b'{"title": "\xff"}',
            headers={"Content-Type": "application/json"},
        )
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["rule"] == "json"


async def test_a_body_over_the_limit_is_a_problem_too(notes_settings: Settings) -> None:
    app = new_notes_app(notes_settings)
    access_token = token(notes_settings, Role.EMPLOYER, new_id())

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" " * 1_000_000

    json = {"Content-Type": "application/json"}
    async with client(app, access_token) as http:
        declared = await http.post("/v1/notes", content=b" " * 10**7, headers=json)
        chunked = await http.post("/v1/notes", content=chunks(), headers=json)
    for answer in (declared, chunked):
        assert answer.status_code == 413
        assert answer.json()["type"] == "urn:rollcall:problem:body-too-large"


async def test_an_unexpected_error_keeps_its_reason_to_the_log(
    notes_settings: Settings,
) -> None:
    async with client(new_notes_app(notes_settings)) as http:
        answer = await http.post("/v1/notes/broken")
    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:rollcall:problem:internal-error"
    assert "secret" not in answer.text


async def test_a_commit_that_fails_is_never_answered_with_created(
    notes_settings: Settings,
) -> None:
    access_token = token(notes_settings, Role.EMPLOYER, new_id())
    async with client(new_notes_app(notes_settings), access_token) as http:
        answer = await http.post("/v1/notes/late")
    assert answer.status_code == 500


async def test_a_page_says_where_the_list_goes_on(notes_settings: Settings) -> None:
    access_token = token(notes_settings, Role.EMPLOYER, new_id())
    async with client(new_notes_app(notes_settings), access_token) as http:
        for number in range(5):
            await http.post("/v1/notes", json={"title": f"note {number}"})
        seen: list[str] = []
        target = "/v1/notes?limit=2"
        while target:
            answer = await http.get(target)
            seen += answer.json()["items"]
            target = answer.links.get("next", {}).get("url", "")
        forged = await http.get("/v1/notes?cursor=bm9wZQ")
        too_many = await http.get("/v1/notes?limit=201")
    assert seen == [f"note {number}" for number in range(5)]
    assert forged.status_code == 422
    assert forged.json()["errors"][0]["parameter"] == "cursor"
    assert too_many.status_code == 422


async def test_an_edit_of_a_version_that_is_gone_is_refused(
    notes_settings: Settings,
) -> None:
    access_token = token(notes_settings, Role.EMPLOYER, new_id())
    async with client(new_notes_app(notes_settings), access_token) as http:
        created = await http.post("/v1/notes", json={"title": "one"})
        path = f"/v1/notes/{UUID(created.json()['id'])}"
        seen = {"If-Match": created.headers["etag"]}
        first = await http.put(path, json={"title": "two"}, headers=seen)
        second = await http.put(path, json={"title": "three"}, headers=seen)
        nonsense = await http.put(
            path, json={"title": "four"}, headers={"If-Match": "abc"}
        )
    assert first.status_code == 200
    assert first.headers["etag"] == '"2"'
    assert second.status_code == 412
    assert second.headers["etag"] == '"2"'
    assert nonsense.status_code == 422


async def test_what_is_refused_is_told_to_the_log_and_what_was_sent_is_not(
    notes_settings: Settings,
) -> None:
    app = new_notes_app(notes_settings)
    with capture_logs() as said:
        async with client(app, token(notes_settings, Role.WORKER)) as http:
            await http.get("/v1/notes")
            await http.get("/v1/notes?note=secret", headers={"Authorization": ""})
            await http.get("/healthz")
        async with client(app, token(notes_settings, Role.EMPLOYER, new_id())) as http:
            await http.post("/v1/notes", json={"title": "", "secret": "secret"})
    told = [line for line in said if line["event"] == "request refused"]
    assert [(line["status"], line["problem"], line["role"]) for line in told] == [
        (403, "not-allowed", Role.WORKER),
        (401, "not-signed-in", None),
        (422, "invalid-request", Role.EMPLOYER),
    ]
    assert {line["route"] for line in told} == {"/v1/notes"}
    assert {line["client"] for line in told} == {"127.0.0.1"}
    assert "secret" not in str(told)


async def test_a_request_is_counted_under_its_route_and_keeps_its_id(
    notes_settings: Settings,
) -> None:
    request_id = str(new_id())
    app = new_notes_app(notes_settings)
    async with client(app, token(notes_settings, Role.OPERATOR)) as http:
        answer = await http.get("/v1/notes", headers={"X-Request-Id": request_id})
        await http.get("/v1/notes/nowhere/else")
        metrics = (await http.get("/metrics")).text
    assert answer.headers["x-request-id"] == request_id
    assert 'method="GET",route="/v1/notes",service="notes",status="200"' in metrics
    assert "nowhere" not in metrics


def bearer(settings: Settings, role: Role) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(settings, role)}"}
