"""Tokens: ours and nobody else's, for as long as they say."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from shared.identity import Actor, Caller, Role, Scope
from shared.problems import NotSignedIn
from shared.settings import Settings
from shared.tokens import (
    LEEWAY_SECONDS,
    TOKEN_TYPE,
    TokenCheck,
    TokenKey,
    service_token,
)
from shared.values import new_id, now

PRIVATE = Ed25519PrivateKey.generate()
KEY = TokenKey(PRIVATE)


@pytest.fixture(scope="module")
def own_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    path = tmp_path_factory.mktemp("key") / "token-key.pem"
    path.write_bytes(
        PRIVATE.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return Settings.from_environment(
        {
            "ROLLCALL_DATABASE_URL": "postgresql://localhost/none",
            "ROLLCALL_REDIS_URL": "redis://localhost",
            "ROLLCALL_TOKEN_KEY_FILE": str(path),
        }
    )


def claims(**changes: Any) -> dict[str, Any]:
    moment = now()
    good: dict[str, Any] = {
        "iss": "rollcall",
        "aud": "rollcall",
        "sub": str(new_id()),
        "role": "worker",
        "scope": "workers:read",
        "jti": str(new_id()),
        "iat": moment,
        "nbf": moment,
        "exp": moment + timedelta(minutes=5),
    }
    changed = good | changes
    return {name: value for name, value in changed.items() if value is not None}


def signed(headers: dict[str, Any] | None = None, **changes: Any) -> str:
    head = {"kid": KEY.kid, "typ": TOKEN_TYPE} | (headers or {})
    return jwt.encode(claims(**changes), PRIVATE, algorithm="EdDSA", headers=head)


def forged(header: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    def part(value: bytes) -> bytes:
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    plain = claims()
    for name in ("iat", "nbf", "exp"):
        plain[name] = int(plain[name].timestamp())
    body = part(json.dumps(header).encode()) + b"." + part(json.dumps(plain).encode())
    return (body + b"." + part(sign(body))).decode()


def hs256_with_the_public_key() -> str:
    secret = PRIVATE.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    header = {"alg": "HS256", "typ": TOKEN_TYPE, "kid": KEY.kid}
    return forged(header, lambda body: hmac.digest(secret, body, hashlib.sha256))


def with_another_key(algorithm: str, key: Any) -> str:
    headers = {"kid": KEY.kid, "typ": TOKEN_TYPE}
    return jwt.encode(claims(), key, algorithm=algorithm, headers=headers)


def written(header: str, payload: str) -> str:
    """A token of exactly these texts, signed with our own key."""

    def part(text: bytes) -> str:
        return base64.urlsafe_b64encode(text).rstrip(b"=").decode()

    body = f"{part(header.encode())}.{part(payload.encode())}"
    return f"{body}.{part(PRIVATE.sign(body.encode()))}"


def good_header(**changes: Any) -> str:
    return json.dumps({"alg": "EdDSA", "typ": TOKEN_TYPE, "kid": KEY.kid} | changes)


def good_payload(**changes: Any) -> str:
    said = claims(**changes)
    for name in ("iat", "nbf", "exp"):
        if hasattr(said.get(name), "timestamp"):
            said[name] = int(said[name].timestamp())
    return json.dumps(said)


def twice(name: str, value: str) -> str:
    """The claims with one of them said a second time."""
    return good_payload()[:-1] + f', "{name}": "{value}"}}'


def cut(token: str, at: int) -> str:
    return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]


MINUTE = timedelta(minutes=1)
BAD_TOKENS: dict[str, Callable[[], str]] = {
    "empty": lambda: "",
    "not a token": lambda: "abc",
    "three dots": lambda: "a.b.c",
    "no algorithm": lambda: forged(
        {"alg": "none", "typ": TOKEN_TYPE, "kid": KEY.kid}, lambda _: b""
    ),
    "no algorithm, capital": lambda: forged(
        {"alg": "None", "typ": TOKEN_TYPE, "kid": KEY.kid}, lambda _: b""
    ),
    "HMAC with the public key": hs256_with_the_public_key,
    "RSA": lambda: with_another_key("RS256", rsa.generate_private_key(65537, 2048)),
    "elliptic": lambda: with_another_key(
        "ES256", ec.generate_private_key(ec.SECP256R1())
    ),
    "another Ed25519 key": lambda: with_another_key(
        "EdDSA", Ed25519PrivateKey.generate()
    ),
    "unknown key id": lambda: signed({"kid": "other"}),
    "key id that is a path": lambda: signed({"kid": "../../dev/null"}),
    "no key id": lambda: jwt.encode(
        claims(), PRIVATE, algorithm="EdDSA", headers={"typ": TOKEN_TYPE}
    ),
    "key brought along": lambda: with_jwk(Ed25519PrivateKey.generate()),
    "key address brought along": lambda: signed(
        {"kid": "x", "jku": "http://127.0.0.1/keys"}
    ),
    "plain JWT type": lambda: signed({"typ": "JWT"}),
    "no type": lambda: signed({"typ": ""}),
    "another issuer": lambda: signed(iss="somebody"),
    "no issuer": lambda: signed(iss=None),
    "another audience": lambda: signed(aud="other"),
    "no audience": lambda: signed(aud=None),
    "expired": lambda: signed(exp=now() - MINUTE),
    "no expiry": lambda: signed(exp=None),
    "expiry in words": lambda: signed(exp="tomorrow"),
    "not yet": lambda: signed(nbf=now() + MINUTE),
    "issued tomorrow": lambda: signed(iat=now() + timedelta(days=1)),
    "no subject": lambda: signed(sub=None),
    "subject that is no id": lambda: signed(sub="root"),
    "no role": lambda: signed(role=None),
    "unknown role": lambda: signed(role="superuser"),
    "role that is a list": lambda: signed(role=["operator"]),
    "tenant that is no id": lambda: signed(tenant="'; DROP TABLE"),
    "tenant that is a number": lambda: signed(tenant=7),
    "changed claims": lambda: cut(signed(), 120),
    "changed signature": lambda: cut(signed(), -10),
    "no signature": lambda: signed().rsplit(".", 1)[0] + ".",
    "cut off": lambda: signed()[:-20],
    "an Ed448 key": lambda: with_another_key("EdDSA", ed448.Ed448PrivateKey.generate()),
    "key id that is SQL": lambda: signed({"kid": "x' UNION SELECT 'key"}),
    "key id that is our file": lambda: signed({"kid": "token-key.pem"}),
    "key id that is a number": lambda: written(good_header(kid=0), good_payload()),
    "key id that is a list": lambda: written(
        good_header(kid=[KEY.kid]), good_payload()
    ),
    "key address beside the right id": lambda: signed({"jku": "http://127.0.0.1/keys"}),
    "certificate address": lambda: signed({"x5u": "http://127.0.0.1/cert"}),
    "certificate chain": lambda: signed({"x5c": ["MIIB"]}),
    "our own key brought along": lambda: signed({"jwk": {"kty": "OKP"}}),
    "critical extension": lambda: signed({"crit": ["exp"], "exp": 1}),
    "unencoded payload": lambda: written(good_header(b64=False), good_payload()),
    "compressed": lambda: written(good_header(zip="DEF"), good_payload()),
    "another token type": lambda: signed({"typ": "id+jwt"}),
    "algorithm said twice": lambda: written(
        '{"alg": "none", ' + good_header()[1:], good_payload()
    ),
    "role said twice": lambda: written(good_header(), twice("role", "operator")),
    "subject said twice": lambda: written(good_header(), twice("sub", str(new_id()))),
    "several audiences": lambda: signed(aud=["rollcall", "other"]),
    "issuer that is a list": lambda: written(
        good_header(), good_payload(iss=["rollcall"])
    ),
    "no instant of issue": lambda: signed(iat=None),
    "no beginning": lambda: signed(nbf=None),
    "no id of its own": lambda: signed(jti=None),
    "no scope": lambda: signed(scope=None),
    "unknown scope": lambda: signed(scope="workers:read everything"),
    "scope that is a list": lambda: signed(scope=["workers:read"]),
    "expiry that is a text": lambda: written(
        good_header(), good_payload(exp="4102444800")
    ),
    "expiry that is true": lambda: written(good_header(), good_payload(exp=True)),
    "expiry without end": lambda: written(
        good_header(), good_payload(exp=0).replace('"exp": 0', '"exp": Infinity')
    ),
    "longer than any of ours": lambda: signed(exp=now() + timedelta(days=30)),
    "sign-in that is no id": lambda: signed(sid="all"),
    "key that is no id": lambda: signed(key=["x"]),
    "actor that is a text": lambda: signed(act="clerk"),
    "actor without a role": lambda: signed(act={"sub": str(new_id())}),
    "claims that are a list": lambda: written(good_header(), "[]"),
    "claims that are no JSON": lambda: written(good_header(), "exp=1"),
    "header that is a list": lambda: written("[]", good_payload()),
    "nested without end": lambda: written(good_header(), "[" * 3_000 + "]" * 3_000),
    "huge": lambda: signed(name="x" * 10_000),
    "five parts": lambda: f"{signed()}.a.b",
    "of another place after it": lambda: f"{signed()} {signed()}",
    "as JSON": lambda: json.dumps({"payload": good_payload(), "signatures": []}),
}


def with_jwk(key: Ed25519PrivateKey) -> str:
    jwk = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key()))
    headers = {"kid": KEY.kid, "typ": TOKEN_TYPE, "jwk": jwk}
    return jwt.encode(claims(), key, algorithm="EdDSA", headers=headers)


@pytest.mark.parametrize("name", BAD_TOKENS)
def test_a_bad_token_is_not_signed_in(own_settings: Settings, name: str) -> None:
    with pytest.raises(NotSignedIn):
        TokenCheck(own_settings).caller(BAD_TOKENS[name]())


def test_the_token_that_the_bad_ones_are_made_from_is_good(
    own_settings: Settings,
) -> None:
    assert TokenCheck(own_settings).caller(signed()).role is Role.WORKER


@pytest.fixture(scope="module")
def check(own_settings: Settings) -> TokenCheck:
    return TokenCheck(own_settings)


@given(text=st.text())
def test_no_text_is_a_token(check: TokenCheck, text: str) -> None:
    with pytest.raises(NotSignedIn):
        check.caller(text)


def test_what_is_written_by_hand_like_a_good_one_is_good(check: TokenCheck) -> None:
    assert check.caller(written(good_header(), good_payload())).role is Role.WORKER


def test_a_revoked_sign_in_or_key_is_not_signed_in(own_settings: Settings) -> None:
    check = TokenCheck(own_settings)
    session, key, other = new_id(), new_id(), new_id()
    tokens = [signed(sid=str(session)), signed(key=str(key))]
    for token in tokens:
        assert check.caller(token).role is Role.WORKER
    check.revocations.replace([session, key])
    for token in tokens:
        with pytest.raises(NotSignedIn, match="revoked"):
            check.caller(token)
    assert check.caller(signed(sid=str(other))).session == other


def test_a_token_that_was_good_is_checked_anew_once_it_has_expired(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    check, token = TokenCheck(own_settings), signed()
    assert check.caller(token) == check.caller(token)
    assert check._known.find(token) is not None
    later = now() + timedelta(minutes=5, seconds=LEEWAY_SECONDS)
    monkeypatch.setattr("time.time", later.timestamp)
    assert check._known.find(token) is None


def test_a_token_that_was_good_is_refused_once_its_key_is_gone(
    own_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(own_settings.token_key_file.read_bytes())
    settings = replace(own_settings, token_key_file=path)
    check, token = TokenCheck(settings), signed()
    assert check.caller(token) == check.caller(token)
    path.unlink()
    TokenKey.read_or_create(path)
    monkeypatch.setattr("shared.tokens.STALE_SECONDS", -1.0)
    with pytest.raises(NotSignedIn, match="not one of ours"):
        check.caller(token)


def test_of_tokens_that_were_good_the_last_are_known(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.known_tokens.MOST_KNOWN", 2)
    check, tokens = TokenCheck(own_settings), [signed() for _ in range(4)]
    for token in [*tokens, *tokens]:
        check.caller(token)
    assert len(check._known._known) == 2


def test_a_token_says_who_calls(own_settings: Settings) -> None:
    caller = Caller(new_id(), Role.AGENCY, new_id())
    token = KEY.mint(own_settings, caller, MINUTE)
    told = TokenCheck(own_settings).caller(token)
    assert told == replace(caller, scopes=caller.allowed)


def test_a_token_key_file_is_private_and_made_once(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "key.pem"
    first = TokenKey.read_or_create(path)
    second = TokenKey.read_or_create(path)
    assert first.kid == second.kid
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["key.pem"]


def test_a_key_set_file_replaces_the_own_key(
    own_settings: Settings, tmp_path: Path
) -> None:
    jwk = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(PRIVATE.public_key()))
    other = tmp_path / "keys.json"
    other.write_text(json.dumps({"keys": [jwk | {"kid": KEY.kid}]}))
    settings = replace(
        own_settings, token_key_file=tmp_path / "none.pem", token_jwks_file=other
    )
    assert TokenCheck(settings).caller(signed()).role is Role.WORKER
    assert not settings.token_key_file.exists()


def test_a_service_presents_a_token_of_its_own(own_settings: Settings) -> None:
    token = service_token(own_settings, "matching")
    caller = TokenCheck(own_settings).caller(token())
    assert caller.role is Role.SERVICE
    assert token() == token()


def test_a_token_carries_session_key_scopes_and_who_really_acts(
    own_settings: Settings,
) -> None:
    clerk = Actor(new_id(), Role.CLERK)
    caller = Caller(
        new_id(),
        Role.WORKER,
        scopes=frozenset({Scope.WORKERS_READ}),
        session=new_id(),
        key=new_id(),
        actor=clerk,
    )
    told = TokenCheck(own_settings).caller(KEY.mint(own_settings, caller, MINUTE))
    assert told == caller
    assert told.hand == clerk


def test_a_token_never_lets_do_more_than_the_role_can(own_settings: Settings) -> None:
    token = signed(scope="workers:read queues:write audit:read")
    assert TokenCheck(own_settings).caller(token).allowed == {Scope.WORKERS_READ}
