"""Every POST takes an Idempotency-Key, every edit an If-Match, or it says why not."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from shared.settings import Settings

SERVICES = ("profiles", "postings", "matching")
EDITS = {"put", "patch", "delete"}
WITHOUT_KEY = "x-without-idempotency-key"

ASKS = "it asks and changes nothing"
CODE = "a code counts once as it is"
SECRET = "its answer is a secret"
DONE = "a second time it finds it done"
TAKE_NO_KEY = {
    "POST /v1/accounts/codes": CODE,
    "POST /v1/accounts/invitations/acceptance": "the word counts once as it is",
    "POST /v1/accounts/keys": SECRET,
    "POST /v1/accounts/me/logins": DONE,
    "POST /v1/accounts/me/logins/verification": DONE,
    "POST /v1/accounts/me/logins/{login_id}/removal": DONE,
    "POST /v1/accounts/me/totp": SECRET,
    "POST /v1/accounts/me/totp/confirmation": SECRET,
    "POST /v1/accounts/me/totp/removal": DONE,
    "POST /v1/accounts/password-resets": CODE,
    "POST /v1/accounts/password-resets/{challenge}": CODE,
    "POST /v1/accounts/revoke": "twice is as good as once",
    "POST /v1/accounts/sign-ups": CODE,
    "POST /v1/accounts/sign-ups/{challenge}/verification": CODE,
    "POST /v1/accounts/token": SECRET,
    "POST /v1/matches/batch": ASKS,
    "POST /v1/matches/count": ASKS,
    "POST /v1/matches/search": ASKS,
    "POST /v1/matches/what-if": ASKS,
    "POST /v1/skills/extract": ASKS,
    "POST /v1/skills/normalise": ASKS,
    "POST /v1/skills/suggest-from-text": ASKS,
    "POST /v1/skills/titles": ASKS,
    "POST /v1/workers/{worker_id}/may-work": ASKS,
}
ONE_WAY = "it ends for good whatever it was when it was seen"
ONE_CODE = "the code is good once, for one thing alone"
PROVED = "it takes what one signs in with, not what one saw"
STATE = "a run that has gone on to another state refuses"
HAVE_NO_VERSION = {
    "DELETE /v1/accounts/consents/{consent_id}": "withdrawing is always right",
    "DELETE /v1/accounts/invitations/{invitation_id}": ONE_WAY,
    "DELETE /v1/accounts/keys/{key_id}": ONE_WAY,
    "DELETE /v1/accounts/me/memberships/{organisation_id}": "leaving is always right",
    "DELETE /v1/accounts/me/sign-ins/{sign_in_id}": ONE_WAY,
    "POST /v1/accounts/consents/{consent_id}/confirmation": ONE_CODE,
    "POST /v1/accounts/me/logins/{login_id}/removal": PROVED,
    "POST /v1/accounts/password-resets/{challenge}": ONE_CODE,
    "POST /v1/accounts/sign-ups/{challenge}/verification": ONE_CODE,
    "PUT /v1/accounts/me/password": PROVED,
    "PUT /v1/accounts/{account_id}/state": "it says what the operator wants: locking"
    " must not wait for what changed meanwhile",
    "PUT /v1/workers/{worker_id}/consents/{kind}": "it says what the worker wants, not"
    " what they saw: the last word counts",
    "DELETE /v1/workers/{worker_id}/consents/{kind}": "withdrawing is always right",
    "POST /v1/workers/{worker_id}/may-work": ASKS,
    "POST /v1/workers/{worker_id}/erasure": "whatever the profile has become, it goes",
    "POST /v1/workers/{worker_id}/representations": "a grant overwrites none",
    "POST /v1/organisations/{organisation_id}/mandates": "a grant overwrites none",
    "POST /v1/workers/{worker_id}/identity-documents": "what is shown is added",
    "POST /v1/workers/{worker_id}/merge": "whatever the profile has become, it goes",
    "POST /v1/workers/suspected-duplicates/{duplicate_id}/dismiss": "nothing is"
    " overwritten: what has been decided refuses",
    "DELETE /v1/applications/blocked-workers/{worker_id}": "an entry is there or not",
    "DELETE /v1/skills/phrases/bindings/{binding_id}": "a binding is never edited:"
    " binding the phrase again makes another one",
    "POST /v1/skills/phrases/{phrase_id}/dismiss": "nothing is overwritten: dismissing"
    " twice is dismissing once, and a bound phrase refuses",
    **{
        f"POST /v1/runs/{{run}}/{verb}": STATE
        for verb in ("retry", "cancel", "discard")
    },
    "POST /v1/runs/{run}/replay": ASKS,
    "POST /v1/runs/{run}/rerun": "it overwrites no list: it keeps another",
    **{
        f"POST /v1/queues/{{lane}}/{verb}": "it says what the operator wants: stopping"
        " must not wait for what changed meanwhile"
        for verb in ("pause", "resume", "drain")
    },
}


@pytest.fixture(scope="module")
def operations(module_settings: Settings) -> dict[str, dict[str, Any]]:
    """By method and path, those of all services."""
    found = {}
    for service in SERVICES:
        app = import_module(f"services.{service}.app").build(module_settings)
        for path, item in app.openapi()["paths"].items():
            for method, operation in item.items():
                found[f"{method.upper()} {path}"] = operation
    return found


def parameters(operation: dict[str, Any]) -> set[str]:
    return {parameter["name"] for parameter in operation.get("parameters", ())}


def kinds(operation: dict[str, Any], status: str) -> set[str]:
    content = operation["responses"][status]["content"]
    return set(content["application/problem+json"]["examples"])


def headers(operation: dict[str, Any]) -> set[str]:
    """The headers that every answer of success has: there may be a 200 beside a 201."""
    done = (one for status, one in operation["responses"].items() if status < "300")
    return set.intersection(*(set(one.get("headers", ())) for one in done))


async def test_every_post_takes_a_key_or_says_why_not(
    operations: dict[str, dict[str, Any]],
) -> None:
    posts = {name: one for name, one in operations.items() if name.startswith("POST ")}
    without = {
        name: one[WITHOUT_KEY] for name, one in posts.items() if WITHOUT_KEY in one
    }
    assert without == TAKE_NO_KEY
    for name, operation in posts.items():
        takes = "Idempotency-Key" in parameters(operation)
        assert takes == (name not in without), name
        if takes:
            assert "idempotency-in-flight" in kinds(operation, "409"), name
            assert "idempotency-key-reused" in kinds(operation, "422"), name
            assert "Idempotency-Replayed" in headers(operation), name


async def test_every_edit_takes_the_version_it_is_of(
    operations: dict[str, dict[str, Any]],
) -> None:
    edits = {
        name: operation
        for name, operation in operations.items()
        if name.split()[0].lower() in EDITS
        or (name.startswith("POST ") and "{" in name)
    }
    without = {name for name, one in edits.items() if "If-Match" not in parameters(one)}
    assert without == set(HAVE_NO_VERSION)
    for name in edits.keys() - without:
        operation = edits[name]
        assert "version-mismatch" in kinds(operation, "412"), name
        if "204" not in operation["responses"]:
            assert "ETag" in headers(operation), name
        thing = name.split()[1]
        thing = thing[: thing.index("}") + 1]
        reading = operations[f"GET {thing}"]
        assert "If-None-Match" in parameters(reading), thing
        assert "ETag" in headers(reading), thing
        assert "304" in reading["responses"], thing
