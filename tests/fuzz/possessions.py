"""What the callers own: real ids for paths, queries and bodies, so that requests reach
deeper than "there is no such thing"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from shared.access import Own
from shared.identity import ORGANISATIONS, Caller, Role
from shared.registry import DeclaredRoute
from tests.walls.world import THINGS, THINGS_OF, World, caller_of, ranked_posting

STANDING = 2
"""How many things of a kind there are to begin with."""

USED_UP = 0.3
"""How often what changes a thing gets one of its own."""

ENDS_THE_CALLER = frozenset({"remove_worker", "erase_worker"})
"""After these a worker is nobody: each gets a worker of its own."""

OWNERS = ORGANISATIONS | {Role.WORKER}
"""Roles that own things; the others reach an employer's."""

WORDS: Mapping[str, tuple[str, ...]] = {
    "skill": ("forklift-driving", "reach-truck-driving", "inventory-counting"),
    "occupation": ("forklift-driver",),
    "certificate": ("forklift-licence",),
    "certificates": ("forklift-licence",),
    "concept": ("forklift-driving", "barcode-scanning"),
}
"""Words of the taxonomy, by the name of the field that holds one."""


class Possessions:
    """One caller of a role, and things of theirs (or that they reach)."""

    def __init__(self, world: World, role: Role) -> None:
        self.world = world
        self.caller = caller_of(role)
        self.employer = (
            self.caller if role in ORGANISATIONS else caller_of(Role.EMPLOYER)
        )
        self.worker = self.caller if role is Role.WORKER else caller_of(Role.WORKER)
        self._owner = self.caller if role in OWNERS else self.employer
        self._routes = {
            (route.service, route.operation): route for route in world.routes
        }
        self._standing: dict[str, list[str]] = {}
        if role is not Role.SERVICE:
            THINGS["account_id"](world, self.caller)
        THINGS["organisation_id"](world, self.employer)
        THINGS["worker_id"](world, self.worker)

    def permitted(self, service: str) -> set[str]:
        """The operations where the caller gets in at all."""
        return {
            name
            for (where, name), route in self._routes.items()
            if where == service
            and (route.own is Own.PUBLIC or self.caller.role in route.who)
        }

    def for_path(
        self, route: DeclaredRoute, name: str, chance: Random
    ) -> tuple[Caller, str]:
        """Who asks, and what the path parameter `name` names: now and then a new thing,
        where the operation may use it up."""
        make = {**THINGS, **THINGS_OF.get(route.operation, {})}[name]
        if route.operation in ENDS_THE_CALLER and self.caller.role is Role.WORKER:
            caller = caller_of(Role.WORKER)
            return caller, str(make(self.world, caller))
        kind = f"{name} {route.operation if route.operation in THINGS_OF else ''}"
        standing = self._standing.setdefault(kind, [])
        uses_up = route.method != "GET" and chance.random() < USED_UP
        if uses_up or len(standing) < STANDING:
            new = str(make(self.world, self._owner))
            if uses_up:
                return self.caller, new
            standing.append(new)
        return self.caller, chance.choice(standing)

    def route(self, service: str, operation: str) -> DeclaredRoute:
        return self._routes[service, operation]

    def for_field(self, name: str, chance: Random) -> str | None:
        """A real value for a query parameter or body field of this name, if any is."""
        if name in WORDS:
            return chance.choice(WORDS[name])
        made = {
            "posting": lambda: str(ranked_posting(self.world, self.employer)),
            "run": lambda: str(THINGS["run"](self.world, self.employer)),
            "worker": lambda: str(self.worker.subject),
            "subject": lambda: str(self.worker.subject),
            "actor": lambda: str(self.caller.subject),
            "organisation": lambda: str(self.employer.tenant),
        }
        return self._once(name, made[name]) if name in made else None

    def _once(self, name: str, make: Callable[[], str]) -> str:
        standing = self._standing.setdefault(f"field {name}", [])
        if not standing:
            standing.append(make())
        return standing[0]
