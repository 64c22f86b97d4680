"""What signing in looks like over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict

from services.profiles.sign_ins.oauth import (
    ACCESS_TOKEN,
    FORM,
    ONE_TIME_CODE,
    TOKEN_EXCHANGE,
    offered,
)
from shared.fields import View

ID = "0192f0c1-0000-7000-8000-000000000003"


class TokenAnswer(View):
    """Tokens (RFC 6749, 5.1): the access token is good for five minutes, the refresh
    token for one use."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "access_token": "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.e30.c2ln",
                    "token_type": "Bearer",
                    "expires_in": 300,
                    "scope": "account workers:read workers:write",
                    "refresh_token": "q8mXo1nDUBtJJ0bVQkQ2QWmLfZ8b1c9wq1r0e5nB3kI",
                }
            ]
        }
    )

    access_token: str
    token_type: str
    expires_in: int
    scope: str
    refresh_token: str | None = None
    issued_token_type: str | None = None


SIGN_IN: dict[str, Any] = {
    "id": ID,
    "organisation": None,
    "method": "password",
    "started_at": "2026-11-20T08:00:00Z",
    "last_used_at": "2026-11-24T08:00:00Z",
    "ends_at": "2026-12-20T08:00:00Z",
    "current": True,
}


class SignInView(View):
    """One of the caller's sign-ins: a device, mostly. Its id is the `sid` of tokens."""

    id: UUID
    organisation: UUID | None
    method: str
    started_at: datetime
    last_used_at: datetime
    ends_at: datetime
    current: bool


class SignInList(View):
    """All sign-ins that are not over, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [SIGN_IN]}]})

    items: list[SignInView]


class KeySet(View):
    """The public keys that check our access tokens (RFC 7517)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "keys": [
                        {
                            "kty": "OKP",
                            "crv": "Ed25519",
                            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                            "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
                            "use": "sig",
                            "alg": "EdDSA",
                        }
                    ]
                }
            ]
        }
    )

    keys: list[dict[str, str]]


class Metadata(View):
    """Where everything is (RFC 8414)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "issuer": "rollcall",
                    "token_endpoint": "https://api.example/v1/accounts/token",
                    "revocation_endpoint": "https://api.example/v1/accounts/revoke",
                    "jwks_uri": "https://api.example/v1/accounts/jwks.json",
                    "grant_types_supported": ["password", "refresh_token"],
                    "scopes_supported": ["account", "workers:read"],
                    "token_endpoint_auth_methods_supported": ["none"],
                    "response_types_supported": [],
                }
            ]
        }
    )

    issuer: str
    token_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    grant_types_supported: list[str]
    scopes_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    response_types_supported: list[str]


OAUTH_ERROR: dict[str, Any] = {
    "schema": {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {"type": "string"},
            "error_description": {"type": "string"},
        },
    },
    "examples": {
        "invalid_grant": {
            "value": {
                "error": "invalid_grant",
                "error_description": "The refresh token is not good, or not any more.",
            }
        }
    },
}

TOKEN_FIELDS = {
    "grant_type": {"type": "string", "enum": list(offered(None))},
    "username": {"type": "string", "description": "An e-mail address or phone number."},
    "password": {"type": "string"},
    "totp": {
        "type": "string",
        "description": "Of the authenticator, or a recovery code;"
        " asked for with the error `mfa_required`.",
    },
    "challenge": {"type": "string", "format": "uuid"},
    "code": {"type": "string"},
    "refresh_token": {"type": "string"},
    "client_id": {"type": "string", "description": "The id of an API key."},
    "client_secret": {"type": "string"},
    "organisation": {
        "type": "string",
        "format": "uuid",
        "description": "For whoever is a member of several.",
    },
    "scope": {"type": "string", "description": "Less than all that one may do."},
    "subject_token": {
        "type": "string",
        "description": "The consent or client acted on.",
    },
    "subject_token_type": {"type": "string"},
    "actor_token": {"type": "string", "description": "One's own access token."},
    "actor_token_type": {"type": "string", "enum": [ACCESS_TOKEN]},
}

TOKEN_FORM: dict[str, Any] = {
    "required": True,
    "content": {
        FORM: {
            "schema": {
                "type": "object",
                "required": ["grant_type"],
                "properties": TOKEN_FIELDS,
            },
            "examples": {
                "password": {
                    "value": {
                        "grant_type": "password",
                        "username": "amara@example.org",
                        "password": "correct horse battery staple",
                    }
                },
                "one-time code": {
                    "value": {
                        "grant_type": ONE_TIME_CODE,
                        "challenge": ID,
                        "code": "042917",
                    }
                },
                "an agency acting for a client": {
                    "value": {
                        "grant_type": TOKEN_EXCHANGE,
                        "subject_token": ID,
                        "subject_token_type": "urn:rollcall:token-type:mandate",
                        "actor_token": "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.e30.c",
                        "actor_token_type": ACCESS_TOKEN,
                    }
                },
                "acting for another": {
                    "value": {
                        "grant_type": TOKEN_EXCHANGE,
                        "subject_token": ID,
                        "subject_token_type": "urn:rollcall:token-type:consent",
                        "actor_token": "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.e30.c",
                        "actor_token_type": ACCESS_TOKEN,
                    }
                },
            },
        }
    },
}

REVOCATION_FORM: dict[str, Any] = {
    "required": True,
    "content": {
        FORM: {
            "schema": {
                "type": "object",
                "required": ["token"],
                "properties": {
                    "token": {"type": "string"},
                    "token_type_hint": {"type": "string"},
                },
            },
            "examples": {
                "refresh token": {
                    "value": {"token": "q8mXo1nDUBtJJ0bVQkQ2QWmLfZ8b1c9wq1r0e5nB3kI"}
                }
            },
        }
    },
}
