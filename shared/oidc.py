"""Tokens of another OpenID Connect issuer, where the settings name one.

Checked as RFC 8725 asks: the issuer's keys come from its own discovery document and
nowhere else, the algorithm follows from the key and never from the token, audience and
issuer are fixed. Its people cannot be services, and it says nothing of our sign-ins.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import jwt
import structlog

from shared.identity import Caller, Role, Scope
from shared.outgoing import new_client
from shared.problems import NotSignedIn
from shared.settings import Settings

log = structlog.get_logger(__name__)

ALGORITHMS = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}
"""The one algorithm that a key of each type may sign with."""

TYPES = {"at+jwt", "application/at+jwt", "jwt"}
FORBIDDEN_HEADERS = {"crit", "jwk", "jku", "x5u", "x5c", "b64", "zip"}
LEAST_RSA_BITS = 2048
FRESH_SECONDS = 300.0
RETRY_SECONDS = 1.0
LARGEST_DOCUMENT = 1_000_000
LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}


class IssuerUnusable(Exception):
    """The issuer's documents cannot be fetched or are not what they should be."""


class OidcIssuer:
    """Another issuer: its keys, fetched and cached, and what its claims mean here."""

    def __init__(self, settings: Settings) -> None:
        if not settings.oidc_issuer or not settings.oidc_audience:
            raise ValueError("an OIDC issuer needs ROLLCALL_OIDC_AUDIENCE beside it")
        self._issuer = settings.oidc_issuer
        self._audience = settings.oidc_audience
        self._role_claim = settings.oidc_role_claim
        self._tenant_claim = settings.oidc_tenant_claim
        self._scope_claim = settings.oidc_scope_claim
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fetched_at = -FRESH_SECONDS
        self._tried_at = -RETRY_SECONDS
        self._fetching = asyncio.Lock()

    async def prepare(self, token: str) -> None:
        """Fetch the key set where the token's key is not known or the set is old.

        At most once a second, so that made-up key ids cannot make us hammer the issuer;
        while it cannot be reached, the keys we hold are good.
        """
        if not self._wanting(token):
            return
        async with self._fetching:
            if not self._wanting(token):
                return  # somebody fetched while we waited
            self._tried_at = time.monotonic()
            try:
                self._keys = await self._fetch()
                self._fetched_at = time.monotonic()
            except (IssuerUnusable, httpx.HTTPError, ValueError) as error:
                log.warning("OIDC keys not fetched", error=repr(error))

    def caller(self, token: str) -> Caller:
        """Raises NotSignedIn for anything but a good token of this issuer."""
        try:
            header = jwt.get_unverified_header(token)
            key = self._key(header)
            kind = str(header.get("typ", "JWT")).lower()
            if key is None or kind not in TYPES or FORBIDDEN_HEADERS & header.keys():
                raise NotSignedIn("The access token is not one of the issuer's.")
            claims = jwt.decode(
                token,
                key.key,
                algorithms=[key.algorithm_name],
                audience=self._audience,
                issuer=self._issuer,
                leeway=5,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
            return self._caller(claims)
        except jwt.ExpiredSignatureError:
            raise NotSignedIn("The access token has expired.") from None
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError):
            raise NotSignedIn("The access token is not valid.") from None

    def _key(self, header: Mapping[str, Any]) -> jwt.PyJWK | None:
        """Without a key id, the key of an issuer that has just one."""
        if "kid" in header:
            return self._keys.get(str(header["kid"]))
        return next(iter(self._keys.values())) if len(self._keys) == 1 else None

    def _wanting(self, token: str) -> bool:
        """Whether the keys are old, or none of them is this token's."""
        moment = time.monotonic()
        if moment - self._tried_at < RETRY_SECONDS:
            return False
        if moment - self._fetched_at > FRESH_SECONDS:
            return True
        try:
            header = jwt.get_unverified_header(token)
            key = self._key(header)
            if key is None:
                return True
            if "kid" not in header:
                # nothing but its signature says whose it is
                jwt.PyJWS().decode(token, key.key, algorithms=[key.algorithm_name])
        except jwt.InvalidSignatureError:
            return True
        except jwt.PyJWTError:
            return False
        return False

    async def _fetch(self) -> dict[str, jwt.PyJWK]:
        """Raises IssuerUnusable, httpx.HTTPError, ValueError."""
        async with new_client(timeout=5) as http:
            base = self._issuer.rstrip("/")
            found = await _document(http, f"{base}/.well-known/openid-configuration")
            if found.get("issuer") != self._issuer:
                raise IssuerUnusable(f"calls itself {found.get('issuer')!r}")
            key_set = await _document(http, str(found.get("jwks_uri")))
        keys = {}
        for entry in key_set.get("keys", []):
            key = _signing_key(entry)
            if key is not None:
                keys[str(entry["kid"])] = key
        if not keys:
            raise IssuerUnusable("publishes no key that we could use")
        return keys

    def _caller(self, claims: Mapping[str, Any]) -> Caller:
        role = Role(claims[self._role_claim])
        if role is Role.SERVICE:
            raise ValueError("services are our own")
        tenant = claims.get(self._tenant_claim)
        return Caller(
            subject=subject_id(self._issuer, claims["sub"]),
            role=role,
            tenant=None if tenant is None else UUID(tenant),
            scopes=_scopes(claims.get(self._scope_claim)),
        )


def subject_id(issuer: str, subject: object) -> UUID:
    """The issuer's own id where it is a UUID, else one made of both names."""
    if not isinstance(subject, str) or not subject:
        raise TypeError("a subject is a text")
    try:
        return UUID(subject)
    except ValueError:
        digest = hashlib.sha256(f"{issuer}\0{subject}".encode()).digest()
        return UUID(bytes=digest[:16])


def _scopes(said: object) -> frozenset[Scope] | None:
    """Those of ours among the scopes told (a text or a list); None where none are."""
    if said is None:
        return None
    words = said.split() if isinstance(said, str) else said
    if not isinstance(words, list):
        raise TypeError("scopes are a text or a list")
    return frozenset(Scope(word) for word in words if word in set(Scope))


def _signing_key(entry: Any) -> jwt.PyJWK | None:
    """None for a key of another use, type or strength than we take."""
    if not isinstance(entry, dict) or not entry.get("kid"):
        return None
    algorithm = ALGORITHMS.get(str(entry.get("kty")))
    if algorithm is None or entry.get("use", "sig") != "sig":
        return None
    if entry.get("alg", algorithm) != algorithm:
        return None
    try:
        key = jwt.PyJWK(entry, algorithm=algorithm)
    except jwt.PyJWTError:
        return None
    if entry["kty"] == "RSA" and key.key.key_size < LEAST_RSA_BITS:
        return None
    return key


async def _document(http: httpx.AsyncClient, url: str) -> dict[str, Any]:
    """A JSON object over HTTPS; plain HTTP only on this machine. No redirects."""
    address = urlsplit(url)
    if address.scheme != "https" and not (
        address.scheme == "http" and address.hostname in LOCAL_HOSTS
    ):
        raise IssuerUnusable(f"{url} is not an https address")
    answer = await http.get(url)
    if answer.status_code != httpx.codes.OK:
        raise IssuerUnusable(f"{url} answers {answer.status_code}")
    if len(answer.content) > LARGEST_DOCUMENT:
        raise IssuerUnusable(f"{url} is too large")
    found = answer.json()
    if not isinstance(found, dict):
        raise IssuerUnusable(f"{url} holds no object")
    return found
