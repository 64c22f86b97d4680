"""What a ranking is asked with and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Request:
    """`k` matches at most, `possible` people to ask at most.

    `weights` (part name to weight) replace the market's own; see `weights.py`.
    """

    now: datetime
    k: int = 50
    weights: Mapping[str, float] | None = None
    possible: int = 20

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("now: needs an offset")
        for name, value in (("k", self.k), ("possible", self.possible)):
            if value < 0:
                raise ValueError(f"{name}: must be 0 or more")


class Part(NamedTuple):
    """One part of a score: 0 to 1, its applied weight and the facts behind it.

    `evidence` is JSON-ready.
    """

    name: str
    value: float
    weight: float
    evidence: dict[str, Any]


class Match(NamedTuple):
    """`rank` counts from 1; `score` is rounded to six places, as it is ranked."""

    rank: int
    id: UUID
    score: float
    parts: tuple[Part, ...]


class Possible(NamedTuple):
    """Fails no rule but lacks facts: `ask` names them (see `rules.ASKS`)."""

    id: UUID
    ask: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """`funnel` counts, after each filter in turn, who still passes all of them.

    `applied_weights` is empty when each match has its own (postings for a worker:
    see the parts).
    """

    considered: int
    funnel: tuple[tuple[str, int], ...]
    matches: tuple[Match, ...]
    possible: tuple[Possible, ...]
    possible_total: int
    applied_weights: dict[str, float]
