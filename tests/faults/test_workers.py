"""Short forms of `make faults`: what happens to workers."""

from __future__ import annotations

import pytest

from tests.faults.__main__ import SHORT
from tests.faults.ground import Ground
from tests.faults.scenarios.clocks import CAN_BE_SHIFTED

pytestmark = pytest.mark.slow


async def kept(ground: Ground, scenario: str) -> None:
    """All figures of a scenario's short form meet their targets."""
    figures = await SHORT[scenario](ground)
    assert [figure for figure in figures if figure.ok is False] == []


async def test_a_worker_that_is_killed_loses_and_doubles_nothing(
    ground: Ground,
) -> None:
    await kept(ground, "killed")


async def test_a_worker_that_wakes_up_past_its_lease_changes_nothing(
    ground: Ground,
) -> None:
    await kept(ground, "stopped")


async def test_a_run_that_kills_its_worker_three_times_is_laid_aside(
    ground: Ground,
) -> None:
    await kept(ground, "poisoned")


async def test_a_worker_that_is_told_to_stop_ends_or_gives_back_what_it_holds(
    ground: Ground,
) -> None:
    await kept(ground, "drained")


@pytest.mark.skipif(not CAN_BE_SHIFTED, reason="no libfaketime for this machine")
async def test_clocks_that_are_wrong_make_nothing_early_and_hold_up_nothing(
    ground: Ground,
) -> None:
    await kept(ground, "clocks")
