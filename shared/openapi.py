"""The errors of a route for the API's documentation, from their own classes."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from shared.problems import Fault, InvalidRequest, NotAllowed, NotSignedIn, Problem

Responses = dict[int | str, dict[str, Any]]

EVERY_ROUTE: tuple[type[Problem], ...] = (NotSignedIn, NotAllowed, InvalidRequest)
FAULT = Fault("/zone", "zone", "must be an IANA time zone such as Europe/London")
SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["rule", "message"],
                "properties": {
                    "pointer": {"type": "string"},
                    "in": {"type": "string"},
                    "parameter": {"type": "string"},
                    "rule": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}


def problems(*kinds: type[Problem]) -> Responses:
    """`responses=` of a route that may answer with these, and as every route does for
    a missing token, a wrong role and a malformed request."""
    return with_problems({}, *EVERY_ROUTE, *kinds)


def with_problems(responses: Responses, *kinds: type[Problem]) -> Responses:
    """A copy of `responses` that has these problems among its answers too."""
    responses = deepcopy(responses)
    for kind in kinds:
        document = kind(faults=[FAULT] if kind is InvalidRequest else ()).as_json()
        known = responses.setdefault(
            kind.status,
            {
                "description": "",
                "content": {
                    "application/problem+json": {"schema": SCHEMA, "examples": {}}
                },
            },
        )
        known["description"] = f"{known['description']} {document['title']}.".strip()
        examples = known["content"]["application/problem+json"]["examples"]
        examples[kind.kind] = {"value": document}
    return responses
