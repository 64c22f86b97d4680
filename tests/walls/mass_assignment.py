"""What a body may not set: fields that are the server's, planted wherever a body has an
object, in every spelling.

A field is the server's where it is in some answer of the service or in some column of
its tables, and not in the schema of that object of the request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import httpx

from shared.problems import escape

Document = dict[str, Any]
Path = tuple[str | int, ...]
Send = Callable[[Any], httpx.Response]

SOMEBODY = "01938a5e-7d1b-7c6e-8f0a-3b2c1d0e9f8a"
LONG_AGO = "1990-01-01T00:00:00Z"
WANTED: Mapping[str, Any] = {
    "status": "open",
    "state": "active",
    "role": "operator",
    "kind": "operator",
    "scope": "members:write audit:read",
    "scopes": ["members:write", "audit:read"],
    "version": 999,
    "score": 1.0,
    "credit": 1.0,
    "rank": 1,
    "verified": True,
    "active": True,
    "held": False,
    "headcount": 1_000,
    "failures": 0,
    "attempts": 0,
}
"""What an attacker would write into a field of this name; ids otherwise are somebody
else's, moments long ago, and all else is true."""

ALWAYS = frozenset(
    {
        "id",
        "version",
        "tenant",
        "organisation",
        "owner",
        "status",
        "state",
        "role",
        "kind",
        "created_at",
        "verified",
        "verified_at",
        "credit",
        "score",
        "scope",
        "scopes",
        "merged_into",
        "erased_at",
        "held",
        "closed_at",
        "__proto__",
        "constructor",
    }
)
"""Tried also where no answer and no table has such a field."""


@dataclass(frozen=True, slots=True)
class Place:
    """An object in the body of an operation: how to reach it, and its own fields."""

    path: Path
    fields: frozenset[str]

    @property
    def pointer(self) -> str:
        return "".join(f"/{escape(part)}" for part in self.path)


@dataclass(frozen=True, slots=True)
class Planted:
    """What came of the fields that were planted at one place."""

    tried: int
    taken: tuple[str, ...]


def wanted(field: str) -> Any:
    plain = field.replace("-", "_").lower()
    if plain in WANTED:
        return deepcopy(WANTED[plain])
    if plain.endswith("at"):
        return LONG_AGO
    if plain.endswith("id") or plain in ("tenant", "organisation", "owner", "worker"):
        return SOMEBODY
    return True


def spellings(field: str) -> set[str]:
    """`field_name` as models elsewhere alias it: fieldName, FieldName, FIELD_NAME …"""
    first, *rest = field.split("_")
    camel = first + "".join(part.capitalize() for part in rest)
    pascal = camel[:1].upper() + camel[1:]
    return {field, camel, pascal, field.upper(), field.replace("_", "-")}


def fields_of_answers(document: Document) -> set[str]:
    """Every field of every answer of a service, from its OpenAPI document."""
    found: set[str] = set()
    for item in document["paths"].values():
        for operation in item.values():
            for status, answer in operation["responses"].items():
                if status < "300":
                    for media in answer.get("content", {}).values():
                        schema = media.get("schema", {})
                        for _, one in objects(document, schema):
                            found |= one.get("properties", {}).keys()
    return found


def kinds(schema: Document) -> list[Document]:
    """The kinds of body that a route takes, which is one for most."""
    return schema.get("oneOf") or [schema]


def places(document: Document, schema: Document) -> list[Place]:
    """Every object that a body of this schema may have."""
    fields: dict[Path, set[str]] = {}
    for path, one in objects(document, schema):
        # one place may take objects of several kinds; each has its own fields
        fields.setdefault(path, set()).update(one.get("properties", {}))
    return [Place(path, frozenset(names)) for path, names in fields.items()]


def objects(
    document: Document, schema: Document, at: Path = (), inside: tuple[str, ...] = ()
) -> Iterator[tuple[Path, Document]]:
    """The object schemas in a schema, each with the path of its first place."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in inside:
            followed = document["components"]["schemas"][name]
            yield from objects(document, followed, at, (*inside, name))
        return
    for kind in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(kind, ()):
            yield from objects(document, one, at, inside)
    if "properties" in schema or schema.get("type") == "object":
        yield at, schema
    for name, field in schema.get("properties", {}).items():
        yield from objects(document, field, (*at, name), inside)
    if isinstance(schema.get("items"), dict):
        yield from objects(document, schema["items"], (*at, 0), inside)
    if isinstance(schema.get("additionalProperties"), dict):
        yield from objects(document, schema["additionalProperties"], (*at, "x"), inside)


def plant(body: Any, place: Place, planted: Mapping[str, Any]) -> Any:
    """A copy of the body with the fields at the place, whose object is made if the body
    has none."""
    if not place.path:
        return {**body, **planted}
    whole = deepcopy(body)
    node = whole
    for part, following in zip(place.path, (*place.path[1:], ""), strict=True):
        empty: Any = [] if following == 0 else {}
        if isinstance(node, list):
            if not node:
                node.append(empty)
        elif not isinstance(node.get(part), type(empty)) or not node[part]:
            node[part] = empty
        node = node[part]
    node.update(planted)
    return whole


def try_place(
    send: Send, body: Any, place: Place, server_owned: Iterable[str]
) -> Planted:
    """Plant each field in each spelling; `taken` are those that no fault names."""
    tried = {
        spelling: wanted(field)
        for field in server_owned
        if field not in place.fields
        for spelling in spellings(field) - place.fields
    }
    if not tried:
        return Planted(0, ())
    answer = send(plant(body, place, tried))
    named = refused(answer, body)
    taken = (name for name in tried if f"{place.pointer}/{escape(name)}" not in named)
    return Planted(len(tried), tuple(sorted(taken)))


def refused(answer: httpx.Response, body: Any) -> set[str]:
    """The pointers of the fields for which a request was refused whole, or, by an
    import, one row of it."""
    document = answer.json()
    if answer.status_code == 422:
        return {fault["pointer"] for fault in document.get("errors", ())}
    results = document.get("results", ()) if isinstance(document, dict) else ()
    lists = [name for name, value in body.items() if isinstance(value, list)]
    named = set()
    for number, result in enumerate(results):
        if answer.status_code == 200 and result.get("result") == "rejected":
            for fault in result["errors"]:
                pointer = fault["pointer"]
                named |= {pointer, *(f"/{name}/{number}{pointer}" for name in lists)}
    return named
