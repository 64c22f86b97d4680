"""Short forms of `make faults`: what happens to workers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.benchmarks.figures import Figure
from tests.faults.__main__ import SHORT
from tests.faults.ground import Ground
from tests.faults.scenarios.clocks import CAN_BE_SHIFTED

pytestmark = pytest.mark.slow

WAITING = ("stopped", "poisoned", *(["clocks"] if CAN_BE_SHIFTED else []))
"""Scenarios that mostly wait, for leases to run out and runs to be due."""

Played = Mapping[str, list[Figure] | BaseException]


async def kept(ground: Ground, scenario: str) -> None:
    """All figures of a scenario's short form meet their targets."""
    meets(await SHORT[scenario](ground))


def meets(figures: list[Figure] | BaseException) -> None:
    if isinstance(figures, BaseException):
        raise figures
    assert [figure for figure in figures if figure.ok is False] == []


@pytest.fixture(scope="module")
def played(ground: Ground) -> Played:
    """The scenarios that mostly wait, played at the same time."""

    async def play() -> list[list[Figure] | BaseException]:
        every = [SHORT[name](ground) for name in WAITING]
        return await asyncio.gather(*every, return_exceptions=True)

    with ThreadPoolExecutor(1) as thread:
        figures = thread.submit(asyncio.run, play()).result()
    return dict(zip(WAITING, figures, strict=True))


async def test_a_worker_that_is_killed_loses_and_doubles_nothing(
    ground: Ground,
) -> None:
    await kept(ground, "killed")


def test_a_worker_that_wakes_up_past_its_lease_changes_nothing(
    played: Played,
) -> None:
    meets(played["stopped"])


def test_a_run_that_kills_its_worker_three_times_is_laid_aside(
    played: Played,
) -> None:
    meets(played["poisoned"])


async def test_a_worker_that_is_told_to_stop_ends_or_gives_back_what_it_holds(
    ground: Ground,
) -> None:
    await kept(ground, "drained")


@pytest.mark.skipif(not CAN_BE_SHIFTED, reason="no libfaketime for this machine")
def test_clocks_that_are_wrong_make_nothing_early_and_hold_up_nothing(
    played: Played,
) -> None:
    meets(played["clocks"])
