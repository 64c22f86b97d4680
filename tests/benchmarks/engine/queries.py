"""What is asked: postings as every peer reads them, ready-made.

The engine gets the document; the peers get numbers, bits and half hours of the UTC
week, and the weights of the score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.order import key
from services.matching.engine.weights import market_weights
from tests.benchmarks.engine.documents import posting_document
from tests.benchmarks.engine.hours import DAY, WEEK
from tests.benchmarks.engine.places import centres, unit_vectors
from tests.benchmarks.engine.postings import ALL, NO_SHIFT, REQUIRED, Postings
from tests.benchmarks.engine.workers import NO_SKILL, spoken, wanted
from tests.benchmarks.engine.world import MARKETS, World

Links = Mapping[int, Mapping[int, float]]
"""Asked skill -> the skills that stand in for it, with their credit."""


class Asked(NamedTuple):
    """A skill asked, and (skill, credit) of all that answer it, itself first."""

    level: int
    weight: float
    required: bool
    members: tuple[tuple[int, float], ...]

    @property
    def lowest(self) -> int:
        """The least level that counts."""
        return self.level if self.required else 1


@dataclass(frozen=True, slots=True)
class Query:
    """`at` is a unit vector; `tau` and `radius` km; `top` minor units an hour.

    `wants`, `certificates` and `languages` are the bits that a worker must have;
    `shifts` (first slot, slots) of the UTC week; `needed` of them must be covered.
    `weights` are those of the score's parts, and sum to 1.
    """

    document: Mapping[str, Any]
    id: UUID
    key: int
    lat: float
    lon: float
    at: NDArray[Any]
    radius: float
    asked: tuple[Asked, ...]
    currency: int
    top: int
    wants: int
    certificates: int
    languages: int
    shifts: tuple[tuple[int, int], ...]
    needed: int
    weights: tuple[float, ...]

    @property
    def tau(self) -> float:
        return self.radius / 2.0

    @property
    def required(self) -> tuple[Asked, ...]:
        return tuple(asked for asked in self.asked if asked.required)

    @property
    def total_weight(self) -> float:
        return sum(asked.weight for asked in self.asked)


def a_query(world: World, postings: Postings, row: int, links: Links) -> Query:
    document = posting_document(world, postings, row)
    lat, lon = centres(postings.cells[row]).tolist()
    shifts = _shifts(world, postings, row)
    commitment = int(postings.commitment[row])
    level = int(postings.language_level[row])
    market = int(postings.market[row])
    weights = market_weights(MARKETS[market])
    return Query(
        document=document,
        id=document["id"],
        key=key(document["id"]),
        lat=lat,
        lon=lon,
        at=unit_vectors(postings.cells[row][None])[0],
        radius=float(postings.radius[row]),
        asked=_asked(postings, row, links),
        currency=int(postings.currency[row]),
        top=int(postings.top[row]),
        wants=wanted([market], [int(postings.kind[row])]),
        certificates=int(postings.certificates[row]),
        languages=int(spoken(int(postings.language[row]), level)) if level else 0,
        shifts=shifts,
        needed=len(shifts) if commitment == ALL else commitment,
        weights=tuple(weight / sum(weights) for weight in weights),
    )


def _asked(postings: Postings, row: int, links: Links) -> tuple[Asked, ...]:
    return tuple(
        Asked(
            int(postings.levels[row, place]),
            float(postings.weights[row, place]),
            place < REQUIRED,
            ((skill, 1.0), *links.get(skill, {}).items()),
        )
        for place, skill in enumerate(postings.skills[row].tolist())
        if skill != NO_SKILL
    )


def _shifts(world: World, postings: Postings, row: int) -> tuple[tuple[int, int], ...]:
    """No clock changes, so the slot of a dated shift is that of its weekday."""
    ahead = int(world.offset[postings.city[row]])
    return tuple(
        ((day * DAY + start - ahead) % WEEK, slots)
        for day, start, slots in zip(
            postings.day[row].tolist(),
            postings.start[row].tolist(),
            postings.slots[row].tolist(),
            strict=True,
        )
        if day != NO_SHIFT
    )


def plain_rows(postings: Postings, linked: NDArray[Any]) -> NDArray[Any]:
    """Rows that ask no skill with related ones; `linked` flags every skill."""
    asked = postings.skills != NO_SKILL
    return np.flatnonzero(~(asked & linked[postings.skills]).any(1))


def related_rows(postings: Postings, linked: NDArray[Any]) -> NDArray[Any]:
    """Rows of whose required skills each has related ones."""
    skills = postings.skills[:, :REQUIRED]
    return np.flatnonzero(((skills == NO_SKILL) | linked[skills]).all(1))
