"""Signing up: proven addresses, and nothing learnt about anybody else's."""

from __future__ import annotations

from typing import Any

import pytest

from shared.identity import ROLE_SCOPES, Role
from shared.values import new_id
from tests.profiles.accounts.conftest import PASSWORD, Desk
from tests.profiles.builders import a_worker, an_organisation

PHONE = "+442079460001"


async def test_a_worker_signs_up_by_phone_code_and_registers(desk: Desk) -> None:
    tokens = await desk.worker(PHONE)
    caller = desk.caller(tokens.access)
    assert caller.role is Role.WORKER
    assert caller.subject == tokens.account
    assert caller.allowed == ROLE_SCOPES[Role.WORKER]
    made = await desk.http.post("/v1/workers", json=a_worker(), headers=tokens.headers)
    assert made.status_code == 201
    assert made.json()["id"] == str(tokens.account)


async def test_an_owner_signs_up_with_an_organisation(desk: Desk) -> None:
    tokens = await desk.owner(kind="agency")
    caller = desk.caller(tokens.access)
    assert (caller.role, caller.tenant) == (Role.AGENCY, tokens.organisation)
    path = f"/v1/organisations/{tokens.organisation}"
    read = await desk.http.get(path, headers=tokens.headers)
    assert read.json()["name"] == "Northgate Warehousing"
    assert "OrganisationRegistered" in [e["type"] for e in await desk.api.events()]


async def test_nothing_is_made_before_the_code_is_given(desk: Desk) -> None:
    body = {"kind": "worker", "phone": PHONE}
    await desk.http.post("/v1/accounts/sign-ups", json=body)
    assert await desk.api.rows("account") == []
    assert await desk.api.rows("login") == []


async def test_a_known_address_answers_as_a_new_one_and_tells_its_owner(
    desk: Desk,
) -> None:
    await desk.worker(PHONE)
    answers = []
    for phone in (PHONE, "+442079460002"):
        body = {"kind": "worker", "phone": phone, "password": PASSWORD}
        answers.append(await desk.http.post("/v1/accounts/sign-ups", json=body))
    known, new = answers
    assert known.status_code == new.status_code == 202
    assert known.json().keys() == new.json().keys()
    assert "has an account already" in await desk.last_message(PHONE)
    assert "has an account already" not in await desk.last_message("+442079460002")


async def test_the_same_number_is_found_however_it_is_written(desk: Desk) -> None:
    await desk.worker(PHONE, password=PASSWORD)
    tokens = await desk.sign_in("0044 (20) 7946-0001")
    assert desk.caller(tokens.access).role is Role.WORKER


async def test_a_code_counts_for_the_sign_up_that_asked_for_it_alone(
    desk: Desk,
) -> None:
    """Somebody who signs up with another's address gains nothing by their code."""
    challenges = []
    for password in (PASSWORD, "attacker's own password"):
        body = {"kind": "worker", "phone": PHONE, "password": password}
        asked = await desk.http.post("/v1/accounts/sign-ups", json=body)
        challenges.append((asked.json()["challenge"], await desk.last_code(PHONE)))
    (_, own_code), (attackers, _) = challenges
    path = f"/v1/accounts/sign-ups/{attackers}/verification"
    refused = await desk.http.post(path, json={"code": own_code})
    assert refused.status_code == 422
    assert await desk.api.rows("account") == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"phone": None}, "one_address"),
        ({"email": "a@example.org"}, "one_address"),
        ({"phone": "0207 946 0001"}, "phone"),
        ({"phone": None, "email": "x<amara@example.org>"}, "email"),
        ({"phone": None, "email": "x,amara@example.org"}, "email"),
        ({"phone": None, "email": '"x"amara@example.org'}, "email"),
        ({"phone": None, "email": "amara@example..org"}, "email"),
        ({"password": "short"}, "password_length"),
        ({"password": "password123"}, "password_common"),
        ({"password": "aaaaaaaaaaaaaa"}, "password_common"),
        ({"password": "Rollcall-worker-1"}, "password_context"),
        ({"password": "+442079460001!"}, "password_context"),
        ({"state": "active"}, "extra_forbidden"),
        ({"role": "operator"}, "extra_forbidden"),
        ({"kind": "operator"}, "union_tag_invalid"),
    ],
)
async def test_what_is_refused(desk: Desk, change: dict[str, Any], rule: str) -> None:
    body = {"kind": "worker", "phone": PHONE} | change
    answer = await desk.http.post("/v1/accounts/sign-ups", json=body)
    assert answer.status_code == 422
    assert rule in [fault["rule"] for fault in answer.json()["errors"]]


async def test_a_password_needs_more_than_its_owners_own_words(desk: Desk) -> None:
    body = {
        "kind": "owner",
        "email": "joanna@northgate.example",
        "name": "Joanna Reed",
        "organisation": an_organisation(),
    }
    for password in ("joanna.reed.1990", "Northgate-2026", "warehousing99"):
        answer = await desk.http.post(
            "/v1/accounts/sign-ups", json=body | {"password": password}
        )
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["rule"] == "password_context"
    more = body | {"password": "Joanna likes long walks"}
    assert (await desk.http.post("/v1/accounts/sign-ups", json=more)).status_code == 202


async def test_a_password_of_ones_address_leaves_the_reset_open(desk: Desk) -> None:
    await desk.worker(PHONE)
    asked = await desk.http.post("/v1/accounts/password-resets", json={"phone": PHONE})
    path = f"/v1/accounts/password-resets/{asked.json()['challenge']}"
    code = await desk.last_code(PHONE)
    own = await desk.http.post(path, json={"code": code, "password": f"{PHONE}!!"})
    assert own.json()["errors"][0]["rule"] == "password_context"
    better = {"code": code, "password": "a wholly different one"}
    assert (await desk.http.post(path, json=better)).status_code == 204


async def test_no_plain_address_or_code_is_in_the_database(desk: Desk) -> None:
    await desk.worker(PHONE)
    body = {"email": "amara@example.org"}
    await desk.http.post("/v1/accounts/codes", json=body)
    tables = ("account", "login", "one_time_code", "delivery", "sign_in", "attempt")
    stored = "".join([str(await desk.api.rows(table)) for table in tables])
    assert "79460001" not in stored
    assert "amara" not in stored


async def test_an_address_gets_five_messages_in_a_quarter_of_an_hour(
    desk: Desk,
) -> None:
    for _ in range(8):
        body = {"kind": "worker", "phone": PHONE}
        answer = await desk.http.post("/v1/accounts/sign-ups", json=body)
        assert answer.status_code == 202
        await desk.deliver()
    assert len(desk.sent) == 5
    assert await desk.api.rows("delivery") == []


async def test_an_unknown_challenge_is_a_wrong_code(desk: Desk) -> None:
    path = f"/v1/accounts/sign-ups/{new_id()}/verification"
    answer = await desk.http.post(path, json={"code": "123456"})
    assert answer.json()["type"] == "urn:rollcall:problem:code-refused"


async def test_a_fault_points_into_the_document_and_names_no_kind_of_it(
    desk: Desk,
) -> None:
    body = {"kind": "worker", "worker": "x", "id": "mine", "phone": 7}
    answer = await desk.http.post("/v1/accounts/sign-ups", json=body)
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {
        "/worker",
        "/id",
        "/phone",
    }
    answer = await desk.http.post("/v1/accounts/sign-ups", json={"kind": "owner"})
    missing = {fault["pointer"] for fault in answer.json()["errors"]}
    assert missing == {"/password", "/name", "/organisation"}
    answer = await desk.http.post("/v1/accounts/sign-ups", json={"kind": "worker"})
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [""]
