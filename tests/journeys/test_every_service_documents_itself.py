"""OpenAPI 3.1 is complete: each operation has an id, a summary, errors, an example."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from shared.settings import Settings

SPEAK_OAUTH = {"POST /v1/accounts/token", "POST /v1/accounts/revoke"}
"""Their errors are those of RFC 6749."""
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(params=["profiles", "postings", "matching"])
def document(
    request: pytest.FixtureRequest, module_settings: Settings
) -> dict[str, Any]:
    app = import_module(f"services.{request.param}.app").build(module_settings)
    described: dict[str, Any] = app.openapi()
    return described


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def has_example(document: dict[str, Any], media: dict[str, Any]) -> bool:
    """Its own, or in the schema referred to, or in that of the items of a page."""
    schema = media.get("schema", {})
    if media.keys() & {"example", "examples"} or schema.keys() & {
        "example",
        "examples",
    }:
        return True
    inner = list(schema.get("anyOf", []))
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        inner.append(document["components"]["schemas"][name])
    if items := schema.get("properties", {}).get("items", {}).get("items"):
        inner.append(items)
    return any(has_example(document, {"schema": one}) for one in inner)


async def test_every_operation_is_named_once_and_explained(
    document: dict[str, Any],
) -> None:
    found = operations(document)
    ids = [operation["operationId"] for operation in found.values()]
    assert len(ids) == len(set(ids))
    assert document["openapi"].startswith("3.1")
    for name, operation in found.items():
        assert operation["summary"], name
        assert operation["description"], name


async def test_every_operation_declares_its_errors(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        errors = {s: a for s, a in operation["responses"].items() if s >= "400"}
        assert {"401", "403", "422"} <= errors.keys(), name
        assert "404" in errors or "{" not in name, name
        edits = any(p["name"] == "If-Match" for p in operation.get("parameters", ()))
        assert "412" in errors or not edits, name
        for status, answer in errors.items():
            assert answer["description"], (name, status)
            if name in SPEAK_OAUTH and status == "400":
                assert (
                    "error"
                    in answer["content"]["application/json"]["schema"]["required"]
                )
                continue
            media = answer["content"]["application/problem+json"]
            shown = [
                example["value"]["status"] for example in media["examples"].values()
            ]
            assert set(shown) == {int(status)}, (name, status)


async def test_every_operation_says_whether_it_asks_for_a_token(
    module_settings: Settings, document: dict[str, Any]
) -> None:
    service = document["info"]["title"].removeprefix("Rollcall ")
    app = import_module(f"services.{service}.app").build(module_settings)
    declared = {f"{r.method} {r.path}": r.scope for r in app.state.registry}
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for name, operation in operations(document).items():
        scope = declared[name]
        asked = [] if scope is None else [{"bearer": [scope.value]}]
        assert operation["security"] == asked, name


async def test_no_parameter_can_be_null(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        for parameter in operation.get("parameters", ()):
            kinds = parameter["schema"].get("anyOf", [parameter["schema"]])
            assert {"type": "null"} not in kinds, (name, parameter["name"])


async def test_every_body_and_every_answer_has_an_example(
    document: dict[str, Any],
) -> None:
    without = []
    for name, operation in operations(document).items():
        parts = {
            status: answer
            for status, answer in operation["responses"].items()
            if status < "300"
        }
        if body := operation.get("requestBody"):
            parts["body"] = body
        for part, described in parts.items():
            content = described.get("content", {}).get("application/json")
            if content is not None and not has_example(document, content):
                without.append((name, part))
    assert without == []
