"""Every route of every service: pages, lists and texts end, and a limit counts it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from infra.onebox.apis import load_apis
from shared.rate_limits.declared import RateClasses
from shared.rates import RateClass
from shared.registry import DeclaredRoute
from shared.settings import Settings

MOST_ITEMS = 200
MOST_MATCHES = 1_000
MOST_EVENTS = 1_000  # a page of a feed, which only services read
MOST_WAIT = 30
PAGED = ("limit", "k")
PARAMETER = re.compile(r"\{[^}]+\}")

HEAVY = {
    "GET /v1/matches/what-if",
    "POST /v1/matches/batch",
    "POST /v1/matches/search",
    "POST /v1/matches/what-if",
    "POST /v1/postings/batch",
    "POST /v1/postings/remap",
    "POST /v1/runs/bulk",
    "POST /v1/skills/extract",
    "POST /v1/skills/normalise",
    "POST /v1/skills/suggest-from-text",
    "POST /v1/skills/titles",
    "POST /v1/workers/batch",
    "POST /v1/workers/remap",
    "POST /v1/workers/{worker_id}/may-work",
}


@pytest.fixture(scope="module")
def apps(module_settings: Settings) -> dict[str, FastAPI]:
    return {name: build(module_settings) for name, build in load_apis().items()}


def operations(apps: dict[str, FastAPI]) -> Iterator[tuple[str, dict[str, Any]]]:
    for app in apps.values():
        for path, item in app.openapi()["paths"].items():
            for method, operation in item.items():
                yield f"{method.upper()} {path}", operation


def routes(apps: dict[str, FastAPI]) -> Iterator[DeclaredRoute]:
    for app in apps.values():
        yield from app.state.registry


def numbers(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in schema.get("anyOf", [schema]):
        if one.get("type") in ("integer", "number"):
            yield one


def test_every_page_has_a_largest_size(apps: dict[str, FastAPI]) -> None:
    for name, operation in operations(apps):
        most = MOST_EVENTS if "/v1/feeds/" in name else MOST_ITEMS
        for parameter in operation.get("parameters", ()):
            if parameter["name"] in PAGED:
                (schema,) = numbers(parameter["schema"])
                largest = MOST_MATCHES if parameter["name"] == "k" else most
                assert 1 <= schema["maximum"] <= largest, name
            if parameter["name"] == "wait":
                (schema,) = numbers(parameter["schema"])
                assert schema["maximum"] <= MOST_WAIT, name


def test_every_list_that_goes_on_asks_for_its_size(apps: dict[str, FastAPI]) -> None:
    for name, operation in operations(apps):
        named = {parameter["name"] for parameter in operation.get("parameters", ())}
        if "cursor" in named:
            assert "limit" in named, name


def endless_lists(
    node: Any, schemas: dict[str, Any], seen: set[str], where: str
) -> Iterator[str]:
    """Where a schema, or one that it refers to, takes a list of any length."""
    if isinstance(node, list):
        for each in node:
            yield from endless_lists(each, schemas, seen, where)
        return
    if not isinstance(node, dict):
        return
    if node.get("type") == "array" and "maxItems" not in node:
        yield where
    for key, value in node.items():
        if key == "$ref":
            name = value.rpartition("/")[2]
            if name not in seen:
                seen.add(name)
                yield from endless_lists(schemas[name], schemas, seen, name)
        elif key not in ("example", "examples"):
            yield from endless_lists(value, schemas, seen, where)


def test_every_list_in_a_body_has_a_largest_size(apps: dict[str, FastAPI]) -> None:
    for app in apps.values():
        schemas = app.openapi()["components"]["schemas"]
        seen: set[str] = set()
        for name, operation in operations({"this": app}):
            body = operation.get("requestBody")
            assert list(endless_lists(body, schemas, seen, name)) == []


def test_what_costs_much_is_counted_as_such(apps: dict[str, FastAPI]) -> None:
    """A search, batch or text to be read; whoever adds one names it here."""
    found = {
        f"{route.method} {route.path}"
        for route in routes(apps)
        if route.rate is RateClass.HEAVY
    }
    assert found >= HEAVY
    costly = {
        name
        for name, _ in operations(apps)
        if name.startswith("POST") and name.endswith(("/search", "/batch", "/extract"))
    }
    assert costly <= found


def test_a_request_is_counted_in_the_class_of_its_route(
    apps: dict[str, FastAPI],
) -> None:
    """The class is found before routing; both must mean the same route."""
    for app in apps.values():
        (classes,) = [
            each.kwargs["classes"]
            for each in app.user_middleware
            if each.kwargs.get("classes")
        ]
        assert isinstance(classes, RateClasses)
        for route in app.state.registry:
            path = PARAMETER.sub(str(UUID(int=7)), route.path)
            assert classes.of(route.method, path) is route.rate, route
