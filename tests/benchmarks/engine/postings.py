"""A market's postings as columns, drawn whole arrays at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.engine.hours import DAY
from tests.benchmarks.engine.places import draw_cells, scatter
from tests.benchmarks.engine.workers import NO_SKILL, currency_of_region
from tests.benchmarks.engine.world import (
    KINDS,
    LANGUAGES,
    MARKETS,
    PAY_STEP,
    REGIONS,
    SKILLS_AN_OCCUPATION,
    WEEKS,
    World,
)

REQUIRED, PREFERRED = 3, 3
MOST_SHIFTS = 5
NO_SHIFT = -1
CLOSER = 0.6
ALL, ANY = 0, 1
RADII = (10, 15, 20, 25, 30, 40, 50)


@dataclass(frozen=True, slots=True)
class Postings:
    """One row a posting.

    The id's lower half is the row. `skills`, `levels` and `weights` are (rows,
    REQUIRED + PREFERRED), NO_SKILL where fewer are asked; `top` the most paid an hour
    in minor units. `language_level` 0 asks none. Shifts are (rows, MOST_SHIFTS): `day`
    a weekday if weekly, else days after the Monday of the world, NO_SHIFT where there
    are fewer; `start` and `slots` half hours of local time. `commitment` is ALL, ANY
    or how many shifts at least.
    """

    id_high: NDArray[Any]
    city: NDArray[Any]
    cells: NDArray[Any]
    radius: NDArray[Any]
    skills: NDArray[Any]
    levels: NDArray[Any]
    weights: NDArray[Any]
    currency: NDArray[Any]
    top: NDArray[Any]
    market: NDArray[Any]
    kind: NDArray[Any]
    certificates: NDArray[Any]
    language: NDArray[Any]
    language_level: NDArray[Any]
    weekly: NDArray[Any]
    day: NDArray[Any]
    start: NDArray[Any]
    slots: NDArray[Any]
    commitment: NDArray[Any]

    def __len__(self) -> int:
        return len(self.city)


def draw_postings(rng: np.random.Generator, world: World, count: int) -> Postings:
    city, cells = draw_cells(rng, world, count, CLOSER)
    occupation = rng.choice(len(world.pay), count, p=world.occupation_share)
    skills = _draw_skills(rng, world, occupation)
    local = np.array([where.language for where in REGIONS])[world.region[city]]
    market = rng.choice(len(MARKETS), count, p=[0.5, 0.3, 0.2])
    weekly = rng.random(count) < np.array([0.1, 0.6, 0.7])[market]
    usual = rng.integers(0, 3, (1, count))
    certificate = np.take_along_axis(
        world.occupation_certificates[occupation].T, usual, 0
    )[0]
    return Postings(
        id_high=rng.integers(0, 1 << 63, count, np.uint64),
        city=city,
        cells=cells,
        radius=rng.choice(RADII, count).astype(float),
        skills=skills,
        levels=rng.choice(4, skills.shape, p=[0.5, 0.3, 0.15, 0.05]) + 1,
        weights=_draw_weights(rng, count),
        currency=currency_of_region()[world.region[city]],
        top=_draw_pay(rng, world.pay[occupation]),
        market=market,
        kind=rng.integers(0, len(KINDS), count),
        certificates=np.where(rng.random(count) < 0.12, 1 << certificate, 0),
        language=np.where(
            rng.random(count) < 0.7, local, rng.integers(0, len(LANGUAGES), count)
        ),
        language_level=np.where(rng.random(count) < 0.1, rng.integers(1, 5, count), 0),
        weekly=weekly,
        **_draw_shifts(rng, weekly),
    )


def _draw_skills(
    rng: np.random.Generator, world: World, occupation: NDArray[Any]
) -> NDArray[Any]:
    """Different ones of the occupation: 1 to 3 required, then 0 to 3 preferred."""
    count = len(occupation)
    weight = -2.0 * np.log(np.arange(1, SKILLS_AN_OCCUPATION + 1))
    weight = weight + rng.gumbel(size=(count, SKILLS_AN_OCCUPATION))
    best = np.argsort(-weight, axis=1)[:, : REQUIRED + PREFERRED]
    skills = np.take_along_axis(world.occupation_skills[occupation], best, 1)
    required = rng.choice(REQUIRED, count, p=[0.5, 0.35, 0.15]) + 1
    preferred = rng.integers(0, PREFERRED + 1, count)
    place = np.arange(REQUIRED)
    skills[:, :REQUIRED][place >= required[:, None]] = NO_SKILL
    skills[:, REQUIRED:][place >= preferred[:, None]] = NO_SKILL
    return skills


def _draw_weights(rng: np.random.Generator, count: int) -> NDArray[Any]:
    weights = np.ones((count, REQUIRED + PREFERRED))
    weights[:, REQUIRED:] = rng.choice((0.25, 0.5, 0.75, 1.0), (count, PREFERRED))
    return weights


def _draw_pay(rng: np.random.Generator, usual: NDArray[Any]) -> NDArray[Any]:
    offered = usual * rng.uniform(1.0, 1.5, len(usual)) / PAY_STEP
    return np.round(offered).astype(np.int64) * PAY_STEP


def _draw_shifts(
    rng: np.random.Generator, weekly: NDArray[Any]
) -> dict[str, NDArray[Any]]:
    """On different days, all at one time of day."""
    count = len(weekly)
    days = np.where(weekly, 7, 7 * WEEKS - 3)  # the first days of the month are over
    chance = rng.random((count, 7 * WEEKS - 3))
    chance[np.arange(chance.shape[1]) >= days[:, None]] = 2.0
    day = np.sort(np.argsort(chance, axis=1)[:, :MOST_SHIFTS], axis=1)
    day[~weekly] += 2
    shifts = rng.choice(MOST_SHIFTS, count, p=[0.35, 0.2, 0.15, 0.1, 0.2]) + 1
    day[np.arange(MOST_SHIFTS) >= shifts[:, None]] = NO_SHIFT
    start = rng.choice((12, 14, 16, 17, 18, 20, 28, 34, 36, 44), count)
    slots = rng.integers(8, 21, count)
    at_least = rng.integers(2, MOST_SHIFTS + 1, count)
    commitment = rng.choice((ALL, ANY, 2), count, p=[0.5, 0.25, 0.25])
    some = np.where(shifts > 2, np.minimum(at_least, shifts - 1), ALL)
    return {
        "day": day,
        "start": np.repeat(start[:, None], MOST_SHIFTS, axis=1),
        "slots": np.repeat(slots[:, None], MOST_SHIFTS, axis=1),
        "commitment": np.where(commitment == 2, some, commitment),
    }


def made_hard(
    rng: np.random.Generator,
    world: World,
    postings: Postings,
    popular: NDArray[Any],
) -> Postings:
    """The same, bent to what most workers of the largest city can do.

    One or two of the `popular` skills at any level, the widest radius, good pay, one
    shift at midday, and nothing else asked.
    """
    count = len(postings)
    city = np.zeros(count, np.int64)
    two = np.argsort(rng.random((count, len(popular))), axis=1)[:, :2]
    skills = postings.skills.copy()
    skills[:, :REQUIRED] = NO_SKILL
    skills[:, :2] = popular[two]
    skills[rng.random(count) < 0.7, 1] = NO_SKILL
    asked_twice = (skills[:, None, :2] == skills[:, REQUIRED:, None]).any(2)
    skills[:, REQUIRED:][asked_twice] = NO_SKILL
    day = np.full(postings.day.shape, NO_SHIFT)
    day[:, 0] = rng.choice((2, 3, 4), count)
    return replace(
        postings,
        city=city,
        cells=scatter(rng, world, city, 0.3),
        radius=np.full(count, float(max(RADII))),
        skills=skills,
        levels=np.ones_like(postings.levels),
        currency=currency_of_region()[world.region[city]],
        top=np.full(count, 6_000),
        kind=np.zeros(count, np.int64),
        certificates=np.zeros(count, np.int64),
        language_level=np.zeros(count, np.int64),
        day=day,
        start=np.full(postings.start.shape, DAY * 10 // 24),
        slots=np.full(postings.slots.shape, 8),
        commitment=np.full(count, ALL),
    )
