"""What API keys look like over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from services.profiles.accounts.schemas import example
from services.profiles.sign_ins.schemas import ID
from shared.fields import Body, Instant, ShortText, View, fault
from shared.identity import Scope

LONGEST_DAYS = 366


def _scope(value: object) -> object:
    if not isinstance(value, str) or value not in set(Scope):
        raise fault("scope", "must be a scope such as postings:read")
    return Scope(value)


OneScope = Annotated[Scope, BeforeValidator(_scope)]


class NewApiKey(Body):
    """At most what its maker may do, for at most a year."""

    model_config = example(
        {
            "name": "Nightly import",
            "scopes": ["postings:read", "postings:write"],
            "expires_at": "2027-06-01T00:00:00Z",
        }
    )

    name: ShortText
    scopes: Annotated[list[OneScope], Field(min_length=1, max_length=50)]
    expires_at: Instant


KEY = {
    "id": ID,
    "organisation": "0192f0c1-0000-7000-8000-000000000001",
    "name": "Nightly import",
    "prefix": "p3rZ0q",
    "scopes": ["postings:read", "postings:write"],
    "created_by": "0192f0c1-0000-7000-8000-000000000004",
    "created_at": "2026-11-24T08:00:00Z",
    "expires_at": "2027-06-01T00:00:00Z",
    "last_used_day": "2026-11-24",
    "revoked_at": None,
}


class ApiKeyView(View):
    """A key of the organisation, or of an operator. `prefix` is how its secret begins,
    to tell keys apart."""

    model_config = example(KEY)

    id: UUID
    organisation: UUID | None
    name: str
    prefix: str
    scopes: list[str]
    created_by: UUID
    created_at: datetime
    expires_at: datetime
    last_used_day: date | None
    revoked_at: datetime | None


class ApiKeyMade(ApiKeyView):
    """The key with its secret, which is shown now and never again: `id` and `secret`
    are client_id and client_secret at the token endpoint."""

    model_config = example(
        KEY | {"secret": "p3rZ0q6l1bXn2Jm8c4Vt9wYs7uKd5fGhA1b2C3d4E5f"}
    )

    secret: str


class ApiKeyList(View):
    """All keys, also those that are over, the newest first."""

    model_config = example({"items": [KEY]})

    items: list[ApiKeyView]
