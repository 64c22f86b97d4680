from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.documents import Document, Rule, broken_rules
from shared.term_rules import (
    certificates_are_named_once,
    commitment_can_be_met,
    languages_are_named_once,
    pay_is_a_range,
    schedule_is_dated_or_weekly,
    shifts_end_after_they_start,
    skills_are_named_once,
    weekly_hours_are_apart,
    weekly_hours_are_not_empty,
    zone_goes_with_the_schedule,
)
from tests.shared.terms import BROKEN_TERMS, NINE_TO_FIVE, some_terms, week, weekly

A_WEEK = 7 * 1440
RULES: tuple[Rule[Document], ...] = (
    pay_is_a_range,
    schedule_is_dated_or_weekly,
    zone_goes_with_the_schedule,
    shifts_end_after_they_start,
    weekly_hours_are_not_empty,
    weekly_hours_are_apart,
    commitment_can_be_met,
    skills_are_named_once,
    certificates_are_named_once,
    languages_are_named_once,
)

intervals = st.lists(
    st.fixed_dictionaries(
        {
            "weekday": st.integers(0, 6),
            "start": st.integers(0, 1439),
            "end": st.integers(0, 1439),
        }
    ),
    max_size=5,
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["skill", "kind", "count", "start", "end", "weekday"]),
            inner,
        )
    ),
    max_leaves=20,
)


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def minutes_of(interval: dict[str, int]) -> set[int]:
    """The minutes of the week, counted one by one."""
    start = interval["weekday"] * 1440 + interval["start"]
    length = (interval["end"] - interval["start"]) % 1440
    return {(start + minute) % A_WEEK for minute in range(length)}


def told(terms: dict[str, Any]) -> list[tuple[str, str]]:
    faults = broken_rules(Document(terms), RULES)
    return [(fault.pointer, fault.rule) for fault in faults]


@pytest.mark.parametrize(("changes", "pointer", "rule"), BROKEN_TERMS)
def test_each_broken_rule_is_told_alone(
    changes: dict[str, Any], pointer: str, rule: str
) -> None:
    assert told(some_terms(**changes)) == [(pointer, rule)]


def test_every_rule_is_broken_by_one_of_these() -> None:
    broken = [Document(some_terms(**changes)) for changes, _, _ in BROKEN_TERMS]
    idle = [
        rule.__name__
        for rule in RULES
        if not any(fault for terms in broken for fault in rule(terms))
    ]
    assert idle == []


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"shifts": [], "zone": None},
        {"commitment": {"kind": "at_least", "count": 1}},
        {"shifts": [{"start": "2035-01-01T09:00Z", "end": "2035-01-02T09:00Z"}]},
        week(NINE_TO_FIVE, weekly(0, "17:00", "18:00")),
        week(weekly(0, "18:00", "00:00"), weekly(1, "00:00", "01:00")),
        week(weekly(6, "22:00", "01:00"), weekly(0, "01:00", "02:00")),
    ],
)
def test_what_is_at_the_edge_is_still_right(changes: dict[str, Any]) -> None:
    assert told(some_terms(**changes)) == []


@given(intervals)
def test_weekly_overlaps_are_those_that_share_a_minute(
    drawn: list[dict[str, int]],
) -> None:
    pattern = [
        interval | {"start": clock(interval["start"]), "end": clock(interval["end"])}
        for interval in drawn
    ]
    shared = any(minutes_of(a) & minutes_of(b) for a, b in combinations(drawn, 2))
    found = [
        fault.pointer for fault in weekly_hours_are_apart(Document(week(*pattern)))
    ]
    assert bool(found) == shared
    assert len(found) == len(set(found))


@given(
    st.dictionaries(
        st.sampled_from([*some_terms(), "weekly", "commitment", "starts_on"]), anything
    )
)
def test_terms_of_any_shape_are_passed_over_not_stumbled_on(
    terms: dict[str, Any],
) -> None:
    broken_rules(Document(terms), RULES)
