"""Who calls: short-lived EdDSA access tokens, and the declaration every route carries.

Tokens follow RFC 9068 (`typ: at+jwt`) and are checked as RFC 8725 asks: one algorithm,
required claims, issuer and audience fixed, keys only from our own settings.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import jwt
import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from fastapi import Depends, Request
from fastapi.params import Depends as DependsParam

from shared.problems import NotAllowed, NotSignedIn
from shared.settings import Settings
from shared.values import new_id, now

TOKEN_TYPE = "at+jwt"
SERVICE_SUBJECTS = {
    name: UUID(bytes=hashlib.sha256(f"rollcall service {name}".encode()).digest()[:16])
    for name in ("profiles", "postings", "matching")
}


class Role(StrEnum):
    WORKER = "worker"
    EMPLOYER = "employer"
    AGENCY = "agency"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    SERVICE = "service"


EVERYONE = frozenset[Role]()
"""Declares a route public: no token is asked for."""

SIGNED_IN = frozenset(Role)
ORGANISATIONS = frozenset({Role.EMPLOYER, Role.AGENCY})


@dataclass(frozen=True, slots=True)
class Caller:
    """The principal of a request.

    `subject` is the person or service; a worker's subject is their worker id. `tenant`
    is the organisation a member acts for, None for workers, operators and services.
    """

    subject: UUID
    role: Role
    tenant: UUID | None = None

    @property
    def sees_all(self) -> bool:
        """Whether this caller works with the system login, above the row walls."""
        return self.role in (Role.OPERATOR, Role.SERVICE)


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
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            pem = Ed25519PrivateKey.generate().private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            draft = path.with_name(f"{path.name}.{os.getpid()}")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(pem)
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
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
            "iat": issued,
            "nbf": issued,
            "exp": issued + lifetime,
            "jti": str(new_id()),
        }
        if caller.tenant:
            claims["tenant"] = str(caller.tenant)
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
                options={"require": ["exp", "iat", "nbf", "sub", "aud", "iss"]},
            )
            tenant = claims.get("tenant")
            return Caller(
                subject=UUID(claims["sub"]),
                role=Role(claims["role"]),
                tenant=UUID(tenant) if tenant is not None else None,
            )
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


class Allow:
    """A route's declaration of who may call it; doubles as the check."""

    def __init__(self, roles: frozenset[Role]) -> None:
        self.roles = roles

    async def __call__(self, request: Request) -> None:
        if self.roles:
            caller = signed_in(request)
            if caller.role not in self.roles:
                raise NotAllowed(f"A {caller.role.value} may not do this.")
            if caller.role in ORGANISATIONS and caller.tenant is None:
                raise NotAllowed("The access token names no organisation.")


def allow(*roles: Role | frozenset[Role]) -> DependsParam:
    """For `dependencies=[…]` of a route: the roles that may call it, or EVERYONE."""
    if not roles:
        raise ValueError("declare roles, or EVERYONE")
    union: set[Role] = set()
    for role in roles:
        union |= {role} if isinstance(role, Role) else role
    declared: DependsParam = Depends(Allow(frozenset(union)))
    return declared


def signed_in(request: Request) -> Caller:
    """The caller, checked once per request; raises NotSignedIn."""
    known = getattr(request.state, "caller", None)
    if known is None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotSignedIn(headers={"WWW-Authenticate": "Bearer"})
        check: TokenCheck = request.app.state.token_check
        try:
            known = check.caller(token.strip())
        except NotSignedIn as error:
            error.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
            raise
        request.state.caller = known
    return known


async def _who(request: Request) -> Caller:
    return signed_in(request)


Who = Annotated[Caller, Depends(_who)]
"""The caller as a parameter of a route."""

Check = Callable[[Request], Awaitable[None]]


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
