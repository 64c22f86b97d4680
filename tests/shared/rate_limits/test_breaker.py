"""A server that is away is asked now and then, not at every request."""

from __future__ import annotations

from shared.rate_limits.breaker import LONGEST_SECONDS, Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_one_failure_is_an_accident_and_two_are_an_outage() -> None:
    breaker = Breaker(Clock())
    breaker.failed()
    assert breaker.lets_through()
    breaker.failed()
    assert not breaker.lets_through()


def test_one_try_is_let_through_a_pause_and_a_success_closes_it() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    breaker.failed()
    breaker.failed()
    clock.now += breaker.seconds_to_try
    assert breaker.lets_through()
    assert not breaker.lets_through(), "the try is under way"
    breaker.succeeded()
    assert breaker.lets_through()
    assert not breaker.open


def test_the_pause_grows_up_to_a_limit() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    pauses = []
    for _ in range(20):
        breaker.failed()
        pauses.append(breaker.seconds_to_try)
        clock.now += LONGEST_SECONDS
    assert pauses[:4] == [0.0, 0.5, 1.0, 2.0]
    assert max(pauses) == LONGEST_SECONDS
