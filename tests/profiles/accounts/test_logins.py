"""What changes how somebody signs in takes what they sign in with, and is told them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pyotp
import pytest
from sqlalchemy import update

from services.profiles.accounts.models import login
from tests.profiles.accounts.conftest import ONE_TIME_CODE, PASSWORD, Desk, Tokens

PHONE = "+442079460001"
EMAIL = "amara@example.org"
LOGINS = "/v1/accounts/me/logins"
OWN = {"password": PASSWORD}


def kind_of(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rpartition(":")[2]


async def fresh_code(desk: Desk, phone: str = PHONE) -> dict[str, Any]:
    asked = await desk.http.post("/v1/accounts/codes", json={"phone": phone})
    code = await desk.last_code(phone)
    return {"challenge": asked.json()["challenge"], "code": code}


async def added(desk: Desk, person: Tokens, proof: dict[str, Any]) -> dict[str, Any]:
    body = {"email": EMAIL, "proof": proof}
    asked = await desk.http.post(LOGINS, json=body, headers=person.headers)
    assert asked.status_code == 202, asked.text
    code = {"challenge": asked.json()["challenge"], "code": await desk.last_code(EMAIL)}
    path = f"{LOGINS}/verification"
    made = await desk.http.post(path, json=code, headers=person.headers)
    assert made.status_code == 201, made.text
    document: dict[str, Any] = made.json()
    return document


async def with_totp(desk: Desk, person: Tokens) -> None:
    path = "/v1/accounts/me/totp"
    begun = await desk.http.post(path, json=OWN, headers=person.headers)
    factor = pyotp.TOTP(begun.json()["secret"])
    code = {"code": factor.now()}
    await desk.http.post(f"{path}/confirmation", json=code, headers=person.headers)


async def told(desk: Desk, to: str) -> list[str]:
    await desk.deliver()
    return [each.text.subject for each in desk.sent if each.to == to]


async def test_a_changed_password_is_told_at_every_address(desk: Desk) -> None:
    person = await desk.worker(PHONE, password=PASSWORD)
    await added(desk, person, OWN)
    path = "/v1/accounts/me/password"
    body = {"current": PASSWORD, "new": "another horse battery staple"}
    changed = await desk.http.put(path, json=body, headers=person.headers)
    assert changed.status_code == 204
    notice = "Your Rollcall password was changed"
    assert (await told(desk, PHONE))[-1] == notice
    assert (await told(desk, EMAIL))[-1] == notice
    actions = [row["action"] for row in await desk.api.rows("audit_entry")]
    assert actions.count("account.password") == 1


async def test_an_owner_a_member_and_a_clerk_are_told_too(desk: Desk) -> None:
    owner = await desk.owner()
    member = await desk.member(owner, "viewer", "sam@northgate.example")
    clerk, _ = await desk.staff("clerk", "ada@bureau.example")
    body = {"current": PASSWORD, "new": "another horse battery staple"}
    for person, address in (
        (owner, "jo@northgate.example"),
        (member, "sam@northgate.example"),
        (clerk, "ada@bureau.example"),
    ):
        path = "/v1/accounts/me/password"
        await desk.http.put(path, json=body, headers=person.headers)
        assert (await told(desk, address))[-1] == "Your Rollcall password was changed"


async def test_a_second_address_signs_in_until_it_is_removed(desk: Desk) -> None:
    person = await desk.worker(PHONE, password=PASSWORD)
    address = await added(desk, person, OWN)
    assert "Your Rollcall account has another address" in await told(desk, PHONE)
    elsewhere = await desk.sign_in(EMAIL)
    assert desk.caller(elsewhere.access).subject == person.account
    waiting = await desk.http.post("/v1/accounts/codes", json={"email": EMAIL})
    code = await desk.last_code(EMAIL)
    path = f"{LOGINS}/{address['id']}/removal"
    removed = await desk.http.post(path, json=OWN, headers=person.headers)
    assert removed.status_code == 204
    notice = "An address of your Rollcall account was removed"
    assert (await told(desk, PHONE))[-1] == notice
    assert (await told(desk, EMAIL))[-1] == notice
    for answer in (
        await desk.token("password", username=EMAIL, password=PASSWORD),
        await desk.token("refresh_token", refresh_token=elsewhere.refresh),
        await desk.token(
            ONE_TIME_CODE, challenge=waiting.json()["challenge"], code=code
        ),
    ):
        assert answer.status_code == 400
    kept = await desk.token("refresh_token", refresh_token=person.refresh)
    assert kept.status_code == 200
    actions = [row["action"] for row in await desk.api.rows("audit_entry")]
    assert {"login.add", "login.remove"} <= set(actions)


async def test_the_last_address_stays(desk: Desk) -> None:
    person = await desk.worker(PHONE, password=PASSWORD)
    me = await desk.http.get("/v1/accounts/me", headers=person.headers)
    [address] = me.json()["account"]["logins"]
    path = f"{LOGINS}/{address['id']}/removal"
    refused = await desk.http.post(path, json=OWN, headers=person.headers)
    assert kind_of(refused) == "last-login"


async def test_anothers_login_is_not_there(desk: Desk) -> None:
    person = await desk.worker(PHONE, password=PASSWORD)
    address = await added(desk, person, OWN)
    other = await desk.worker("+442079460002", password=PASSWORD)
    path = f"{LOGINS}/{address['id']}/removal"
    refused = await desk.http.post(path, json=OWN, headers=other.headers)
    assert refused.status_code == 404


async def test_who_has_no_password_shows_a_fresh_code(desk: Desk) -> None:
    person = await desk.worker(PHONE)
    body = {"email": EMAIL, "proof": {}}
    refused = await desk.http.post(LOGINS, json=body, headers=person.headers)
    assert kind_of(refused) == "code-refused"
    await desk.worker("+442079460002")
    body["proof"] = await fresh_code(desk, "+442079460002")
    refused = await desk.http.post(LOGINS, json=body, headers=person.headers)
    assert kind_of(refused) == "code-refused", "a code of somebody else's"
    address = await added(desk, person, await fresh_code(desk))
    assert address["kind"] == "email"


async def test_a_token_alone_changes_nothing_of_how_one_signs_in(desk: Desk) -> None:
    person = await desk.worker(PHONE, password=PASSWORD)
    address = await added(desk, person, OWN)
    await with_totp(desk, person)
    asked = {"phone": "+442079460003"}
    for proof, kind in (
        ({}, "password-refused"),
        (OWN, "code-refused"),  # and the password's failures are forgiven
        ({"password": "not the password"}, "password-refused"),
        (OWN | {"totp": "000000"}, "code-refused"),
    ):
        for path, body in (
            (f"{LOGINS}/{address['id']}/removal", proof),
            ("/v1/accounts/me/totp/removal", proof),
            (LOGINS, asked | {"proof": proof}),
        ):
            answer = await desk.http.post(path, json=body, headers=person.headers)
            assert kind_of(answer) == kind, (path, proof)
    assert len(await desk.api.rows("login")) == 2
    assert len(await desk.api.rows("totp")) == 1


async def test_an_authenticator_is_removed_with_a_recovery_code(desk: Desk) -> None:
    person = await desk.worker(PHONE, password=PASSWORD)
    path = "/v1/accounts/me/totp"
    begun = await desk.http.post(path, json=OWN, headers=person.headers)
    code = {"code": pyotp.TOTP(begun.json()["secret"]).now()}
    confirmed = await desk.http.post(
        f"{path}/confirmation", json=code, headers=person.headers
    )
    [recovery, *_] = confirmed.json()["recovery_codes"]
    proof = OWN | {"totp": recovery}
    removed = await desk.http.post(
        f"{path}/removal", json=proof, headers=person.headers
    )
    assert removed.status_code == 204
    assert (await told(desk, PHONE))[-1] == "Your Rollcall authenticator was removed"
    assert await desk.api.rows("recovery_code") == []
    await desk.sign_in(PHONE)
    gone = await desk.http.post(f"{path}/removal", json=OWN, headers=person.headers)
    assert gone.status_code == 404


@pytest.mark.parametrize("kind", ["operator", "auditor"])
async def test_staff_cannot_do_without_a_second_factor(desk: Desk, kind: str) -> None:
    staff, factor = await desk.staff(kind, "ada@bureau.example")
    assert factor is not None
    later = factor.at(
        datetime.now(UTC) + timedelta(seconds=30)
    )  # this moment's has signed in
    proof = OWN | {"totp": later}
    refused = await desk.http.post(
        "/v1/accounts/me/totp/removal", json=proof, headers=staff.headers
    )
    assert kind_of(refused) == "second-factor-needed"


async def test_an_address_that_is_taken_is_answered_alike(desk: Desk) -> None:
    await desk.signed_up({"kind": "worker", "email": EMAIL}, EMAIL)
    person = await desk.worker(PHONE, password=PASSWORD)
    body = {"email": EMAIL, "proof": OWN}
    asked = await desk.http.post(LOGINS, json=body, headers=person.headers)
    assert asked.status_code == 202
    assert "already" in await desk.last_message(EMAIL)


async def test_a_login_of_before_is_told_once_it_has_signed_in(desk: Desk) -> None:
    person = await desk.worker(PHONE, password=PASSWORD)
    await forget_address(desk)
    await desk.sign_in(PHONE)
    body = {"current": PASSWORD, "new": "another horse battery staple"}
    await desk.http.put("/v1/accounts/me/password", json=body, headers=person.headers)
    assert "Your Rollcall password was changed" in await told(desk, PHONE)


async def forget_address(desk: Desk) -> None:
    async with desk.api.database.as_system() as session:
        await session.execute(update(login).values(sealed_address=None))
