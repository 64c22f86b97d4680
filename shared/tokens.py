"""Access tokens: short-lived EdDSA JWTs, minted and checked.

Tokens follow RFC 9068 (`typ: at+jwt`) and are checked as RFC 8725 asks: one algorithm,
required claims, issuer and audience fixed, keys only from our own settings.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from shared.identity import SERVICE_SUBJECTS, Actor, Caller, Role, Scope
from shared.keys import create_once
from shared.problems import NotSignedIn
from shared.settings import Settings
from shared.values import new_id, now

TOKEN_TYPE = "at+jwt"

ACCESS_LIFETIME = timedelta(minutes=5)
"""How long a token of a signed-in person is good for, whatever happens meanwhile."""

REQUIRED = ["exp", "iat", "nbf", "jti", "sub", "aud", "iss", "role", "scope"]


class TokenKey:
    """The Ed25519 key that signs access tokens."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.kid = thumbprint(key.public_key())

    @classmethod
    def read(cls, path: Path) -> TokenKey:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"{path} holds no Ed25519 private key")
        return cls(key)

    @classmethod
    def read_or_create(cls, path: Path) -> TokenKey:
        """Create the file (0600) when it does not exist; safe when two race."""
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        create_once(path, pem)
        return cls.read(path)

    def public_key(self) -> Ed25519PublicKey:
        return self._key.public_key()

    def mint(self, settings: Settings, caller: Caller, lifetime: timedelta) -> str:
        """A signed token that says who `caller` is for `lifetime` from now."""
        issued = now()
        claims: dict[str, Any] = {
            "iss": settings.token_issuer,
            "aud": settings.token_audience,
            "sub": str(caller.subject),
            "role": caller.role.value,
            "scope": " ".join(sorted(caller.allowed)),
            "iat": issued,
            "nbf": issued,
            "exp": issued + lifetime,
            "jti": str(new_id()),
        }
        for name, value in (
            ("tenant", caller.tenant),
            ("sid", caller.session),
            ("key", caller.key),
        ):
            if value is not None:
                claims[name] = str(value)
        if caller.actor is not None:
            claims["act"] = _actor_claims(caller.actor)
        return jwt.encode(
            claims,
            self._key,
            algorithm="EdDSA",
            headers={"kid": self.kid, "typ": TOKEN_TYPE},
        )


class TokenCheck:
    """Checks access tokens against the keys of the settings, and nothing else."""

    def __init__(self, settings: Settings) -> None:
        self._issuer = settings.token_issuer
        self._audience = settings.token_audience
        self._keys = _public_keys(settings)

    def caller(self, token: str) -> Caller:
        """Raises NotSignedIn for anything but a token we issued and still honour."""
        try:
            header = jwt.get_unverified_header(token)
            key = self._keys.get(str(header.get("kid")))
            if header.get("typ") != TOKEN_TYPE or key is None:
                raise NotSignedIn("The access token is not one of ours.")
            claims = jwt.decode(
                token,
                key,
                algorithms=["EdDSA"],
                audience=self._audience,
                issuer=self._issuer,
                leeway=5,
                options={"require": REQUIRED},
            )
            return _caller(claims)
        except jwt.ExpiredSignatureError:
            raise NotSignedIn("The access token has expired.") from None
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError):
            raise NotSignedIn("The access token is not valid.") from None


def service_token(settings: Settings, service: str) -> Callable[[], str]:
    """What a loop process presents to other services: a token, renewed in time."""
    key = TokenKey.read(settings.token_key_file)
    caller = Caller(SERVICE_SUBJECTS[service], Role.SERVICE)
    lifetime = timedelta(minutes=10)
    held: tuple[Any, str] | None = None

    def token() -> str:
        nonlocal held
        if held is None or held[0] < now():
            held = (now() + lifetime / 2, key.mint(settings, caller, lifetime))
        return held[1]

    return token


def _caller(claims: Mapping[str, Any]) -> Caller:
    """Raises KeyError, ValueError, TypeError or AttributeError on a claim amiss."""
    act = claims.get("act")
    return Caller(
        subject=UUID(claims["sub"]),
        role=Role(claims["role"]),
        tenant=_id(claims, "tenant"),
        scopes=frozenset(map(Scope, claims["scope"].split())),
        session=_id(claims, "sid"),
        key=_id(claims, "key"),
        actor=None
        if act is None
        else Actor(UUID(act["sub"]), Role(act["role"]), _id(act, "tenant")),
    )


def _id(claims: Mapping[str, Any], name: str) -> UUID | None:
    value = claims.get(name)
    return None if value is None else UUID(value)


def _actor_claims(actor: Actor) -> dict[str, str]:
    claims = {"sub": str(actor.subject), "role": actor.role.value}
    if actor.tenant is not None:
        claims["tenant"] = str(actor.tenant)
    return claims


def thumbprint(key: Ed25519PublicKey) -> str:
    """RFC 7638 thumbprint, the key id."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    canonical = f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode()
    digest = hashlib.sha256(canonical).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _public_keys(settings: Settings) -> dict[str, Ed25519PublicKey]:
    if settings.token_jwks_file is None:
        key = TokenKey.read_or_create(settings.token_key_file)
        return {key.kid: key.public_key()}
    keys: dict[str, Ed25519PublicKey] = {}
    for entry in orjson.loads(settings.token_jwks_file.read_bytes())["keys"]:
        public = jwt.PyJWK(entry, algorithm="EdDSA").key
        if isinstance(public, Ed25519PublicKey):
            keys[entry.get("kid") or thumbprint(public)] = public
    return keys
