"""The lanes of the queue and how often each goes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, get_args

Lane = Literal["interactive", "refresh", "bulk"]
Mode = Literal["open", "paused", "draining"]

MODES: tuple[Mode, ...] = get_args(Mode)
LANES: tuple[Lane, ...] = get_args(Lane)
"""From the most to the least urgent."""

BULK: Lane = "bulk"


@dataclass(frozen=True, slots=True)
class LaneNow:
    """How a lane is set, as it stands in the database.

    A paused lane takes runs in and gives none out, a draining one gives out what it has
    and is asked for no more. `most_running` holds over all workers together; None: no
    limit. `most_waiting` and `most_waiting_of_one` tenant are where requests for more
    are refused; what a feed causes is never refused.
    """

    lane: Lane
    mode: Mode
    weight: int
    most_running: int | None
    most_waiting: int
    most_waiting_of_one: int
    version: int


def lottery(random: Random, weights: Mapping[Lane, int]) -> Sequence[Lane]:
    """These lanes in the order in which to look for work this time.

    A lane comes first as often as its weight says, so that a bulk rerank never holds
    up a fresh posting and is still never starved itself.
    """
    # the largest of u^(1/w) is a draw by weight (Efraimidis and Spirakis, 2006)
    keys = {lane: random.random() ** (1.0 / weight) for lane, weight in weights.items()}
    return sorted(keys, key=lambda lane: keys[lane], reverse=True)
