"""Short forms of `make faults`: what happens to servers, wires and whole systems."""

from __future__ import annotations

import pytest

from tests.faults.ground import Ground
from tests.faults.test_workers import kept

pytestmark = pytest.mark.slow


async def test_a_crash_anywhere_between_command_and_list_leaves_nothing_behind(
    ground: Ground,
) -> None:
    await kept(ground, "crashed")


async def test_lost_answers_of_commits_double_no_command(ground: Ground) -> None:
    await kept(ground, "commits")


async def test_servers_that_go_and_come_back_need_no_hand(ground: Ground) -> None:
    await kept(ground, "outages")


async def test_wires_that_are_cut_held_slow_or_closed_stop_nothing(
    ground: Ground,
) -> None:
    await kept(ground, "wires")


async def test_a_restored_backup_is_followed_anew(ground: Ground) -> None:
    await kept(ground, "restored")
