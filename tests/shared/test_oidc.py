"""Another OpenID Connect issuer in the place of our own: a real one, in a process."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from shared import oidc
from shared.identity import Caller, Role, Scope
from shared.oidc import OidcIssuer, subject_id
from shared.problems import NotSignedIn
from shared.settings import Settings
from shared.tokens import ACCESS_LIFETIME, TokenCheck, signing_key
from shared.values import new_id, now

CLIENT = "rollcall"
TENANT = new_id()
PEOPLE: list[dict[str, Any]] = [
    {"sub": "amara", "role": "worker", "scope": "openid workers:read nonsense"},
    {"sub": "jo", "role": "employer", "tenant": str(TENANT), "scope": "postings:read"},
    {"sub": str(TENANT), "role": "auditor"},
    {"sub": "robot", "role": "service", "scope": "feeds:read"},
    {"sub": "root", "role": "superuser"},
    {"sub": "nobody"},
    {"sub": "lost", "role": "employer", "tenant": "everywhere"},
]
PATIENCE = 30


@contextmanager
def issuer(port: int) -> Iterator[str]:
    """A real issuer's process; its key is another one each time it starts."""
    people = [word for each in PEOPLE for word in ("--user-claims", json.dumps(each))]
    program = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock"]
    process = subprocess.Popen(
        [*program, "--port", str(port), *people],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                httpx.get(f"{url}/.well-known/openid-configuration", trust_env=False)
                break
            except httpx.HTTPError:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def url(port: int) -> Iterator[str]:
    with issuer(port) as address:
        yield address


def a_token(url: str, subject: str, client: str = CLIENT) -> str:
    """What the issuer gives to somebody who signs in there: the whole code flow."""
    back = "http://127.0.0.1/back"
    asked = {
        "client_id": client,
        "redirect_uri": back,
        "response_type": "code",
        "scope": "openid",
    }
    with httpx.Client(base_url=url, trust_env=False) as http:
        shown = http.post("/oauth2/authorize", params=asked, data={"sub": subject})
        code = parse_qs(urlsplit(shown.headers["location"]).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
        answer = http.post("/oauth2/token", data=form, auth=(client, "secret"))
    token: str = answer.json()["id_token"]
    return token


def settings_of(directory: Path, **changes: str) -> Settings:
    return Settings.from_environment(
        {
            "ROLLCALL_DATABASE_URL": "postgresql://localhost/none",
            "ROLLCALL_REDIS_URL": "redis://localhost",
            "ROLLCALL_DATA_DIR": str(directory),
        }
        | changes
    )


@pytest.fixture
def settings(url: str, tmp_path: Path) -> Settings:
    return settings_of(
        tmp_path, ROLLCALL_OIDC_ISSUER=url, ROLLCALL_OIDC_AUDIENCE=CLIENT
    )


async def told(check: TokenCheck, token: str) -> Caller:
    await check.prepare(token)
    return check.caller(token)


async def test_its_people_are_who_their_claims_say(
    url: str, settings: Settings
) -> None:
    check = TokenCheck(settings)
    worker = await told(check, a_token(url, "amara"))
    assert worker.role is Role.WORKER
    assert worker.subject == subject_id(url, "amara")
    assert worker.allowed == {Scope.WORKERS_READ}
    member = await told(check, a_token(url, "jo"))
    assert (member.role, member.tenant) == (Role.EMPLOYER, TENANT)
    assert member.allowed == {Scope.POSTINGS_READ}
    auditor = await told(check, a_token(url, str(TENANT)))
    assert auditor.subject == TENANT, "a UUID is taken as it is"


@pytest.mark.parametrize("subject", ["robot", "root", "nobody", "lost"])
async def test_claims_that_make_nobody_are_refused(
    url: str, settings: Settings, subject: str
) -> None:
    """An issuer makes no services, and a role must be one of ours."""
    with pytest.raises(NotSignedIn):
        await told(TokenCheck(settings), a_token(url, subject))


async def test_a_token_for_another_audience_is_refused(
    url: str, settings: Settings
) -> None:
    token = a_token(url, "amara", client="another-app")
    with pytest.raises(NotSignedIn):
        await told(TokenCheck(settings), token)


async def test_where_it_is_not_configured_its_tokens_are_nothing(
    url: str, tmp_path: Path
) -> None:
    with pytest.raises(NotSignedIn):
        await told(TokenCheck(settings_of(tmp_path)), a_token(url, "amara"))


async def test_its_key_may_change_and_the_old_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "RETRY_SECONDS", 0)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    own = settings_of(
        tmp_path,
        ROLLCALL_OIDC_ISSUER=f"http://127.0.0.1:{port}",
        ROLLCALL_OIDC_AUDIENCE=CLIENT,
    )
    check = TokenCheck(own)
    with issuer(port) as url:
        old = a_token(url, "amara")
        assert (await told(check, old)).role is Role.WORKER
    # while it is away, what we know of it is good
    assert (await told(check, old)).role is Role.WORKER
    with issuer(port) as url:
        new = a_token(url, "amara")
        assert (await told(check, new)).role is Role.WORKER
        with pytest.raises(NotSignedIn):
            await told(check, old)


async def test_made_up_tokens_do_not_make_us_hammer_it(
    url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = []
    fetch = OidcIssuer._fetch

    async def counted(self: OidcIssuer) -> dict[str, jwt.PyJWK]:
        fetched.append(self)
        return await fetch(self)

    monkeypatch.setattr(OidcIssuer, "_fetch", counted)
    monkeypatch.setattr(oidc, "RETRY_SECONDS", 60)
    check = TokenCheck(settings)
    for number in range(20):
        with pytest.raises(NotSignedIn):
            await told(check, forged(url, {"kid": str(number)}))
    assert len(fetched) == 1


def forged(url: str, header: dict[str, Any], algorithm: str = "RS256") -> str:
    claims = {
        "iss": url,
        "aud": CLIENT,
        "sub": "amara",
        "role": "operator",
        "iat": now(),
        "exp": now().timestamp() + 60,
    }
    key: Any = "k" * 64
    if algorithm == "RS256":
        key = rsa.generate_private_key(65537, 2048)
    if algorithm == "none":
        key = None
    return jwt.encode(claims, key, algorithm=algorithm, headers=header)


@pytest.mark.parametrize(
    ("header", "algorithm"),
    [
        ({}, "RS256"),
        ({}, "HS256"),
        ({}, "none"),
        ({"jku": "http://127.0.0.1/keys"}, "RS256"),
        ({"x5u": "http://127.0.0.1/cert"}, "RS256"),
        ({"typ": "id+jwt"}, "RS256"),
    ],
)
async def test_what_only_calls_itself_the_issuers_is_refused(
    url: str, settings: Settings, header: dict[str, Any], algorithm: str
) -> None:
    check = TokenCheck(settings)
    await told(check, a_token(url, "amara"))
    with pytest.raises(NotSignedIn):
        await told(check, forged(url, header, algorithm))


async def test_a_tampered_token_is_refused(url: str, settings: Settings) -> None:
    check = TokenCheck(settings)
    head, body, signature = a_token(url, "amara").split(".")
    for bad in (
        f"{head}.{body}.{signature[:-8]}AAAAAAAA",
        f"{head}.{body}.",
        f"{head}.{body[:-4]}AAAA.{signature}",
    ):
        with pytest.raises(NotSignedIn):
            await told(check, bad)


async def test_services_and_keys_go_on_with_our_own_tokens(settings: Settings) -> None:
    check = TokenCheck(settings)
    own = Caller(new_id(), Role.SERVICE)
    token = signing_key(settings).mint(settings, own, ACCESS_LIFETIME)
    assert (await told(check, token)).role is Role.SERVICE


@pytest.mark.parametrize(
    "address", ["http://example.org", "ftp://127.0.0.1", "http://127.0.0.1:1"]
)
async def test_an_issuer_without_tls_or_out_of_reach_admits_nobody(
    tmp_path: Path, address: str
) -> None:
    own = settings_of(
        tmp_path, ROLLCALL_OIDC_ISSUER=address, ROLLCALL_OIDC_AUDIENCE=CLIENT
    )
    with pytest.raises(NotSignedIn):
        await told(TokenCheck(own), forged(address, {}))


def test_an_issuer_needs_an_audience(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ROLLCALL_OIDC_AUDIENCE"):
        TokenCheck(settings_of(tmp_path, ROLLCALL_OIDC_ISSUER="https://id.example"))
