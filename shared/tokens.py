"""Access tokens: short-lived EdDSA JWTs, minted and checked.

Tokens follow RFC 9068 (`typ: at+jwt`) and are checked as RFC 8725 asks: one algorithm,
required claims, issuer and audience fixed, keys only from our own settings. Another
issuer's tokens count where the settings name it (`shared.oidc`).
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from shared.identity import SERVICE_SUBJECTS, Actor, Caller, Role, Scope
from shared.keys import create_once
from shared.known_tokens import Known, KnownTokens
from shared.oidc import OidcIssuer
from shared.problems import NotSignedIn
from shared.revocations import Revocations
from shared.settings import Settings
from shared.signing_keys import (
    LONGEST_TOKEN,
    held_keys,
    new_private,
    public_keys,
    read_private,
    rotation_directory,
    signer_of,
    thumbprint,
)
from shared.values import new_id, now

log = structlog.get_logger(__name__)

TOKEN_TYPE = "at+jwt"

ACCESS_LIFETIME = timedelta(minutes=5)
"""How long a token of a signed-in person is good for, whatever happens meanwhile."""

REQUIRED = ["exp", "iat", "nbf", "jti", "sub", "aud", "iss", "role", "scope"]
HEADER = {"alg", "kid", "typ"}
INSTANTS = ("exp", "iat", "nbf")
LONGEST_TEXT = 8_192
LEEWAY_SECONDS = 5
REREAD_SECONDS = 1.0
STALE_SECONDS = 5.0


class TokenKey:
    """The Ed25519 key that signs access tokens."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.kid = thumbprint(key.public_key())

    @classmethod
    def read(cls, path: Path) -> TokenKey:
        return cls(read_private(path))

    @classmethod
    def read_or_create(cls, path: Path) -> TokenKey:
        """Create the file (0600) when it does not exist; safe when two race."""
        if not path.exists():
            create_once(path, new_private())
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


def signing_key(settings: Settings) -> TokenKey:
    """The key whose turn it is. Raises OSError where this machine holds none."""
    if not holds_signing_key(settings):
        raise FileNotFoundError(f"{settings.token_key_file}: no such file")
    return TokenKey(signer_of(held_keys(settings)).private)


class Signer:
    """Mints with the key whose turn it is; a rotation needs no restart."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._held: tuple[float, TokenKey] | None = None

    def mint(self, caller: Caller, lifetime: timedelta) -> str:
        moment = time.monotonic()
        if self._held is None or moment - self._held[0] > REREAD_SECONDS:
            self._held = (moment, signing_key(self._settings))
        return self._held[1].mint(self._settings, caller, lifetime)


class TokenCheck:
    """Checks access tokens against the keys of the settings, and nothing else.

    A key id that is not known may be that of a new key: the keys are read again then,
    at most once a second, and every few seconds anyway, so that one that was withdrawn
    is soon refused.
    """

    def __init__(self, settings: Settings) -> None:
        self.revocations = Revocations()
        self.oidc = OidcIssuer(settings) if settings.oidc_issuer else None
        self._settings = settings
        self._issuer = settings.token_issuer
        self._audience = settings.token_audience
        self._keys: Mapping[str, Ed25519PublicKey] = public_keys(settings)
        self._read_at = time.monotonic()
        self._known = KnownTokens()

    async def prepare(self, token: str) -> None:
        """Fetch what checking needs from another issuer, where one is set."""
        if self.oidc is not None and self._is_theirs(token):
            await self.oidc.prepare(token)

    def caller(self, token: str) -> Caller:
        """Raises NotSignedIn for anything but a token we issued and still honour."""
        if len(token) > LONGEST_TEXT:
            raise NotSignedIn("The access token is not one of ours.")
        if self.oidc is not None and self._is_theirs(token):
            return self.oidc.caller(token)
        caller = self._own(token)
        if self.revocations.names(caller):
            raise NotSignedIn("The sign-in or key of this access token was revoked.")
        return caller

    def _own(self, token: str) -> Caller:
        known = self._known.find(token)
        if known is not None and self._key(known.kid) == known.key:
            return known.caller
        try:
            header = _part(token, 0)
            key = self._key(header.get("kid"))
            if header.get("typ") != TOKEN_TYPE or key is None:
                raise NotSignedIn("The access token is not one of ours.")
            # what else a header may carry (crit, jku, jwk, x5u …) we never write
            if header.keys() != HEADER:
                raise NotSignedIn("The access token is not one of ours.")
            _part(token, 1)
            claims = jwt.decode(
                token,
                key,
                algorithms=["EdDSA"],
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": REQUIRED, "strict_aud": True},
            )
            _check_times(claims)
            caller = _caller(claims)
            expires = int(claims["exp"]) + LEEWAY_SECONDS
            self._known.keep(token, Known(caller, header["kid"], key, expires))
            return caller
        except jwt.ExpiredSignatureError:
            raise NotSignedIn("The access token has expired.") from None
        except (
            jwt.PyJWTError,
            KeyError,
            IndexError,
            ValueError,
            TypeError,
            AttributeError,
            OverflowError,
            RecursionError,
        ):
            raise NotSignedIn("The access token is not valid.") from None

    def _key(self, kid: object) -> Ed25519PublicKey | None:
        if not isinstance(kid, str):
            return None
        age = time.monotonic() - self._read_at
        if age > (STALE_SECONDS if kid in self._keys else REREAD_SECONDS):
            self._read_again()
        return self._keys.get(kid)

    def _read_again(self) -> None:
        self._read_at = time.monotonic()
        try:
            self._keys = public_keys(self._settings)
        except (OSError, ValueError, KeyError) as error:
            # what we hold is better than nothing while somebody mends the file
            log.warning("signing keys not read", error=repr(error))

    def _is_theirs(self, token: str) -> bool:
        """Whether it says so; nothing is believed of it yet."""
        try:
            return bool(_part(token, 1).get("iss") == self._settings.oidc_issuer)
        except (ValueError, IndexError, RecursionError, AttributeError):
            return False


def service_token(settings: Settings, service: str) -> Callable[[], str]:
    """What a process presents to other services: a token, renewed in time.

    Raises OSError where this machine holds no signing key.
    """
    signing_key(settings)
    caller = Caller(SERVICE_SUBJECTS[service], Role.SERVICE)
    lifetime = timedelta(minutes=10)
    held: tuple[Any, str] | None = None

    def token() -> str:
        nonlocal held
        if held is None or held[0] < now():
            minted = signing_key(settings).mint(settings, caller, lifetime)
            held = (now() + lifetime / 2, minted)
        return held[1]

    return token


def holds_signing_key(settings: Settings) -> bool:
    """Whether this machine can mint tokens, its own service's among them."""
    return settings.token_key_file.exists() or rotation_directory(settings).is_dir()


def _part(token: str, number: int) -> dict[str, Any]:
    """Header (0) or claims (1), unverified; raises ValueError, IndexError.

    A name said twice is refused: two readers might each believe another one.
    """
    text = token.split(".")[number]
    content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    part = json.loads(content, object_pairs_hook=_once_each)
    if not isinstance(part, dict):
        raise ValueError("is no object")
    return part


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is said twice")
    return found


def _check_times(claims: Mapping[str, Any]) -> None:
    for name in INSTANTS:
        if isinstance(claims[name], bool) or not isinstance(claims[name], int | float):
            raise TypeError(f"{name} is no number")
    if claims["exp"] - claims["iat"] > LONGEST_TOKEN.total_seconds():
        raise ValueError("lives longer than any token of ours")


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
