"""Every body of every service, sent every field that is the server's: none is taken.

Each is refused with 422 and named, so that whoever sends one learns that it is not
theirs to set; what the request was about is read before and after and is the same.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict

from infra.accounts import create_staff
from infra.onebox import Box, running
from services.profiles.sign_ins.oauth import MOST_FIELDS
from shared.fields import Body
from shared.identity import Caller, Role
from shared.problems import answer_with_problems
from shared.registry import DeclaredRoute
from shared.settings import Settings
from tests.conftest import Measured
from tests.databases import fetch
from tests.journeys.conftest import environment_of
from tests.walls.mass_assignment import (
    ALWAYS,
    Document,
    Place,
    Planted,
    fields_of_answers,
    kinds,
    places,
    try_place,
    wanted,
)
from tests.walls.test_matrix import label, request_of
from tests.walls.world import World, caller_of, example_of

WRITING = ("POST", "PUT", "PATCH")
AS = (
    Role.WORKER,
    Role.EMPLOYER,
    Role.AGENCY,
    Role.CLERK,
    Role.AUDITOR,
    Role.OPERATOR,
    Role.SERVICE,
)
"""Who calls, the least powerful first."""

PASSWORD = "correct horse battery staple"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def box(module_settings: Settings) -> Iterator[Box]:
    """Without limits: the same person signs in again and again."""
    unlimited = {"ROLLCALL_RATE_LIMITS": "off"}
    with running(environment_of(module_settings) | unlimited) as running_box:
        yield running_box


@pytest.fixture(scope="module")
def server_owned(world: World) -> dict[str, frozenset[str]]:
    """By service: the fields of all answers, the columns of all tables, and the words
    that attackers try first."""
    owned = {}
    for service, document in world.documents.items():
        columns = fetch(
            world.settings.database_url,
            "SELECT DISTINCT column_name FROM information_schema.columns"
            f" WHERE table_schema = '{service}'",
        )
        names = {row["column_name"] for row in columns}
        owned[service] = ALWAYS | names | fields_of_answers(document)
        assert {"id", "version", "entity_version"} <= names
    return owned


def writing(world: World) -> Iterator[tuple[DeclaredRoute, Document]]:
    """The routes that take a body of JSON, each with its schema."""
    for route in world.routes:
        described = world.documents[route.service]["paths"].get(route.path, {})
        operation = described.get(route.method.lower(), {})
        content = operation.get("requestBody", {}).get("content", {})
        if route.method in WRITING and "application/json" in content:
            yield route, content["application/json"]["schema"]


def test_no_body_sets_what_is_the_servers(
    world: World, server_owned: dict[str, frozenset[str]], measured: Measured
) -> None:
    taken, counted, operations, accepted = {}, 0, 0, 0
    for route, schema in writing(world):
        role = next(each for each in AS if each in route.who) if route.who else None
        caller = caller_of(role) if role else None
        owner = caller if caller is not None else caller_of(Role.WORKER)
        path, example, query = request_of(world, route, owner)

        def send(
            planted: Any,
            route: DeclaredRoute = route,
            caller: Caller | None = caller,
            path: str = path,
            query: Any = query,
        ) -> httpx.Response:
            return world.call(caller, route.method, path, json=planted, params=query)

        before = read(world, route, caller, path)
        document = world.documents[route.service]
        for kind in kinds(schema):
            body = example if kind is schema else example_of(document, kind)
            for place in places(document, kind):
                came = try_place(send, body, place, server_owned[route.service])
                counted += came.tried
                if came.taken:
                    taken[label(route), place.pointer] = came.taken
        assert read(world, route, caller, path) == before, label(route)
        operations += 1
        accepted += send(example).is_success
    measured(
        f"mass assignment: {operations} operations, {counted:,} fields planted,"
        f" {sum(map(len, taken.values()))} taken; the body without them was"
        f" accepted by {accepted}"
    )
    assert taken == {}
    assert counted > 50_000
    assert accepted >= operations // 2


def read(
    world: World, route: DeclaredRoute, caller: Caller | None, path: str
) -> object:
    """What the request is about, where one can read it."""
    if "{" not in route.path:
        return None
    depth = route.path[: route.path.index("}")].count("/") + 1
    answer = world.call(caller, "GET", "/".join(path.split("/")[:depth]))
    return answer.json() if answer.is_success else answer.status_code


def test_a_form_sets_nothing_that_is_the_servers(
    world: World, server_owned: dict[str, frozenset[str]], measured: Measured
) -> None:
    """OAuth (RFC 6749, 3.2) has unknown fields of a form ignored: the token says the
    same, and so does the row of the sign-in."""
    username = "form@bureau.example"
    create_staff(world.settings, "clerk", username, PASSWORD)
    right = {"grant_type": "password", "username": username, "password": PASSWORD}
    described = world.documents["profiles"]["paths"]["/v1/accounts/token"]["post"]
    own = described["requestBody"]["content"][FORM]["schema"]["properties"].keys()
    planted = sorted(server_owned["profiles"] - own)
    room = MOST_FIELDS - len(right)
    plain = signed_in(world, right)
    assert plain["claims"]["role"] == "clerk"
    for start in range(0, len(planted), room):
        extra = {name: str(wanted(name)) for name in planted[start : start + room]}
        assert signed_in(world, right | extra) == plain
    measured(f"mass assignment: {len(planted)} fields in a form, none heeded")


CHANGING_CLAIMS = ("jti", "iat", "exp", "nbf", "sid")
CHANGING_COLUMNS = ("id", "started_at", "last_used_at", "ends_at")


def signed_in(world: World, form: dict[str, str]) -> dict[str, Any]:
    """The claims of the token and the row of the sign-in, but for ids and times."""
    headers = {"Content-Type": FORM}
    answer = world.http.post(
        "/v1/accounts/token", content=urlencode(form), headers=headers
    )
    assert answer.status_code == 200, answer.text
    claims = claims_of(answer.json()["access_token"])
    [row] = fetch(
        world.settings.database_url,
        f"SELECT *, ends_at - started_at AS lasts FROM profiles.sign_in"
        f" WHERE id = '{claims['sid']}'",
    )
    assert abs(row.pop("lasts").total_seconds() - 12 * 3600) < 5
    return {
        "claims": {n: v for n, v in claims.items() if n not in CHANGING_CLAIMS},
        "row": {n: v for n, v in row.items() if n not in CHANGING_COLUMNS},
        "scope": answer.json()["scope"],
    }


def claims_of(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    decoded = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    claims: dict[str, Any] = json.loads(decoded)
    return claims


# -- whether the walk itself would find anything ---------------------------------------


class Strict(Body):
    name: str


class Careless(BaseModel):
    """Ignores what it does not know."""

    name: str


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    name: str = "x"


class Holder(Body):
    name: str
    inside: tuple[Careless, ...] = ()
    strict: Strict | None = None


@pytest.mark.parametrize(
    ("model", "holes"),
    [(Strict, []), (Careless, [""]), (Open, [""]), (Holder, ["/inside/0"])],
)
def test_a_schema_that_takes_more_is_found(
    model: type[BaseModel], holes: list[str]
) -> None:
    found = {place.pointer: came for place, came in tried(model)}
    assert [pointer for pointer, came in found.items() if came.taken] == holes
    assert all(came.tried for came in found.values())
    for pointer in holes:
        assert {"version", "mergedInto", "SCOPES"} <= set(found[pointer].taken)


def tried(model: type[BaseModel]) -> Iterator[tuple[Place, Planted]]:
    """The walk over an API of one route that takes `model`."""
    app = FastAPI()
    answer_with_problems(app)

    async def take(body: Any) -> dict[str, str]:
        return {"taken": body.name}

    take.__annotations__["body"] = model
    app.post("/things")(take)
    document = app.openapi()
    operation = document["paths"]["/things"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]

    async def post(body: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:
            return await http.post("/things", json=body)

    for place in places(document, schema):
        came = try_place(
            lambda body: asyncio.run(post(body)), {"name": "x"}, place, ALWAYS
        )
        yield place, came
