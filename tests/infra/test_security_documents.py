"""docs/security.md and docs/asvs.md: nothing left out, and every path is real."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
IDS = Path(__file__).with_name("asvs_5_0.txt")
"""Id and level of every requirement of levels 1 and 2 of OWASP ASVS 5.0.0."""

ROOMS = ("docs", "infra", "locks", "services", "shared", "tests")
STATES = {"met", "n/a", "operator", "**not met**"}
PATH = re.compile(rf"`((?:{'|'.join(ROOMS)})/[\w./-]+)`")
LINK = re.compile(r"\]\(([\w.-]+\.md)\)")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| (.+) \| (.+) \| (.+) \|$", re.M)
COUNT = re.compile(r"^\| (met|n/a|operator|\*\*not met\*\*) \| .+ \| (\d+) \|$", re.M)


def requirements() -> list[tuple[str, str, str, str, str]]:
    """Id, level, what is asked for, state, where or why."""
    return ROW.findall((DOCS / "asvs.md").read_text("utf-8"))


@pytest.mark.parametrize("name", ["asvs.md", "security.md", "accounts.md"])
def test_every_path_and_page_that_is_named_exists(name: str) -> None:
    text = (DOCS / name).read_text("utf-8")
    paths = [ROOT / path for path in PATH.findall(text)]
    pages = [DOCS / page for page in LINK.findall(text)]
    assert [each for each in (*paths, *pages) if not each.exists()] == []


def test_every_requirement_stands_exactly_once_in_order() -> None:
    told = [(id, level) for id, level, *_ in requirements()]
    official = [tuple(line.split()) for line in IDS.read_text("ascii").splitlines()]
    assert len(official) == 253
    assert told == official


AS_ANOTHER = {
    id for id, *_, where in requirements() if re.search(r"^as \d+\.\d+\.\d+$", where)
}
"""Requirements that are answered by another one's line."""


def test_what_is_met_says_where_and_what_is_not_says_why() -> None:
    wrong = [
        (id, state)
        for id, _, _, state, where in requirements()
        if state not in STATES
        or len(where) < 5
        or (state == "met" and not (PATH.search(where) or LINK.search(where)))
    ]
    assert [each for each in wrong if each[0] not in AS_ANOTHER] == []


def test_the_counts_are_those_of_the_table() -> None:
    told = dict(COUNT.findall((DOCS / "asvs.md").read_text("utf-8")))
    counted = Counter(state for _, _, _, state, _ in requirements())
    assert {state: int(number) for state, number in told.items()} == counted


def test_no_client_of_ours_follows_redirects() -> None:
    """httpx does not unless it is told to."""
    told = [
        path
        for room in ("infra", "services", "shared")
        for path in (ROOT / room).rglob("*.py")
        if "follow_redirects" in path.read_text("utf-8")
    ]
    assert told == []
