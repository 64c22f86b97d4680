"""What differs between two lists: who came, went, moved or is scored anew, and with
what each list was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

Change = Literal["came", "went", "moved", "scored", "explained", "same"]

VERSIONS = {
    "posting": "posting_version",
    "engine": "engine_version",
    "taxonomy": "taxonomy_version",
    "index": "index_seq",
}
"""What a list was made with → its column in match_run."""


@dataclass(frozen=True, slots=True)
class ThenNow:
    """A figure of the earlier list and of the later one; None: not there."""

    then: Any
    now: Any

    @property
    def same(self) -> bool:
        return bool(self.then == self.now)


@dataclass(frozen=True, slots=True)
class PartDifference:
    """A part of the score whose value, weight or evidence is another."""

    name: str
    value: ThenNow
    weight: ThenNow


@dataclass(frozen=True, slots=True)
class WorkerDifference:
    """One worker of either list.

    `moved`: another rank; `scored`: the same rank with another score; `explained`:
    only parts or evidence differ.
    """

    worker: str
    change: Change
    rank: ThenNow
    score: ThenNow
    parts: Sequence[PartDifference]


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """How many were left after a hard rule."""

    rule: str
    left: ThenNow


@dataclass(frozen=True, slots=True)
class Difference:
    workers: Sequence[WorkerDifference]
    funnel: Sequence[RuleDifference]
    possible: ThenNow
    versions: Mapping[str, ThenNow]

    @property
    def same(self) -> bool:
        """Whether the lists are equal, whatever they were made with."""
        return all(each.change == "same" for each in self.workers)


@dataclass(frozen=True, slots=True)
class RanAnew:
    """A run, and what differs from the one that it ranks anew."""

    run: UUID
    origin: UUID
    posting: UUID
    differs: Difference


def difference(then: Mapping[str, Any], now: Mapping[str, Any]) -> Difference:
    """Between two done runs, as match_run keeps them (see `result.Result`)."""
    return Difference(
        workers=differing(then["matches"], now["matches"]),
        funnel=_of_funnels(then["funnel"], now["funnel"]),
        possible=ThenNow(then["possible_total"], now["possible_total"]),
        versions={
            name: ThenNow(then[column], now[column])
            for name, column in VERSIONS.items()
        },
    )


def differing(
    then: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
) -> list[WorkerDifference]:
    """Everybody on either list: those of the later one by rank, then who went."""
    before = {entry["worker"]: entry for entry in then}
    after = {entry["worker"]: entry for entry in now}
    everybody = [*after, *(worker for worker in before if worker not in after)]
    return [
        _of_worker(worker, before.get(worker), after.get(worker))
        for worker in everybody
    ]


def _of_worker(
    worker: str, then: Mapping[str, Any] | None, now: Mapping[str, Any] | None
) -> WorkerDifference:
    rank = ThenNow(then and then["rank"], now and now["rank"])
    score = ThenNow(then and then["score"], now and now["score"])
    change: Change
    if then is None:
        change = "came"
    elif now is None:
        change = "went"
    elif not rank.same:
        change = "moved"
    elif not score.same:
        change = "scored"
    else:
        change = "same" if then == now else "explained"
    parts = _of_parts(then["parts"], now["parts"]) if then and now else []
    return WorkerDifference(worker, change, rank, score, parts)


def _of_parts(
    then: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
) -> list[PartDifference]:
    before = {part["name"]: part for part in then}
    after = {part["name"]: part for part in now}
    nothing: Mapping[str, Any] = {"value": None, "weight": None}
    return [
        PartDifference(name, ThenNow(old["value"], new["value"]), weights)
        for name in dict.fromkeys([*after, *before])
        for old, new in [(before.get(name, nothing), after.get(name, nothing))]
        for weights in [ThenNow(old["weight"], new["weight"])]
        if old != new
    ]


def _of_funnels(
    then: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
) -> list[RuleDifference]:
    """In the order of the later engine's rules, then those that it no longer has."""
    before = {step["rule"]: step["left"] for step in then}
    after = {step["rule"]: step["left"] for step in now}
    return [
        RuleDifference(rule, ThenNow(before.get(rule), after.get(rule)))
        for rule in dict.fromkeys([*after, *before])
    ]
