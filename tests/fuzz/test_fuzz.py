"""A short form of `make fuzz`: the same requests every time, some for each role."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fuzz import excused, plan, report
from tests.fuzz.campaign import Found, Tally
from tests.walls.world import World

CASES = 150
SOURCES = [
    path.read_text()
    for room in ("services", "shared")
    for path in (Path(__file__).parents[2] / room).rglob("*.py")
]


@pytest.mark.slow
def test_no_request_breaks_a_service_or_gets_an_answer_that_it_does_not_declare(
    world: World,
) -> None:
    tallies = plan.run(world, cases=CASES, seed=1)
    assert "\n".join(report.findings(tallies)) == ""
    assert [tally.server_errors for tally in tallies] == [0] * 9
    assert sum(tally.cases for tally in tallies) >= CASES
    # they reach beyond the first refusal
    for tally in tallies:
        assert any(status < 300 for status in tally.statuses), tally


@pytest.mark.parametrize("rule", [*excused.RULES, *excused.PROBLEMS])
def test_every_excuse_is_for_something_that_is_there(rule: str) -> None:
    written = f'"{rule}"' if not rule.startswith("unknown_") else '"unknown_{'
    assert any(written in source for source in SOURCES)


def test_a_failed_check_is_told_with_the_request_that_shows_it() -> None:
    tally = Tally("worker", "profiles", cases=3, statuses={200: 2, 500: 1}, failed=1)
    found = Found(
        "GET /v1/x", "not_a_server_error", "Server error", "", "curl x", "500"
    )
    tally.found[found.kind] = found
    assert not tally.clean
    told = "\n".join(report.findings([tally]))
    assert "worker: GET /v1/x: not_a_server_error" in told
    assert "curl x" in told
    figures = [json.loads(line) for line in report.figures([tally], 10)]
    whole = {f["name"]: (f["value"], f["ok"]) for f in figures if ": all:" in f["name"]}
    assert whole == {
        "fuzz: all: cases": (3, False),
        "fuzz: all: server errors": (1, False),
        "fuzz: all: failed checks": (1, False),
    }
