"""A clerk acts for a worker: with consent, in both names, and only while it holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.profiles.accounts.models import acting_consent
from services.profiles.sign_ins.oauth import ACCESS_TOKEN, TOKEN_EXCHANGE
from shared.identity import Actor, Caller, Role
from shared.values import new_id, now
from tests.profiles.accounts.conftest import Desk, Tokens
from tests.profiles.builders import a_worker

PATH = "/v1/accounts/consents"
PHONE = "+442079460001"


@pytest.fixture
async def clerk(desk: Desk) -> Tokens:
    tokens, _ = await desk.staff("clerk", "ada@bureau.example")
    return tokens


def on_paper(**changes: Any) -> dict[str, Any]:
    return {
        "given": "paper",
        "purpose": "Keep my profile up to date",
        "reference": "binder 7",
        "until": (now() + timedelta(days=7)).isoformat(),
    } | changes


async def recorded(desk: Desk, clerk: Tokens, **changes: Any) -> dict[str, Any]:
    body = on_paper(**changes)
    answer = await desk.http.post(PATH, json=body, headers=clerk.headers)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def exchange(desk: Desk, clerk: Tokens, consent: str) -> httpx.Response:
    return await desk.token(
        TOKEN_EXCHANGE,
        subject_token=consent,
        subject_token_type="urn:rollcall:token-type:consent",
        actor_token=clerk.access,
        actor_token_type=ACCESS_TOKEN,
    )


async def acting(desk: Desk, clerk: Tokens, consent: str) -> dict[str, str]:
    answer = await exchange(desk, clerk, consent)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def test_a_clerk_acts_for_a_worker_and_it_shows(
    desk: Desk, clerk: Tokens
) -> None:
    worker = await desk.worker(PHONE)
    given = await recorded(desk, clerk, phone=PHONE)
    answer = await exchange(desk, clerk, given["id"])
    assert answer.json()["issued_token_type"] == ACCESS_TOKEN
    assert answer.json()["expires_in"] <= 1_800
    assert "refresh_token" not in answer.json()
    caller = desk.caller(answer.json()["access_token"])
    assert (caller.subject, caller.role) == (worker.account, Role.WORKER)
    assert clerk.account is not None
    assert caller.actor == Actor(clerk.account, Role.CLERK)
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    made = await desk.http.post("/v1/workers", json=a_worker(), headers=headers)
    assert made.status_code == 201
    entries = await desk.api.rows("audit_entry")
    shown = [each for each in entries if each["acting"]]
    assert {each["acting"]["subject"] for each in shown} == {str(clerk.account)}
    assert "acting.begin" in [each["action"] for each in shown]


async def test_a_clerk_does_not_reach_the_workers_account(
    desk: Desk, clerk: Tokens
) -> None:
    await desk.worker(PHONE)
    given = await recorded(desk, clerk, phone=PHONE)
    headers = await acting(desk, clerk, given["id"])
    for path in ("me", "me/sign-ins", "consents"):
        answer = await desk.http.get(f"/v1/accounts/{path}", headers=headers)
        assert answer.status_code == 403


async def test_without_consent_nobody_acts(desk: Desk, clerk: Tokens) -> None:
    assert (await exchange(desk, clerk, str(new_id()))).json()["error"] == (
        "invalid_grant"
    )


async def test_a_withdrawn_consent_is_refused_and_ends_what_is_under_way(
    desk: Desk, clerk: Tokens
) -> None:
    worker = await desk.worker(PHONE)
    given = await recorded(desk, clerk, phone=PHONE)
    headers = await acting(desk, clerk, given["id"])
    session = desk.caller(headers["Authorization"].split()[1]).session
    gone = await desk.http.delete(f"{PATH}/{given['id']}", headers=worker.headers)
    assert gone.status_code == 204
    assert (await exchange(desk, clerk, given["id"])).status_code == 400
    assert session in [row["target"] for row in await desk.api.rows("revocation")]


async def test_acting_ends_with_the_clerks_own_sign_in(
    desk: Desk, clerk: Tokens
) -> None:
    await desk.worker(PHONE)
    given = await recorded(desk, clerk, phone=PHONE)
    headers = await acting(desk, clerk, given["id"])
    session = desk.caller(headers["Authorization"].split()[1]).session
    await desk.http.post("/v1/accounts/revoke", data={"token": clerk.refresh})
    assert session in [row["target"] for row in await desk.api.rows("revocation")]


async def test_a_token_never_outlives_the_consent(desk: Desk, clerk: Tokens) -> None:
    await desk.worker(PHONE)
    given = await recorded(desk, clerk, phone=PHONE)
    async with desk.api.database.as_system() as session:
        await session.execute(
            acting_consent.update().values(until=now() + timedelta(seconds=40))
        )
    answer = await exchange(desk, clerk, given["id"])
    assert answer.json()["expires_in"] <= 40
    async with desk.api.database.as_system() as session:
        await session.execute(text("UPDATE profiles.acting_consent SET until = now()"))
    assert (await exchange(desk, clerk, given["id"])).status_code == 400


async def test_a_worker_consents_by_the_code_on_their_phone(
    desk: Desk, clerk: Tokens
) -> None:
    await desk.worker(PHONE)
    given = await recorded(desk, clerk, given="code", reference=None, phone=PHONE)
    assert given["confirmed_at"] is None
    assert (await exchange(desk, clerk, given["id"])).status_code == 400
    assert "Keep my profile" in await desk.last_message(PHONE)
    path, code = f"{PATH}/{given['id']}/confirmation", await desk.last_code(PHONE)
    wrong = {"code": f"{(int(code) + 1) % 1_000_000:06d}"}
    refused = await desk.http.post(path, json=wrong, headers=clerk.headers)
    assert refused.status_code == 422
    right = await desk.http.post(path, json={"code": code}, headers=clerk.headers)
    assert right.json()["confirmed_at"] is not None
    await acting(desk, clerk, given["id"])


async def test_a_wrong_code_counts_although_the_request_fails(
    desk: Desk, clerk: Tokens
) -> None:
    await desk.worker(PHONE)
    given = await recorded(desk, clerk, given="code", reference=None, phone=PHONE)
    path, code = f"{PATH}/{given['id']}/confirmation", await desk.last_code(PHONE)
    wrong = {"code": f"{(int(code) + 1) % 1_000_000:06d}"}
    for _ in range(5):
        await desk.http.post(path, json=wrong, headers=clerk.headers)
    late = await desk.http.post(path, json={"code": code}, headers=clerk.headers)
    assert late.status_code == 422


async def test_who_walks_in_without_an_account_gets_one_on_paper(
    desk: Desk, clerk: Tokens
) -> None:
    given = await recorded(desk, clerk)
    headers = await acting(desk, clerk, given["id"])
    made = await desk.http.post("/v1/workers", json=a_worker(), headers=headers)
    assert made.json()["id"] == given["worker"]


async def test_a_registered_worker_without_an_account_is_named_by_id(
    desk: Desk, clerk: Tokens
) -> None:
    worker = Caller(new_id(), Role.WORKER)
    async with desk.api.as_caller(worker) as http:
        await http.post("/v1/workers", json=a_worker())
    given = await recorded(desk, clerk, worker=str(worker.subject))
    assert UUID(given["worker"]) == worker.subject
    body = on_paper(worker=str(new_id()))
    unknown = await desk.http.post(PATH, json=body, headers=clerk.headers)
    assert unknown.status_code == 422


async def test_a_consent_is_seen_by_its_worker_and_its_clerk_alone(
    desk: Desk, clerk: Tokens
) -> None:
    worker, other = await desk.worker(PHONE), await desk.worker("+442079460002")
    given = await recorded(desk, clerk, phone=PHONE)
    seen = {}
    for name, who in (("worker", worker), ("clerk", clerk), ("other", other)):
        listed = await desk.http.get(PATH, headers=who.headers)
        seen[name] = [each["id"] for each in listed.json()["items"]]
    assert seen == {"worker": [given["id"]], "clerk": [given["id"]], "other": []}
    foreign = await desk.http.delete(f"{PATH}/{given['id']}", headers=other.headers)
    assert foreign.status_code == 404


async def test_who_may_not_act_does_not_even_with_a_consent(
    desk: Desk, clerk: Tokens
) -> None:
    """Neither the worker, nor a member, nor a clerk who acts for somebody already."""
    worker = await desk.worker(PHONE)
    owner = await desk.owner()
    given = await recorded(desk, clerk, phone=PHONE)
    twice = Tokens((await acting(desk, clerk, given["id"]))["Authorization"][7:], "")
    for who in (worker, owner, twice):
        answer = await exchange(desk, who, given["id"])
        assert answer.status_code == 400
        assert answer.json()["error"] in ("unauthorized_client", "invalid_grant")


async def test_acting_is_refused_with_a_bad_token_or_an_unknown_basis(
    desk: Desk, clerk: Tokens
) -> None:
    await desk.worker(PHONE)
    given = await recorded(desk, clerk, phone=PHONE)
    bad = Tokens(clerk.access[:-8] + "AAAAAAAA", "")
    assert (await exchange(desk, bad, given["id"])).json()["error"] == "invalid_grant"
    answer = await desk.token(
        TOKEN_EXCHANGE,
        subject_token=given["id"],
        subject_token_type="urn:rollcall:token-type:whim",
        actor_token=clerk.access,
        actor_token_type=ACCESS_TOKEN,
    )
    assert answer.json()["error"] == "invalid_request"


async def test_a_consent_lasts_ninety_days_at_most(desk: Desk, clerk: Tokens) -> None:
    for until in (now() + timedelta(days=91), now() - timedelta(minutes=1)):
        body = on_paper(until=until.isoformat())
        answer = await desk.http.post(PATH, json=body, headers=clerk.headers)
        assert answer.status_code == 422
