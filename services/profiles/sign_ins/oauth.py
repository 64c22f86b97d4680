"""OAuth 2 as RFC 6749 writes it: form-encoded requests, its own errors and answers."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote_plus
from uuid import UUID

from shared.identity import Caller

ONE_TIME_CODE = "urn:rollcall:grant:one-time-code"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"

PEOPLES = ("password", ONE_TIME_CODE, "refresh_token")
"""The grants of people, who sign in elsewhere where another issuer is set."""
OTHERS = ("client_credentials", TOKEN_EXCHANGE)

FORM = "application/x-www-form-urlencoded"
LONGEST_FORM = 20_000
MOST_FIELDS = 20

NOT_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def offered(other_issuer: str | None) -> tuple[str, ...]:
    """The grants that are offered here."""
    return OTHERS if other_issuer else PEOPLES + OTHERS


class OAuthError(Exception):
    """A request at the token endpoint that is refused (RFC 6749, 5.2)."""

    def __init__(
        self,
        error: str,
        description: str,
        *,
        status: int = 400,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(error, description)
        self.error = error
        self.description = description
        self.status = status
        self.headers = NOT_STORED | dict(headers or {})

    def as_json(self) -> dict[str, str]:
        return {"error": self.error, "error_description": self.description}


def invalid_request(description: str) -> OAuthError:
    return OAuthError("invalid_request", description)


def invalid_grant(description: str) -> OAuthError:
    return OAuthError("invalid_grant", description)


def invalid_client(basic: bool) -> OAuthError:
    """401; who came with Basic is answered in its terms."""
    headers = {"WWW-Authenticate": 'Basic realm="rollcall"'} if basic else {}
    return OAuthError(
        "invalid_client",
        "The key is not one of ours, or is no longer good.",
        status=401,
        headers=headers,
    )


@dataclass(frozen=True, slots=True)
class Issued:
    """What the token endpoint hands out, and to whom."""

    access_token: str
    lifetime: timedelta
    scope: str
    refresh_token: str | None = None
    issued_token_type: str | None = None
    caller: Caller | None = field(default=None, repr=False)

    def as_json(self) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "access_token": self.access_token,
            "token_type": "Bearer",
            "expires_in": int(self.lifetime.total_seconds()),
            "scope": self.scope,
        }
        if self.refresh_token is not None:
            answer["refresh_token"] = self.refresh_token
        if self.issued_token_type is not None:
            answer["issued_token_type"] = self.issued_token_type
        return answer


class Form:
    """A form, each field once; an empty one counts as not sent (RFC 6749, 3.2)."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = dict(fields)

    @classmethod
    def parse(cls, media_type: str | None, body: bytes) -> Form:
        """Raises OAuthError."""
        if (media_type or "").partition(";")[0].strip().lower() != FORM:
            raise invalid_request(f"The body must be {FORM}.")
        if len(body) > LONGEST_FORM:
            raise invalid_request("The form is too long.")
        try:
            pairs = parse_qsl(
                body.decode("ascii"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=MOST_FIELDS,
            )
        except ValueError:
            raise invalid_request("The form cannot be read.") from None
        fields = dict(pairs)
        if len(fields) != len(pairs):
            raise invalid_request("A field is sent twice.")
        if not all(_may_hold(name, text) for name, text in fields.items()):
            raise invalid_request("A field holds characters that do not print.")
        return cls({name: text for name, text in fields.items() if text})

    def get(self, name: str) -> str | None:
        return self._fields.get(name)

    def need(self, name: str) -> str:
        """Raises OAuthError."""
        text = self._fields.get(name)
        if text is None:
            raise invalid_request(f"{name} is missing.")
        return text

    def id(self, name: str) -> UUID | None:
        """Raises OAuthError."""
        text = self._fields.get(name)
        if text is None:
            return None
        try:
            return UUID(text)
        except ValueError:
            raise invalid_request(f"{name} is no id.") from None


def _may_hold(name: str, text: str) -> bool:
    """A password holds what its owner's keyboard gives, wide spaces and joined emoji
    among it; it is hashed and goes nowhere else."""
    return name == "password" or text.isprintable()


def basic_credentials(header: str | None) -> tuple[str, str] | None:
    """Id and secret of a Basic header (RFC 6749, 2.3.1); None for any other.

    Raises OAuthError on one that cannot be read.
    """
    scheme, _, word = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, secret = (
            base64.b64decode(word, validate=True).decode().partition(":")
        )
    except (binascii.Error, UnicodeDecodeError):
        raise invalid_client(basic=True) from None
    if not colon:
        raise invalid_client(basic=True)
    return unquote_plus(name), unquote_plus(secret)
