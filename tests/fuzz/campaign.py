"""Schemathesis against one service as one caller, and the count of what came of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis import Case, HookContext
from schemathesis.auths import unregister as forget_auth
from schemathesis.core.failures import Failure
from schemathesis.core.transport import Response
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import CheckFailureInfo, ScenarioRecorder
from schemathesis.hooks import unregister_all as forget_hooks

from tests.fuzz import excused, formats
from tests.fuzz.lending import Lender
from tests.fuzz.possessions import Possessions

PHASES = ("examples", "coverage", "fuzzing", "stateful")
PERMITTED_SHARE = 8
"""How many cases an operation that the caller may use gets for each of one they may
not."""
STEPS = 5
TOKEN = re.compile(r"Bearer [\w.-]{40,}")
PATIENCE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Found:
    """A check that failed; `curl` asks the same once $TOKEN is set."""

    operation: str
    check: str
    title: str
    message: str
    curl: str
    answer: str

    @property
    def kind(self) -> tuple[str, str, str]:
        return self.operation, self.check, self.title


@dataclass(slots=True)
class Tally:
    """What one caller met in one service."""

    role: str
    service: str
    cases: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    excused: int = 0
    failed: int = 0
    errors: list[str] = field(default_factory=list)
    found: dict[tuple[str, str, str], Found] = field(default_factory=dict)
    """The first of each kind."""

    @property
    def server_errors(self) -> int:
        return sum(n for status, n in self.statuses.items() if status >= 500)

    @property
    def clean(self) -> bool:
        return not (self.failed or self.server_errors or self.errors)


def run(
    service: str,
    possessions: Possessions,
    tally: Tally,
    *,
    phases: Sequence[str],
    cases: int,
    seed: int,
    tried: Set[str] = frozenset(),
) -> None:
    """Add to `tally` what these phases find; `cases` bounds those made at random, and
    the boundaries of the operations in `tried` are left out."""
    lender = Lender(service, possessions, seed)
    world = possessions.world
    with _told(lender, possessions):
        schema = schemathesis.openapi.from_dict(
            world.documents[service],
            config=schemathesis.Config.from_dict(
                _settings(service, possessions, phases, cases, seed, tried)
            ),
        ).exclude(operation_id=list(excused.ENDLESS))
        for event in from_schema(schema).execute():
            if isinstance(event, events.NonFatalError):
                tally.errors.append(f"{event.label}: {event.value!r}"[:500])
            elif isinstance(event, events.FatalError):
                tally.errors.append(f"{event.exception!r}"[:500])
            elif isinstance(event, events.ScenarioFinished):
                _count(event.recorder, tally)


def _settings(
    service: str,
    possessions: Possessions,
    phases: Sequence[str],
    cases: int,
    seed: int,
    tried: Set[str],
) -> dict[str, Any]:
    world = possessions.world
    permitted = possessions.permitted(service)
    shares = {
        operation["operationId"]: (
            PERMITTED_SHARE if operation["operationId"] in permitted else 1
        )
        for item in world.documents[service]["paths"].values()
        for operation in item.values()
    }
    at_random = cases if "stateful" not in phases else cases * 4 // 5
    part = at_random / sum(shares.values())
    return {
        "seed": seed,
        "base-url": str(world.http.base_url),
        "continue-on-failure": True,
        "request-timeout": PATIENCE_SECONDS,
        "phases": {name: {"enabled": name in phases} for name in PHASES}
        | {
            "stateful": {
                "enabled": "stateful" in phases,
                "max-steps": STEPS,
                "generation": {"max-examples": max(1, cases // 5 // STEPS)},
            }
        },
        "generation": {"database": "none", "no-shrink": True},
        "output": {"sanitization": {"enabled": False}},
        "checks": {
            check: {"expected-statuses": [*_usual(check), *more]}
            for check, more in excused.MORE_STATUSES.items()
        },
        "operations": _alike(
            {
                name: {
                    "generation": {"max-examples": max(1, round(part * share))},
                    "checks": {
                        check: {"enabled": False}
                        for operation, check in excused.CHECKS
                        if operation == name
                    },
                    "phases": {
                        "coverage": {
                            "enabled": "coverage" in phases
                            and name in permitted - tried
                        }
                    },
                }
                for name, share in shares.items()
            }
        ),
    }


def _alike(settings: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """One entry for all operations with the same settings: Schemathesis goes through
    the whole list for each operation, again and again."""
    named: dict[str, list[str]] = {}
    for name, wanted in settings.items():
        named.setdefault(json.dumps(wanted, sort_keys=True), []).append(name)
    return [
        {"include-operation-id": names} | json.loads(wanted)
        for wanted, names in named.items()
    ]


def _usual(check: str) -> list[str]:
    checks = schemathesis.Config().projects.default.checks
    statuses: list[str] = getattr(checks, check).expected_statuses
    return statuses


@contextmanager
def _told(lender: Lender, possessions: Possessions) -> Iterator[None]:
    """Schemathesis' hooks and credentials are global: ours are there in the block."""
    formats.register()

    class Bearer:
        def get(self, case: Case[Any], context: Any) -> str:
            return lender.bearer(possessions.caller)

        def set(self, case: Case[Any], data: str, context: Any) -> None:
            case.headers["Authorization"] = data

    schemathesis.auth(refresh_interval=None, retry_on=[])(Bearer)

    @schemathesis.hook
    def before_call(
        context: HookContext, case: Case[Any], kwargs: dict[str, Any]
    ) -> None:
        lender.lend(case)

    @schemathesis.hook
    def after_call(context: HookContext, case: Case[Any], response: Response) -> None:
        lender.note(case, response)

    @schemathesis.hook
    def filter_failure(
        context: HookContext, failure: Failure, case: Case[Any], response: Response
    ) -> bool:
        return not excused.is_excused(failure, case, response)

    try:
        yield
    finally:
        forget_hooks()
        forget_auth()


def _count(recorder: ScenarioRecorder, tally: Tally) -> None:
    tally.cases += len(recorder.checks)
    tally.excused += sum(recorder.filtered_failures.values())
    for exchange in recorder.interactions.values():
        if exchange.response is not None:
            status = exchange.response.status_code
            tally.statuses[status] = tally.statuses.get(status, 0) + 1
    for id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                tally.failed += 1
                found = _found(recorder, id, check.name, check.failure_info)
                tally.found.setdefault(found.kind, found)


def _found(
    recorder: ScenarioRecorder, id: str, check: str, info: CheckFailureInfo
) -> Found:
    response = recorder.find_response(case_id=info.failure.case_id or id)
    rules = sorted(excused.rules_broken(excused.document(response)))
    return Found(
        operation=recorder.cases[id].value.operation.label,
        check=check,
        title=" ".join([info.failure.title, *rules]),
        message=info.failure.message,
        curl=TOKEN.sub("Bearer $TOKEN", info.code_sample),
        answer="" if response is None else f"{response.status_code} {response.text}",
    )
