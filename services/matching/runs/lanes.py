"""The lanes of the queue and how often each goes first."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Literal, get_args

Lane = Literal["interactive", "refresh", "bulk"]

LANES: tuple[Lane, ...] = get_args(Lane)
"""From the most to the least urgent."""

BULK: Lane = "bulk"

WEIGHTS: Mapping[Lane, int] = {"interactive": 16, "refresh": 4, "bulk": 1}


def lottery(random: Random) -> list[Lane]:
    """All lanes in the order in which to look for work this time.

    A lane comes first as often as its weight says, so that a bulk rerank never holds
    up a fresh posting and is still never starved itself.
    """
    # the largest of u^(1/w) is a draw by weight (Efraimidis and Spirakis, 2006)
    keys = {lane: random.random() ** (1.0 / WEIGHTS[lane]) for lane in LANES}
    return sorted(LANES, key=lambda lane: keys[lane], reverse=True)
