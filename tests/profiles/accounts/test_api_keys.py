"""API keys: shown once, no more than their maker, exchanged for tokens."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from shared.identity import Caller, Role, Scope
from shared.values import new_id, now
from tests.profiles.accounts.conftest import Desk, Tokens

PATH = "/v1/accounts/keys"


def a_key(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Nightly import",
        "scopes": ["postings:read", "postings:write"],
        "expires_at": (now() + timedelta(days=90)).isoformat(),
    } | changes


async def made(desk: Desk, owner: Tokens, **changes: Any) -> dict[str, Any]:
    answer = await desk.http.post(PATH, json=a_key(**changes), headers=owner.headers)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def exchanged(desk: Desk, key: dict[str, Any], **more: str) -> httpx.Response:
    return await desk.token(
        "client_credentials", client_id=key["id"], client_secret=key["secret"], **more
    )


async def test_a_key_is_exchanged_for_a_token_of_its_organisation(desk: Desk) -> None:
    owner = await desk.owner()
    key = await made(desk, owner)
    answer = await exchanged(desk, key)
    assert "refresh_token" not in answer.json()
    caller = desk.caller(answer.json()["access_token"])
    assert (caller.role, caller.tenant) == (Role.EMPLOYER, owner.organisation)
    assert str(caller.key) == str(caller.subject) == key["id"]
    assert caller.allowed == {"postings:read", "postings:write"}
    narrow = await exchanged(desk, key, scope="postings:read")
    assert narrow.json()["scope"] == "postings:read"
    more = await exchanged(desk, key, scope="organisations:write")
    assert more.json()["error"] == "invalid_scope"


async def test_a_key_comes_as_basic_too(desk: Desk) -> None:
    key = await made(desk, await desk.owner())
    word = base64.b64encode(f"{key['id']}:{key['secret']}".encode()).decode()
    answer = await desk.http.post(
        "/v1/accounts/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {word}"},
    )
    assert answer.status_code == 200


async def test_its_secret_is_shown_once_and_kept_nowhere(desk: Desk) -> None:
    owner = await desk.owner()
    key = await made(desk, owner)
    listed = await desk.http.get(PATH, headers=owner.headers)
    assert "secret" not in listed.json()["items"][0]
    assert key["secret"] not in str(await desk.api.rows("api_key"))
    assert listed.json()["items"][0]["last_used_day"] is None
    await exchanged(desk, key)
    used = await desk.http.get(PATH, headers=owner.headers)
    assert used.json()["items"][0]["last_used_day"] == now().date().isoformat()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"scopes": ["queues:write"]}, "/scopes/0"),
        ({"scopes": ["postings:read", "members:write"]}, "/scopes/1"),
        ({"scopes": ["account"]}, "/scopes/0"),
        ({"scopes": ["everything"]}, "/scopes/0"),
        ({"scopes": []}, "/scopes"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"expires_at": "2199-01-01T00:00:00Z"}, "/expires_at"),
    ],
)
async def test_a_key_may_no_more_than_its_maker_for_a_year_at_most(
    desk: Desk, change: dict[str, Any], pointer: str
) -> None:
    owner = await desk.owner()
    answer = await desk.http.post(PATH, json=a_key(**change), headers=owner.headers)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


async def test_a_key_is_refused_when_revoked_expired_wrong_or_unknown(
    desk: Desk,
) -> None:
    owner = await desk.owner()
    revoked, expired = await made(desk, owner), await made(desk, owner)
    gone = await desk.http.delete(f"{PATH}/{revoked['id']}", headers=owner.headers)
    assert gone.status_code == 204
    async with desk.api.database.as_system() as session:
        await session.execute(
            text("UPDATE profiles.api_key SET expires_at = now() WHERE id = :id"),
            {"id": expired["id"]},
        )
    wrong = expired | {"secret": "x" * 43}
    unknown = wrong | {"id": str(new_id())}
    answers = [await exchanged(desk, key) for key in (revoked, expired, wrong, unknown)]
    assert {(each.status_code, each.content) for each in answers} == {
        (401, answers[0].content)
    }


async def test_another_organisations_key_is_not_there(desk: Desk) -> None:
    key = await made(desk, await desk.owner())
    other = await desk.owner("ann@agency.example", kind="agency")
    gone = await desk.http.delete(f"{PATH}/{key['id']}", headers=other.headers)
    assert gone.status_code == 404
    assert (await desk.http.get(PATH, headers=other.headers)).json()["items"] == []


async def test_an_organisation_that_is_not_registered_has_no_keys(desk: Desk) -> None:
    async with desk.api.as_caller(Caller(new_id(), Role.EMPLOYER, new_id())) as http:
        answer = await http.post(PATH, json=a_key())
    assert answer.json()["type"] == "urn:rollcall:problem:organisation-unknown"


async def test_a_key_makes_no_keys_and_touches_no_account(desk: Desk) -> None:
    key = await made(desk, await desk.owner(), scopes=["organisations:write"])
    token = (await exchanged(desk, key)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    for answer in (
        await desk.http.post(PATH, json=a_key(), headers=headers),
        await desk.http.get("/v1/accounts/me", headers=headers),
    ):
        assert answer.status_code == 403


async def test_an_operator_has_keys_of_their_own_which_end_with_the_account(
    desk: Desk,
) -> None:
    operator, _ = await desk.staff("operator", "op@rollcall.example")
    key = await made(desk, operator, scopes=["queues:read"])
    answer = await exchanged(desk, key)
    caller = desk.caller(answer.json()["access_token"])
    assert caller.role is Role.OPERATOR
    assert caller.allowed == {Scope.QUEUES_READ}
    async with desk.api.as_operator() as http:
        path = f"/v1/accounts/{operator.account}/state"
        await http.put(path, json={"state": "closed"})
    assert (await exchanged(desk, key)).status_code == 401
