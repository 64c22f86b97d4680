"""Before a request leaves: real ids and words in place of generated ones, mostly.

What was made wrong on purpose stays wrong. Schemathesis looks at the request again
afterwards, so a check knows whether what is really sent fits the schema.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any

from schemathesis import Case
from schemathesis.core.parameters import ParameterLocation as Location
from schemathesis.core.transport import Response
from schemathesis.generation.meta import TestPhase

from shared.idempotency import HEADER, KEY
from shared.identity import Caller
from shared.values import new_id
from tests.fuzz.possessions import Possessions

ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TOKEN_LIFETIME = timedelta(minutes=5)
ONE_OF = {"read_matches": ("posting", "worker")}
"""Query parameters of which an operation takes exactly one."""

SETS_A_LANE = frozenset({"pause_lane", "drain_lane", "edit_lane"})
"""What would have later requests refused (503) is put back at once."""

LANES = dict.fromkeys(("interactive", "refresh", "bulk"), 100_000_000)


class Lender:
    """Lends to the cases of one service what one caller owns."""

    def __init__(self, service: str, possessions: Possessions, seed: int) -> None:
        self._service = service
        self._possessions = possessions
        self._chance = Random(f"{service} {possessions.caller.role} {seed}")
        self._bearers: set[str] = set()
        self._answered: set[str] = set()
        self._callers: dict[str, Caller] = {}

    def bearer(self, caller: Caller) -> str:
        world = self._possessions.world
        token = world.key.mint(world.settings, caller, TOKEN_LIFETIME)
        self._bearers.add(f"Bearer {token}")
        return f"Bearer {token}"

    def lend(self, case: Case[Any]) -> None:
        """Change the case in place."""
        if KEY.fullmatch(str(case.headers.get(HEADER, ""))):
            case.headers[HEADER] = str(new_id())  # another request, another key
        if _is_well_made(case, Location.PATH) or _is_chained(case):
            self._path(case)
        if _is_well_made(case, Location.QUERY):
            self._query(case)
        if _is_well_made(case, Location.HEADER):
            self._headers(case)
        if _is_well_made(case, Location.BODY) and isinstance(case.body, dict):
            self._body(case)

    def note(self, case: Case[Any], response: Response) -> None:
        """Remember what a chain was answered: its next steps are about that."""
        if _is_chained(case) and response.status_code < 300:
            found = ID.findall(response.content)
            self._answered.update(id.decode() for id in found)
        if _name_of(case) in SETS_A_LANE and response.status_code < 300:
            self._put_lanes_back()

    def _put_lanes_back(self) -> None:
        world = self._possessions.world
        for lane, most in LANES.items():
            path = f"/v1/queues/{lane}"
            body = {"most_running": None, "most_waiting": most}
            one = {"most_waiting_of_one": most}
            world.call(world.operator, "PATCH", path, json=body | one)
            world.call(world.operator, "POST", f"{path}/resume")

    def _often(self, odds: float = 0.75) -> bool:
        return self._chance.random() < odds

    def _path(self, case: Case[Any]) -> None:
        route = self._possessions.route(self._service, _name_of(case))
        chained = _is_chained(case)
        if chained or self._often():
            for name, value in case.path_parameters.items():
                if chained and value in self._answered:
                    continue  # the steps before handed it on
                caller, id = self._possessions.for_path(route, name, self._chance)
                case.path_parameters[name] = id
                self._callers[id] = caller
        if case.headers.get("Authorization") not in self._bearers:
            return  # made wrong on purpose, or a check asks without
        for id in case.path_parameters.values():
            caller = self._callers.get(str(id), self._possessions.caller)
            if caller is not self._possessions.caller:
                case.headers["Authorization"] = self.bearer(caller)

    def _query(self, case: Case[Any]) -> None:
        alternatives = ONE_OF.get(_name_of(case), ())
        if alternatives and self._often():
            for name in alternatives:
                case.query.pop(name, None)
            name = self._chance.choice(alternatives)
            case.query[name] = self._possessions.for_field(name, self._chance)
        for name, value in list(case.query.items()):
            lent = self._possessions.for_field(name, self._chance)
            if lent is not None and isinstance(value, str) and self._often():
                case.query[name] = lent
            if name == "wait":
                case.query[name] = 0  # for what nobody will write
            if name == "cursor" and self._often():
                del case.query[name]

    def _headers(self, case: Case[Any]) -> None:
        if "If-Match" in case.headers and self._often():
            case.headers["If-Match"] = "*"
        if "Feed-Position" in case.headers and self._often(0.9):
            del case.headers["Feed-Position"]

    def _body(self, case: Case[Any]) -> None:
        body = case.body
        assert isinstance(body, dict)
        example = self._example(case)
        if example is not None and self._often(0.5):
            most = min(len(body), self._chance.randint(0, 2))
            changed = self._chance.sample(sorted(body), most)
            body = example | {name: body[name] for name in changed}
        case.body = self._with_words(body)

    def _example(self, case: Case[Any]) -> dict[str, Any] | None:
        """The body that the documentation shows."""
        route = self._possessions.route(self._service, _name_of(case))
        found = self._possessions.world.example(route)
        return dict(found) if isinstance(found, Mapping) else None

    def _with_words(self, node: Any, name: str = "") -> Any:
        if isinstance(node, dict):
            return {key: self._with_words(value, key) for key, value in node.items()}
        if isinstance(node, list):
            return [self._with_words(value, name) for value in node]
        if isinstance(node, str) and self._often(0.9):
            lent = self._possessions.for_field(name, self._chance)
            return node if lent is None else lent
        return node


def _is_well_made(case: Case[Any], location: Location) -> bool:
    """Whether this part was made to fit the schema, and would be looked at again."""
    meta = case.meta
    return (
        meta is not None
        and location in meta.components
        and not meta.is_negative_at(location)
    )


def _is_chained(case: Case[Any]) -> bool:
    return case.meta is not None and case.meta.phase.name is TestPhase.STATEFUL


def _name_of(case: Case[Any]) -> str:
    return str(case.operation.definition.raw["operationId"])
