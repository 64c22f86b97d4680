"""What a run found: a table and the failing cases, or one JSON object a figure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from tests.fuzz.campaign import Found, Tally

SHOWN = 2_000


def table(tallies: Sequence[Tally]) -> Iterator[str]:
    """Cases, server errors and failed checks of each role and service."""
    yield (
        f"{'as':10} {'service':10} {'cases':>7} {'2xx':>6} {'5xx':>5} {'failed':>7}"
        f" {'excused':>8}"
    )
    for tally in tallies:
        yield _line(tally.role, tally.service, [tally])
    yield _line("all", "", tallies)


def findings(tallies: Iterable[Tally]) -> Iterator[str]:
    for tally in tallies:
        for error in tally.errors:
            yield f"\n{tally.role} {tally.service}: {error}"
        for found in tally.found.values():
            yield f"\n{tally.role}: {found.operation}: {found.check}: {found.title}"
            yield from _told(found)


def figures(tallies: Sequence[Tally], cases: int) -> Iterator[str]:
    """`cases`, `server errors`, `failed checks`: of each pair, and of all with their
    targets."""
    for tally in tallies:
        yield from _figures(f"{tally.role} {tally.service}", [tally], None)
    yield from _figures("all", tallies, cases)


def _figures(whose: str, tallies: Sequence[Tally], cases: int | None) -> Iterator[str]:
    sent = sum(tally.cases for tally in tallies)
    yield _figure(f"fuzz: {whose}: cases", sent, cases, cases is None or sent >= cases)
    for name, value in (
        ("server errors", sum(tally.server_errors for tally in tallies)),
        ("failed checks", sum(t.failed + len(t.errors) for t in tallies)),
    ):
        yield _figure(f"fuzz: {whose}: {name}", value, 0, value == 0)


def _figure(name: str, value: int, target: int | None, ok: bool) -> str:
    document = {"name": name, "value": value, "unit": "count", "target": target}
    return json.dumps(document | {"ok": ok})


def _line(role: str, service: str, tallies: Sequence[Tally]) -> str:
    done = sum(
        n for tally in tallies for status, n in tally.statuses.items() if status < 300
    )
    return (
        f"{role:10} {service:10} {sum(t.cases for t in tallies):7,} {done:6,}"
        f" {sum(t.server_errors for t in tallies):5,}"
        f" {sum(t.failed + len(t.errors) for t in tallies):7,}"
        f" {sum(t.excused for t in tallies):8,}"
    )


def _told(found: Found) -> Iterator[str]:
    for part in (found.message, found.curl, f"-> {found.answer}"):
        yield "  " + part[:SHOWN].replace("\n", "\n  ")
