"""The token endpoint: passwords, codes, second factors, refresh tokens."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta

import httpx
import pyotp
import pytest
from sqlalchemy import event, text, update
from structlog.testing import capture_logs

from services.profiles.accounts.models import sign_in
from services.profiles.sign_ins import sessions
from shared.identity import Role
from shared.tokens import TokenKey
from shared.values import new_id, now
from tests.profiles.accounts.conftest import (
    ONE_TIME_CODE,
    PASSWORD,
    Desk,
    Tokens,
)

PHONE = "+442079460001"
EMAIL = "jo@northgate.example"
FORM = "application/x-www-form-urlencoded"


def error(answer: httpx.Response) -> str:
    assert answer.headers["cache-control"] == "no-store"
    document = answer.json()
    assert document.keys() == {"error", "error_description"}
    return str(document["error"])


async def test_a_worker_signs_in_by_code(desk: Desk) -> None:
    made = await desk.worker(PHONE)
    asked = await desk.http.post("/v1/accounts/codes", json={"phone": PHONE})
    challenge, code = asked.json()["challenge"], await desk.last_code(PHONE)
    answer = await desk.token(ONE_TIME_CODE, challenge=challenge, code=code)
    assert answer.status_code == 200
    assert desk.caller(answer.json()["access_token"]).subject == made.account
    assert answer.json()["expires_in"] == 300
    again = await desk.token(ONE_TIME_CODE, challenge=challenge, code=code)
    assert error(again) == "invalid_grant"


async def test_a_code_takes_five_attempts_and_the_right_one_is_then_late(
    desk: Desk,
) -> None:
    await desk.worker(PHONE)
    asked = await desk.http.post("/v1/accounts/codes", json={"phone": PHONE})
    challenge, code = asked.json()["challenge"], await desk.last_code(PHONE)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    answers = await asyncio.gather(
        *(desk.token(ONE_TIME_CODE, challenge=challenge, code=wrong) for _ in range(7))
    )
    assert {error(each) for each in answers} == {"invalid_grant"}
    late = await desk.token(ONE_TIME_CODE, challenge=challenge, code=code)
    assert error(late) == "invalid_grant"
    kept = [row for row in await desk.api.rows("one_time_code") if row["attempts"]]
    assert {row["attempts"] for row in kept} == {1, 5}


async def test_a_code_is_good_for_ten_minutes(desk: Desk) -> None:
    await desk.worker(PHONE)
    asked = await desk.http.post("/v1/accounts/codes", json={"phone": PHONE})
    code = await desk.last_code(PHONE)
    challenge = asked.json()["challenge"]
    async with desk.api.database.as_system() as session:
        lasts = "SELECT expires_at - created_at FROM profiles.one_time_code"
        spans = (await session.execute(text(lasts))).scalars().all()
        assert all(
            abs(each - timedelta(minutes=10)) < timedelta(1e-4) for each in spans
        )
        await session.execute(
            text("UPDATE profiles.one_time_code SET expires_at = now()")
        )
    late = await desk.token(ONE_TIME_CODE, challenge=challenge, code=code)
    assert error(late) == "invalid_grant"


async def test_who_has_no_account_is_asked_for_a_code_and_sent_none(
    desk: Desk,
) -> None:
    asked = await desk.http.post("/v1/accounts/codes", json={"phone": PHONE})
    assert asked.status_code == 202
    await desk.deliver()
    assert desk.sent == []


async def test_unknown_user_and_wrong_password_take_the_same_work(desk: Desk) -> None:
    """As many statements and hash verifications, and the very same answer."""
    await desk.worker(PHONE, password=PASSWORD)
    await desk.sign_in(PHONE)
    counted = []
    for username in (PHONE, "+442079460999", "nobody@example.org", "no address"):
        statements: list[str] = []
        hashes = desk.registrar.passwords.verified

        def note(*seen: object, into: list[str] = statements) -> None:
            # profiles looks for revocations meanwhile
            if "profiles.revocation" not in str(seen[2]):
                into.append(str(seen[2]))

        engine = desk.api.database.system.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        wrong = "not the password at all"
        answer = await desk.token("password", username=username, password=wrong)
        event.remove(engine, "before_cursor_execute", note)
        hashes = desk.registrar.passwords.verified - hashes
        counted.append((answer.status_code, answer.content, statements, hashes))
    assert counted[0][3] == 1
    assert all(each == counted[0] for each in counted)


async def test_a_refresh_token_is_used_once_and_a_copy_ends_the_sign_in(
    desk: Desk,
) -> None:
    first = await desk.worker(PHONE)
    second = await desk.token("refresh_token", refresh_token=first.refresh)
    assert second.status_code == 200
    third = await desk.token(
        "refresh_token", refresh_token=second.json()["refresh_token"]
    )
    assert third.status_code == 200
    session = desk.caller(third.json()["access_token"]).session
    copied = await desk.token("refresh_token", refresh_token=first.refresh)
    assert error(copied) == "invalid_grant"
    # the thief's and the owner's are both worth nothing now
    newest = third.json()["refresh_token"]
    ended = await desk.token("refresh_token", refresh_token=newest)
    assert error(ended) == "invalid_grant"
    assert [r["target"] for r in await desk.api.rows("revocation")] == [session]
    assert "sign_in.reuse" in [r["action"] for r in await desk.api.rows("audit_entry")]


async def test_of_two_that_refresh_at_once_one_gets_tokens_at_most(desk: Desk) -> None:
    tokens = await desk.worker(PHONE)
    answers = await asyncio.gather(
        *(desk.token("refresh_token", refresh_token=tokens.refresh) for _ in range(8))
    )
    assert sum(each.status_code == 200 for each in answers) <= 1


async def test_a_sign_in_ends_after_thirty_days(desk: Desk) -> None:
    tokens = await desk.worker(PHONE)
    async with desk.api.database.as_system() as session:
        await session.execute(update(sign_in).values(ends_at=now()))
    late = await desk.token("refresh_token", refresh_token=tokens.refresh)
    assert error(late) == "invalid_grant"


async def idle(desk: Desk, span: timedelta) -> None:
    """Everybody's sign-ins have not been used for `span`."""
    async with desk.api.database.as_system() as session:
        await session.execute(update(sign_in).values(last_used_at=now() - span))


async def test_a_sign_in_that_is_not_used_for_two_weeks_ends(desk: Desk) -> None:
    tokens = await desk.worker(PHONE)
    await idle(desk, timedelta(days=13))
    kept = await desk.token("refresh_token", refresh_token=tokens.refresh)
    assert kept.status_code == 200
    await idle(desk, timedelta(days=14))
    late = await desk.token("refresh_token", refresh_token=kept.json()["refresh_token"])
    assert error(late) == "invalid_grant"


async def test_that_of_staff_ends_after_an_hour(desk: Desk) -> None:
    for kind in ("clerk", "operator", "auditor"):
        tokens, _ = await desk.staff(kind, f"{kind}@rollcall.example")
        await idle(desk, timedelta(minutes=59))
        kept = await desk.token("refresh_token", refresh_token=tokens.refresh)
        assert kept.status_code == 200
        await idle(desk, timedelta(hours=1))
        newest = kept.json()["refresh_token"]
        late = await desk.token("refresh_token", refresh_token=newest)
        assert error(late) == "invalid_grant"


async def test_one_sign_in_too_many_ends_the_oldest(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MOST_SIGN_INS", 3)
    first = await desk.worker(PHONE, password=PASSWORD)
    others = [await desk.sign_in(PHONE) for _ in range(3)]
    answers = [
        await desk.token("refresh_token", refresh_token=each.refresh)
        for each in (first, *others)
    ]
    assert [each.status_code for each in answers] == [400, 200, 200, 200]


@pytest.mark.parametrize(
    "password",
    [
        "wide\u3000space between",
        "no\u00a0break at all",
        "family \U0001f468\u200d\U0001f469",
    ],
)
async def test_whatever_a_keyboard_gives_is_a_password(
    desk: Desk, password: str
) -> None:
    await desk.worker(PHONE, password=password)
    await desk.sign_in(PHONE, password=password)


async def test_a_token_may_be_asked_for_with_fewer_scopes_and_never_with_more(
    desk: Desk,
) -> None:
    await desk.worker(PHONE, password=PASSWORD)
    narrow = await desk.sign_in(PHONE, scope="workers:read")
    assert desk.caller(narrow.access).allowed == {"workers:read"}
    kept = await desk.token("refresh_token", refresh_token=narrow.refresh)
    assert kept.json()["scope"] == "workers:read"
    for scope in ("queues:write", "workers:read postings:write", "nonsense"):
        more = await desk.token(
            "password", username=PHONE, password=PASSWORD, scope=scope
        )
        assert error(more) == "invalid_scope"


async def test_operators_and_auditors_sign_in_with_a_second_factor_only(
    desk: Desk,
) -> None:
    for kind in ("operator", "auditor"):
        email = f"{kind}@rollcall.example"
        tokens, factor = await desk.staff(kind, email)
        assert desk.caller(tokens.access).role == kind
        assert isinstance(factor, pyotp.TOTP)
        without = await desk.token("password", username=email, password=PASSWORD)
        assert error(without) == "mfa_required"
        totp = factor.at(now() + timedelta(seconds=30))
        await desk.sign_in(email, totp=totp)
        used = await desk.token(
            "password", username=email, password=PASSWORD, totp=totp
        )
        assert error(used) == "invalid_grant"
        body = {"email": email}
        sent = len(desk.sent)
        await desk.http.post("/v1/accounts/codes", json=body)
        await desk.deliver()
        assert len(desk.sent) == sent, "a code alone never lets them in"


async def test_a_worker_may_ask_for_a_second_factor(desk: Desk) -> None:
    tokens = await desk.worker(PHONE, password=PASSWORD)
    enrol = "/v1/accounts/me/totp"
    wrong = await desk.http.post(
        enrol, json={"password": "something else"}, headers=tokens.headers
    )
    assert wrong.status_code == 403
    begun = await desk.http.post(
        enrol, json={"password": PASSWORD}, headers=tokens.headers
    )
    factor = pyotp.TOTP(begun.json()["secret"])
    # begun is not confirmed: the password alone still lets in
    await desk.sign_in(PHONE)
    confirmed = await desk.http.post(
        f"{enrol}/confirmation", json={"code": factor.now()}, headers=tokens.headers
    )
    recovery = confirmed.json()["recovery_codes"]
    assert len(set(recovery)) == 10
    assert all(len(code) * 4 >= 112 for code in recovery), "bits, as hex digits"
    without = await desk.token("password", username=PHONE, password=PASSWORD)
    assert error(without) == "mfa_required"
    await desk.sign_in(PHONE, totp=recovery[0])
    spent = await desk.token(
        "password", username=PHONE, password=PASSWORD, totp=recovery[0]
    )
    assert error(spent) == "invalid_grant"
    # a code to the phone asks for it as well, and is good again with it
    asked = await desk.http.post("/v1/accounts/codes", json={"phone": PHONE})
    fields = {
        "challenge": asked.json()["challenge"],
        "code": await desk.last_code(PHONE),
    }
    assert error(await desk.token(ONE_TIME_CODE, **fields)) == "mfa_required"
    both = await desk.token(ONE_TIME_CODE, **fields, totp=recovery[1])
    assert both.status_code == 200


ENROL = "/v1/accounts/me/totp"


async def enrolled(desk: Desk, tokens: Tokens, **shown: str) -> pyotp.TOTP:
    begun = await desk.http.post(ENROL, json=shown, headers=tokens.headers)
    assert begun.status_code == 201, begun.text
    factor = pyotp.TOTP(begun.json()["secret"])
    code = {"code": factor.now()}
    path = f"{ENROL}/confirmation"
    done = await desk.http.post(path, json=code, headers=tokens.headers)
    assert done.status_code == 200, done.text
    return factor


async def test_a_second_factor_ends_the_sign_ins_that_began_without(
    desk: Desk,
) -> None:
    here = await desk.worker(PHONE, password=PASSWORD)
    elsewhere = await desk.sign_in(PHONE)
    await enrolled(desk, here, password=PASSWORD)
    here_after = await desk.token("refresh_token", refresh_token=here.refresh)
    there = await desk.token("refresh_token", refresh_token=elsewhere.refresh)
    assert (here_after.status_code, there.status_code) == (200, 400)


async def test_another_authenticator_takes_a_code_of_the_present_one(
    desk: Desk,
) -> None:
    tokens = await desk.worker(PHONE, password=PASSWORD)
    factor = await enrolled(desk, tokens, password=PASSWORD)
    body = {"password": PASSWORD}
    without = await desk.http.post(ENROL, json=body, headers=tokens.headers)
    assert without.json()["type"] == "urn:rollcall:problem:code-refused"
    later = factor.at(now() + timedelta(seconds=30))
    await enrolled(desk, tokens, password=PASSWORD, totp=later)


async def test_who_has_no_password_has_signed_in_a_moment_ago(desk: Desk) -> None:
    tokens = await desk.worker(PHONE)
    async with desk.api.database.as_system() as session:
        ago = now() - timedelta(minutes=15)
        await session.execute(update(sign_in).values(started_at=ago))
    late = await desk.http.post(ENROL, json={}, headers=tokens.headers)
    assert late.status_code == 403
    assert late.json()["type"] == "urn:rollcall:problem:sign-in-too-old"
    async with desk.api.database.as_system() as session:
        await session.execute(update(sign_in).values(started_at=now()))
    await enrolled(desk, tokens)


async def test_the_log_tells_of_every_attempt_and_names_nobody(desk: Desk) -> None:
    with capture_logs() as said:
        made = await desk.worker(PHONE, password=PASSWORD)
        await desk.token("password", username=PHONE, password="a wrong one")
        await desk.sign_in(PHONE)
        await desk.token("password", username="+442079460999", password="anything")
    told = [line for line in said if line["event"] == "sign-in"]
    assert [(line["way"], line["outcome"]) for line in told] == [
        ("sign-up", "issued"),
        ("password", "invalid_grant"),
        ("password", "issued"),
        ("password", "invalid_grant"),
    ]
    _, wrong, right, unknown = told
    assert wrong["login"] == right["login"] != unknown["login"]
    assert right["account"] == str(made.account)
    assert wrong["client"] == "127.0.0.1"
    everything = str(said)
    assert "79460001" not in everything
    assert PASSWORD not in everything


async def test_a_member_of_two_organisations_names_one(desk: Desk) -> None:
    first = await desk.owner(EMAIL)
    second = await desk.owner("ann@agency.example", kind="agency")
    body = {"kind": "viewer", "name": "Jo Reed", "email": EMAIL}
    path = "/v1/accounts/invitations"
    await desk.http.post(path, json=body, headers=second.headers)
    accepted = await desk.accept(EMAIL, password=None)
    assert accepted.status_code == 201
    unnamed = await desk.token("password", username=EMAIL, password=PASSWORD)
    assert error(unnamed) == "invalid_request"
    for organisation, role in ((first, Role.EMPLOYER), (second, Role.AGENCY)):
        named = await desk.sign_in(EMAIL, organisation=str(organisation.organisation))
        caller = desk.caller(named.access)
        assert (caller.role, caller.tenant) == (role, organisation.organisation)
    other = await desk.token(
        "password", username=EMAIL, password=PASSWORD, organisation=str(new_id())
    )
    assert error(other) == "invalid_grant"


async def test_a_new_password_by_code_ends_every_sign_in(desk: Desk) -> None:
    old = await desk.worker(PHONE, password=PASSWORD)
    asked = await desk.http.post("/v1/accounts/password-resets", json={"phone": PHONE})
    path = f"/v1/accounts/password-resets/{asked.json()['challenge']}"
    code, new = await desk.last_code(PHONE), "a wholly different password"
    body = {"code": code, "password": new}
    assert (await desk.http.post(path, json=body)).status_code == 204
    assert (await desk.http.post(path, json=body)).status_code == 422
    ended = await desk.token("refresh_token", refresh_token=old.refresh)
    assert error(ended) == "invalid_grant"
    gone = await desk.token("password", username=PHONE, password=PASSWORD)
    assert error(gone) == "invalid_grant"
    await desk.sign_in(PHONE, password=new)
    assert "was changed" in await desk.last_message(PHONE)


async def test_changing_ones_password_ends_ones_other_sign_ins(desk: Desk) -> None:
    here = await desk.worker(PHONE, password=PASSWORD)
    elsewhere = await desk.sign_in(PHONE)
    path, new = "/v1/accounts/me/password", "a wholly different password"
    wrong = {"current": "not this one", "new": new}
    refused = await desk.http.put(path, json=wrong, headers=here.headers)
    assert refused.status_code == 403
    right = {"current": PASSWORD, "new": new}
    done = await desk.http.put(path, json=right, headers=here.headers)
    assert done.status_code == 204
    here_after = await desk.token("refresh_token", refresh_token=here.refresh)
    there = await desk.token("refresh_token", refresh_token=elsewhere.refresh)
    assert (here_after.status_code, there.status_code) == (200, 400)


async def test_a_locked_account_has_no_sign_in_left(desk: Desk) -> None:
    tokens = await desk.worker(PHONE, password=PASSWORD)
    path = f"/v1/accounts/{tokens.account}/state"
    async with desk.api.as_operator() as http:
        assert (await http.put(path, json={"state": "locked"})).status_code == 204
        refused = [
            await desk.token("refresh_token", refresh_token=tokens.refresh),
            await desk.token("password", username=PHONE, password=PASSWORD),
        ]
        assert [error(each) for each in refused] == ["invalid_grant"] * 2
        assert (await http.put(path, json={"state": "active"})).status_code == 204
    await desk.sign_in(PHONE)


async def test_one_sees_and_ends_ones_own_sign_ins_and_no_others(desk: Desk) -> None:
    mine = await desk.worker(PHONE, password=PASSWORD)
    await desk.sign_in(PHONE)
    theirs = await desk.worker("+442079460002")
    path = "/v1/accounts/me/sign-ins"
    listed = (await desk.http.get(path, headers=mine.headers)).json()["items"]
    assert [each["current"] for each in listed] == [False, True]
    foreign = f"{path}/{desk.caller(theirs.access).session}"
    assert (await desk.http.delete(foreign, headers=mine.headers)).status_code == 404
    own = f"{path}/{listed[0]['id']}"
    assert (await desk.http.delete(own, headers=mine.headers)).status_code == 204
    left = (await desk.http.get(path, headers=mine.headers)).json()["items"]
    assert [each["current"] for each in left] == [True]


async def test_revoking_either_token_ends_the_sign_in(desk: Desk) -> None:
    for number, part in enumerate(("access", "refresh")):
        tokens = await desk.worker(f"+44207946001{number}")
        body = {"token": getattr(tokens, part)}
        answer = await desk.http.post("/v1/accounts/revoke", data=body)
        assert answer.status_code == 200
        ended = await desk.token("refresh_token", refresh_token=tokens.refresh)
        assert error(ended) == "invalid_grant"
    other = await desk.http.post("/v1/accounts/revoke", data={"token": "nonsense"})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        (b"grant_type=password", "application/json", "invalid_request"),
        (b"", FORM, "invalid_request"),
        (b"grant_type=password&grant_type=password", FORM, "invalid_request"),
        (b"grant_type=password&username=a%40b.c", FORM, "invalid_request"),
        (b"grant_type=&username=x", FORM, "invalid_request"),
        (b"grant_type=authorization_code", FORM, "unsupported_grant_type"),
        (b"grant_type=%ff%fe", FORM, "invalid_request"),
        (b"grant_type=pass%00word", FORM, "invalid_request"),
        (b"grant_type=" + b"x" * 30_000, FORM, "invalid_request"),
        (b"&".join(b"a%d=1" % n for n in range(50)), FORM, "invalid_request"),
        (b"\xff\xfe", FORM, "invalid_request"),
        (b"grant_type=client_credentials", FORM, "invalid_request"),
        (b"grant_type=refresh_token&refresh_token=x", FORM, "invalid_grant"),
    ],
)
async def test_what_is_no_good_request_is_told_in_oauths_words(
    desk: Desk, body: bytes, media_type: str, expected: str
) -> None:
    headers = {"Content-Type": media_type}
    answer = await desk.http.post("/v1/accounts/token", content=body, headers=headers)
    assert answer.status_code == 400
    assert error(answer) == expected


async def test_a_wrong_basic_header_is_challenged(desk: Desk) -> None:
    word = base64.b64encode(f"{new_id()}:secret".encode()).decode()
    for header in (f"Basic {word}", "Basic !!!", "Basic bm9jb2xvbg=="):
        answer = await desk.http.post(
            "/v1/accounts/token",
            data={"grant_type": "client_credentials"},
            headers={"Authorization": header},
        )
        assert answer.status_code == 401
        assert error(answer) == "invalid_client"
        assert answer.headers["www-authenticate"].startswith("Basic")


async def test_me_answers_also_who_has_no_account_here(desk: Desk) -> None:
    async with desk.api.as_operator() as http:
        me = await http.get("/v1/accounts/me")
    assert me.json()["role"] == "operator"
    assert me.json()["account"] is None
    worker = await desk.worker(PHONE)
    own = await desk.http.get("/v1/accounts/me", headers=worker.headers)
    assert [each["kind"] for each in own.json()["account"]["logins"]] == ["phone"]


async def test_the_metadata_leads_to_the_keys_that_check_tokens(desk: Desk) -> None:
    found = await desk.http.get("/v1/accounts/.well-known/openid-configuration")
    assert found.json()["jwks_uri"].endswith("/v1/accounts/jwks.json")
    keys = (await desk.http.get("/v1/accounts/jwks.json")).json()["keys"]
    own = TokenKey.read(desk.api.settings.token_key_file)
    assert [key["kid"] for key in keys] == [own.kid]
    assert all("d" not in key for key in keys)
