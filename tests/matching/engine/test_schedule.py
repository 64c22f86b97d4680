"""Patterns and spans of free time."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.matching.engine.schedule import (
    busy_times,
    free_exceptions,
    join,
    pattern_of,
)
from services.matching.engine.terms import WeeklyInterval
from tests.matching.engine.builders import a_worker, exception, weekly

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=12)


@given(SPANS)
def test_joined_spans_hold_the_same_minutes_and_never_touch(
    spans: list[tuple[int, int]],
) -> None:
    joined = join(spans)
    assert {m for s, e in joined for m in range(s, e)} == {
        m for s, e in spans for m in range(s, e)
    }
    assert all(a[1] < b[0] for a, b in pairwise(joined))


def test_sunday_night_wraps_to_monday() -> None:
    night = WeeklyInterval.read(weekly(6, "22:00", "06:00"))
    assert pattern_of([night]) == [(0, 360), (6 * 1440 + 1320, 7 * 1440)]


def test_touching_intervals_are_one() -> None:
    halves = [weekly(0, "12:00", "00:00"), weekly(0, "09:00", "12:00")]
    assert pattern_of(map(WeeklyInterval.read, halves)) == [(540, 1440)]


def test_seconds_round_against_the_worker_being_free() -> None:
    half_a_minute = ("2026-12-01T09:00:30", "2026-12-01T09:02:30")
    free = a_worker(exceptions=[exception(*half_a_minute, free=True)], zone="UTC")
    busy = a_worker(exceptions=[exception(*half_a_minute, free=False)], zone="UTC")
    ((free_start, free_end),) = free_exceptions(free)
    ((busy_start, busy_end),) = busy_times(busy)
    assert (free_end - free_start, busy_end - busy_start) == (1, 3)
    assert free_exceptions(busy) == []
    assert busy_times(free) == []


def test_an_exception_over_a_clock_change_is_as_long_as_the_clock_says() -> None:
    worker = a_worker(
        exceptions=[
            exception("2026-10-25T00:00", "2026-10-25T06:00", free=True),
            exception("2026-10-25T00:00", "2026-10-25T01:30", free=False),
        ]
    )
    ((start, end),) = free_exceptions(worker)
    assert end - start == 7 * 60
    # 00:00 to 01:30 happens, then 01:00 to 01:30 once more.
    assert [end - start for start, end in busy_times(worker)] == [90, 30]
