"""What differs between two lists, said worker by worker."""

from __future__ import annotations

from typing import Any

from services.matching.runs.differences import ThenNow, difference, differing


def entry(worker: str, rank: int, score: float = 0.5, **parts: float) -> dict[str, Any]:
    return {
        "rank": rank,
        "worker": worker,
        "score": score,
        "parts": [
            {"name": name, "value": value, "weight": 0.5, "evidence": {}}
            for name, value in parts.items()
        ],
    }


def test_equal_lists_differ_in_nothing() -> None:
    found = differing([entry("a", 1, pay=0.5)], [entry("a", 1, pay=0.5)])
    assert [(each.worker, each.change, each.parts) for each in found] == [
        ("a", "same", [])
    ]


def test_who_came_went_moved_or_is_scored_anew() -> None:
    then = [entry("a", 1, 0.9), entry("b", 2, 0.8), entry("c", 3), entry("d", 4)]
    now = [entry("b", 1, 0.8), entry("e", 2), entry("c", 3, 0.6), entry("d", 4)]
    found = {each.worker: each for each in differing(then, now)}
    assert list(found) == ["b", "e", "c", "d", "a"]
    assert {worker: each.change for worker, each in found.items()} == {
        "a": "went",
        "b": "moved",
        "c": "scored",
        "d": "same",
        "e": "came",
    }
    assert found["b"].rank == ThenNow(2, 1)
    assert found["e"].score == ThenNow(None, 0.5)
    assert found["a"].rank == ThenNow(1, None)


def test_the_parts_that_differ_are_named() -> None:
    then = [entry("a", 1, 0.5, pay=0.5, skills=0.5, gone=1.0)]
    now = [entry("a", 1, 0.6, pay=0.7, skills=0.5, new=1.0)]
    [found] = differing(then, now)
    assert {part.name: part.value for part in found.parts} == {
        "pay": ThenNow(0.5, 0.7),
        "gone": ThenNow(1.0, None),
        "new": ThenNow(None, 1.0),
    }


def test_other_evidence_alone_is_told_too() -> None:
    then, now = entry("a", 1, pay=0.5), entry("a", 1, pay=0.5)
    now["parts"][0]["evidence"] = {"km": 3}
    [found] = differing([then], [now])
    assert (found.change, [part.name for part in found.parts]) == ("explained", ["pay"])


def test_a_funnel_is_told_rule_by_rule_also_where_rules_came_or_went() -> None:
    run = {
        "matches": [],
        "possible_total": 2,
        "posting_version": 1,
        "engine_version": "7",
        "taxonomy_version": "1",
        "index_seq": 5,
    }
    then = run | {"funnel": [{"rule": "near", "left": 9}, {"rule": "old", "left": 4}]}
    now = run | {
        "funnel": [{"rule": "near", "left": 8}, {"rule": "new", "left": 3}],
        "engine_version": "8",
    }
    found = difference(then, now)
    assert found.same
    assert {step.rule: step.left for step in found.funnel} == {
        "near": ThenNow(9, 8),
        "new": ThenNow(None, 3),
        "old": ThenNow(4, None),
    }
    assert found.versions["engine"] == ThenNow("7", "8")
    assert found.versions["index"].same
