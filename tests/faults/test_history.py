"""The checker finds what it is there to find: a true history, bent in every way."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.history import History

Rows = list[dict[str, Any]]


def event(was: str | None, became: str, **more: Any) -> dict[str, Any]:
    return {
        "run_id": "one",
        "was": was,
        "became": became,
        "lane": "bulk",
        "attempts": 0,
        "lost": 0,
        "token": None,
        "because": None,
    } | more


def a_true_history() -> tuple[Rows, Rows, Rows]:
    """One run, whose first worker was lost and whose second finished it."""
    events = [
        event(None, "queued"),
        event("queued", "running", attempts=1, token=1),
        event(
            "running",
            "queued",
            attempts=1,
            lost=1,
            token=1,
            because="its worker was lost",
        ),
        event("queued", "running", attempts=2, lost=1, token=2),
        event("running", "done", attempts=2, lost=1, token=2),
    ]
    run = {"id": "one", "lane": "bulk", "state": "done", "lost": 1}
    counts = {"are done": 1, "arrived": 1, "claimed": 2, "lost": 1, "done": 1}
    counts |= {"waited": 2, "ran": 1}
    tallies = [{"lane": "bulk", "what": what, "n": n} for what, n in counts.items()]
    return [run], events, tallies


def test_a_true_history_has_no_faults() -> None:
    history = History(*a_true_history())
    assert (history.faults(), history.doubled(), history.done()) == ([], 0, 1)


@pytest.mark.parametrize(
    ("place", "change", "told"),
    [
        (1, {"was": "dead"}, "was queued, and then said to have been dead"),
        (2, {"became": "dead"}, "was dead, and then said to have been queued"),
        (3, {"token": 1}, "token 1 after 1"),
        (4, {"token": 1}, "done by token 1, held by 2"),
        (3, {"attempts": 4}, "attempt 4 after 1"),
        (4, {"became": "cancelled"}, "is done, and its history ends cancelled"),
        (2, {"because": "given back"}, "lost 1 workers, its history says 0"),
        (4, {"was": "queued"}, "queued became done"),
    ],
)
def test_what_cannot_be_is_told(place: int, change: dict[str, Any], told: str) -> None:
    runs, events, tallies = a_true_history()
    events[place] |= change
    assert any(told in fault for fault in History(runs, events, tallies).faults())


def test_a_run_that_was_done_twice_is_counted() -> None:
    runs, events, tallies = a_true_history()
    events.append(events[-1])
    assert History(runs, events, tallies).doubled() == 2


def test_counts_that_are_not_true_are_told() -> None:
    runs, events, tallies = a_true_history()
    tallies[3]["n"] = 2
    assert History(runs, events, tallies).miscounted() == ["bulk: lost: 2 told, 1 true"]
