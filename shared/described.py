"""What an OpenAPI document says beyond what FastAPI writes into it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from shared.registry import DeclaredRoute

CONVERTER = re.compile(r":[a-z]+}")  # of a path parameter; documents leave it out

BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "An access token of `POST /v1/accounts/token`, or of the issuer that"
    " stands in for it; what it is asked to let do is the operation's scope.",
}


def complete(document: dict[str, Any], routes: Iterable[DeclaredRoute]) -> None:
    """Say of each operation whether it asks for a token and with which scope, and that
    no parameter is `null`: what is optional is left out."""
    schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes["bearer"] = BEARER
    scopes = {
        (CONVERTER.sub("}", route.path), route.method.lower()): route.scope
        for route in routes
    }
    for path, item in document["paths"].items():
        for method, operation in item.items():
            scope = scopes[path, method]
            operation["security"] = [] if scope is None else [{"bearer": [scope.value]}]
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _never_null(parameter["schema"])


def _never_null(schema: dict[str, Any]) -> dict[str, Any]:
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if not kinds:
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**kinds[0], **rest} if len(kinds) == 1 else {"anyOf": kinds, **rest}
