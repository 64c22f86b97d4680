"""Every route as every role: one's own, another's, with too narrow a token, as nobody.

The registry says what must happen, so a new route is tested as soon as it is declared;
one whose path names a thing that `THINGS` cannot make fails here until it can.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.access import Own
from shared.identity import ORGANISATIONS, SIGNED_IN, Caller, Role
from shared.registry import DeclaredRoute
from shared.values import new_id
from tests.journeys.people import a_profile
from tests.walls.world import (
    THINGS,
    THINGS_OF,
    World,
    a_submittal,
    an_agency,
    an_application,
    caller_of,
    known_worker,
    narrowed,
    ranked_posting,
    ranked_worker,
)

Document = dict[str, Any]

OWNERS = {
    Own.WORKER: frozenset({Role.WORKER}),
    Own.TENANT: ORGANISATIONS,
    Own.PARTY: ORGANISATIONS | {Role.WORKER},
    Own.ACCOUNT: SIGNED_IN,
}
"""The roles that reach only their own things, by the ownership rule."""


def _named_posting(world: World, owner: Caller) -> Document:
    return {"posting": str(ranked_posting(world, owner))}


def _own_postings(world: World, owner: Caller) -> Document:
    return {"postings": [str(ranked_posting(world, owner))]}


def _what_if(world: World, owner: Caller) -> Document:
    return _named_posting(world, owner) | {"search": None}


def _feedback(world: World, owner: Caller) -> Document:
    note = {"worker": str(new_id()), "kind": "shown"}
    return {"run": str(THINGS["run"](world, owner)), "notes": [note]}


def _shift(_: World, __: Caller) -> Document:
    start = datetime.now(UTC) + timedelta(days=3)
    end = start + timedelta(hours=8)
    return {"start": start.isoformat(), "end": end.isoformat()}


BODIES: Mapping[str, Callable[[World, Caller], Document]] = {
    "register_worker": lambda _, owner: a_profile() | {"id": str(owner.subject)},
    "request_run": _named_posting,
    "note_match_feedback": _feedback,
    "rank_batch": _own_postings,
    "what_if": _what_if,
    "may_work": _shift,
    "import_postings": lambda _, owner: {"organisation": str(owner.tenant)},
    "create_posting": lambda _, owner: {"organisation": str(owner.tenant)},
    "grant_mandate": an_agency,
    "apply_to_posting": an_application,
    "submit_worker": a_submittal,
    "grant_representation": an_agency,
    "invite_member": lambda _, owner: {"organisation": str(owner.tenant)},
    "register_organisation": lambda _, owner: {"id": str(owner.tenant)},
}
"""Bodies that name whose thing it is, or a day of these; laid over the documented
example."""

QUERIES: Mapping[str, Callable[[World, Caller], Document]] = {
    "read_matches": lambda world, owner: (
        {"worker": str(ranked_worker(world, owner))}
        if owner.role is Role.WORKER
        else {"posting": str(ranked_posting(world, owner))}
    ),
    "what_if_for_worker": lambda world, owner: {
        "worker": str(known_worker(world, owner))
    },
    "read_feed": lambda *_: {"after": "", "wait": 0},
    "complete": lambda *_: {"q": "fork"},
    "watch_queues": lambda *_: {"seconds": 0},
}


def test_every_path_parameter_can_be_made(world: World) -> None:
    named = {name for route in world.routes for name in parameters(route)}
    assert named <= THINGS.keys()


def test_nobody_gets_in_anywhere_but_where_everybody_may(world: World) -> None:
    wrong = [
        (label(route), answer.status_code)
        for route in world.routes
        for answer in [knock(world, route, None)]
        if (answer.status_code == 401) == (route.own is Own.PUBLIC)
        or answer.status_code >= 500
    ]
    assert wrong == []


@pytest.mark.parametrize("role", list(Role))
def test_a_role_that_a_route_does_not_name_is_refused(world: World, role: Role) -> None:
    wrong = [
        (label(route), answer.status_code)
        for route in world.routes
        if route.who and role not in route.who
        for answer in [knock(world, route, caller_of(role))]
        if answer.status_code != 403
    ]
    assert wrong == []


@pytest.mark.parametrize("role", list(Role))
def test_a_token_without_the_scope_is_refused(world: World, role: Role) -> None:
    wrong = [
        (label(route), answer.status_code)
        for route in world.routes
        if role in route.who
        for answer in [knock(world, route, narrowed(caller_of(role)))]
        if answer.status_code != 403
        or "insufficient_scope" not in answer.headers["WWW-Authenticate"]
    ]
    assert wrong == []


@pytest.mark.parametrize("role", [Role.WORKER, Role.EMPLOYER, Role.AGENCY, Role.CLERK])
def test_what_is_anothers_is_not_there(world: World, role: Role) -> None:
    wrong = []
    for route in world.routes:
        if role not in route.who or role not in OWNERS.get(route.own, ()):
            continue
        if not parameters(route) and route.operation not in BODIES.keys() | QUERIES:
            continue  # it names nothing of anybody's
        answer = attempt(world, route, caller_of(role), caller_of(role))
        if all_lines_are_missing(answer):
            continue
        if answer.status_code not in (403, 404, 422):
            wrong.append((label(route), answer.status_code, answer.text[:200]))
        if answer.status_code == 422 and not says_whose(answer):
            wrong.append((label(route), 422, answer.text[:200]))
    assert wrong == []


@pytest.mark.parametrize("role", list(Role))
def test_who_may_gets_in(world: World, role: Role) -> None:
    wrong = []
    for route in world.routes:
        if role in route.who:
            caller = caller_of(role)
            own = role in OWNERS[Own.PARTY] or route.own is Own.ACCOUNT
            reached = caller if own else caller_of(Role.EMPLOYER)
            answer = attempt(world, route, caller, reached)
            if answer.status_code in (401, 403, 404) or answer.status_code >= 500:
                wrong.append((label(route), answer.status_code, answer.text[:200]))
    assert wrong == []


def knock(world: World, route: DeclaredRoute, caller: Caller | None) -> httpx.Response:
    """Call the route about nothing that exists: who may not enter learns no more."""
    path = route.path.format(**dict.fromkeys(parameters(route), new_id()))
    return world.call(caller, route.method, path, json=world.example(route))


def attempt(
    world: World, route: DeclaredRoute, caller: Caller | None, owner: Caller
) -> httpx.Response:
    """Call the route as `caller` about new things of `owner`'s."""
    path, body, query = request_of(world, route, owner)
    return world.call(caller, route.method, path, json=body, params=query)


def request_of(
    world: World, route: DeclaredRoute, owner: Caller
) -> tuple[str, Document | None, Document]:
    """Path, body and query of a request about new things of `owner`'s."""
    makers = {**THINGS, **THINGS_OF.get(route.operation, {})}
    made = {name: makers[name](world, owner) for name in parameters(route)}
    body = world.example(route)
    if body is not None and route.operation in BODIES:
        body = body | BODIES[route.operation](world, owner)
    query = QUERIES[route.operation](world, owner) if route.operation in QUERIES else {}
    return route.path.format(**made), body, query


def parameters(route: DeclaredRoute) -> list[str]:
    parts = (part for part in route.path.split("/") if part.startswith("{"))
    return [part.strip("{}") for part in parts]


def all_lines_are_missing(answer: httpx.Response) -> bool:
    """Whether each thing that a batch names was answered as not there."""
    if answer.headers["content-type"] != "application/x-ndjson":
        return False
    lines = [json.loads(line) for line in answer.text.splitlines()]
    return bool(lines) and all(
        line["problem"] and line["problem"]["status"] == 404 for line in lines
    )


def says_whose(answer: httpx.Response) -> bool:
    rules = {fault["rule"] for fault in answer.json().get("errors", ())}
    return bool(rules & {"own_id", "not_yours", "organisation"})


def label(route: DeclaredRoute) -> str:
    return f"{route.method} {route.path}"
