"""The route registry: every route of a service with what it declares, in one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from shared.access import Allow, Own
from shared.database import SESSIONS
from shared.idempotency import KeyedRoute
from shared.identity import Role, Scope
from shared.rate_limits.declared import rate_class
from shared.rates import RateClass


class UndeclaredRoute(Exception):
    """A route does not say who may call it (`dependencies=[allow(…)]`), or a POST is
    neither a KeyedRoute with a session nor declared `without_key(…)`."""


@dataclass(frozen=True, slots=True)
class DeclaredRoute:
    """One line of the registry; `who` is empty where everybody may call, `rate` is the
    class that limits count the route in."""

    service: str
    method: str
    path: str
    operation: str
    who: frozenset[Role]
    scope: Scope | None
    own: Own
    rate: RateClass

    def as_json(self) -> dict[str, Any]:
        return {
            "service": self.service,
            "method": self.method,
            "path": self.path,
            "operation": self.operation,
            "who": sorted(self.who) or ["everyone"],
            "scope": self.scope,
            "ownership": self.own,
            "rate": self.rate,
        }


def registry(service: str, routers: Sequence[APIRouter]) -> list[DeclaredRoute]:
    """What the routes declare, by path and method; raises UndeclaredRoute."""
    declared = [
        DeclaredRoute(
            service,
            method,
            route.path,
            route.name,
            said.roles,
            said.scope,
            said.own,
            rate_class(route),
        )
        for route in plain_routes(routers)
        for said in [_declaration(route)]
        for method in sorted(route.methods or ())
    ]
    return sorted(declared, key=lambda route: (route.path, route.method))


def plain_routes(routers: Sequence[APIRouter]) -> Iterator[APIRoute]:
    for router in routers:
        for route in router.routes:
            if not isinstance(route, APIRoute):
                # an included router or a mount would hide its routes from the check
                raise UndeclaredRoute(f"{route!r} is not a plain route")
            _check_repeatable(route)
            yield route


def _check_repeatable(route: APIRoute) -> None:
    """A POST can be sent again without a second effect, or needs no such care."""
    if "POST" not in (route.methods or ()):
        return
    if not isinstance(route, KeyedRoute):
        raise UndeclaredRoute(f"POST {route.path} is no KeyedRoute")
    if route.keyed and not _opens_a_session(route.dependant):
        raise UndeclaredRoute(f"POST {route.path} has no session to keep a key in")


def _opens_a_session(dependant: Dependant) -> bool:
    return dependant.call in SESSIONS or any(
        _opens_a_session(inner) for inner in dependant.dependencies
    )


def _declaration(route: APIRoute) -> Allow:
    for dependency in route.dependencies:
        if isinstance(dependency.dependency, Allow):
            return dependency.dependency
    methods = ",".join(sorted(route.methods or ()))
    raise UndeclaredRoute(f"{methods} {route.path} does not say who may call")
