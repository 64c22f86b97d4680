from __future__ import annotations

from typing import Any

import pytest

from tests.profiles.conftest import Api

OWN = ("/v1/workers", "/v1/organisations")
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def document(api: Api) -> dict[str, Any]:
    return api.app.openapi()


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        if path.startswith(OWN)
        for method, operation in item.items()
        if method in METHODS
    }


def has_example(document: dict[str, Any], content: dict[str, Any]) -> bool:
    """In the schema referred to, or in that of the items of a page."""
    (media,) = content.values()
    if "example" in media or "examples" in media:
        return True
    schema = media["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if "items" in schema.get("properties", {}):
        item = schema["properties"]["items"]["items"]
        return has_example(document, {"one": {"schema": item}})
    return bool(schema.get("examples"))


async def test_every_operation_has_an_id_and_a_summary(
    document: dict[str, Any],
) -> None:
    found = operations(document)
    assert len(found) == 12
    assert len({operation["operationId"] for operation in found.values()}) == 12
    for name, operation in found.items():
        assert operation["summary"], name
        assert operation["description"], name


async def test_every_operation_declares_its_errors_as_problems(
    document: dict[str, Any],
) -> None:
    for name, operation in operations(document).items():
        errors = {s: a for s, a in operation["responses"].items() if s >= "400"}
        assert {"401", "403", "422"} <= set(errors), name
        if "{" in name:
            assert "404" in errors, name
        if any(p["name"] == "If-Match" for p in operation.get("parameters", ())):
            assert "412" in errors, name
        for answer in errors.values():
            assert set(answer["content"]) == {"application/problem+json"}, name


async def test_every_body_and_answer_has_an_example(document: dict[str, Any]) -> None:
    bare = []
    for name, operation in operations(document).items():
        contents = [a.get("content") for a in operation["responses"].values()]
        contents.append(operation.get("requestBody", {}).get("content"))
        if not all(has_example(document, c) for c in contents if c):
            bare.append(name)
    assert bare == []
