"""A market's workers as columns, drawn whole arrays at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.engine.hours import draw_hours, weeks
from tests.benchmarks.engine.ordering import worker_keys
from tests.benchmarks.engine.places import draw_cells, unit_vectors
from tests.benchmarks.engine.world import (
    CERTIFICATES,
    CURRENCIES,
    KINDS,
    LANGUAGE_LEVELS,
    LANGUAGES,
    MARKETS,
    NOW,
    PAY_STEP,
    REGIONS,
    SKILLS,
    SKILLS_AN_OCCUPATION,
    World,
)

FEWEST_SKILLS, MOST_SKILLS = 4, 16
NO_SKILL = -1
FROM_ELSEWHERE = 8  # candidates from other occupations
AT_ONCE = 100_000
LEVELS = 8  # 1 to 5 are used
DAY_US = 86_400_000_000
NOW_US = int(NOW.timestamp()) * 1_000_000


@dataclass(frozen=True, slots=True)
class Workers:
    """One row a worker.

    `id_high` is the upper half of the id, whose lower half is the row; `cells` the
    (lat, lon) of the place in 0.01 degree cells, `at` its centre as a unit vector;
    `radius` km. `skills` and `levels` are (rows, MOST_SKILLS), NO_SKILL at the end.
    `wants`, `certificates` and `languages` are bits (see `wanted`, `spoken`); `floor`
    minor units an hour; `opens` and `closes` local half hours (see `hours`), `free`
    the same as a UTC week; `confirmed` and `active` microseconds since 1970.
    """

    id_high: NDArray[Any]
    key: NDArray[Any]
    city: NDArray[Any]
    cells: NDArray[Any]
    at: NDArray[Any]
    radius: NDArray[Any]
    skills: NDArray[Any]
    levels: NDArray[Any]
    currency: NDArray[Any]
    floor: NDArray[Any]
    wants: NDArray[Any]
    certificates: NDArray[Any]
    languages: NDArray[Any]
    opens: NDArray[Any]
    closes: NDArray[Any]
    free: NDArray[Any]
    confirmed: NDArray[Any]
    active: NDArray[Any]
    shows: NDArray[Any]
    bookings: NDArray[Any]

    def __len__(self) -> int:
        return len(self.city)


def draw_workers(rng: np.random.Generator, world: World, count: int) -> Workers:
    city, cells = draw_cells(rng, world, count)
    occupation = rng.choice(len(world.pay), count, p=world.occupation_share)
    skills, levels = draw_claims(rng, world, occupation)
    opens, closes = draw_hours(rng, count)
    id_high = rng.integers(0, 1 << 63, count, np.uint64)
    bookings = np.where(rng.random(count) < 0.3, 0, rng.poisson(12.0, count))
    region = world.region[city]
    return Workers(
        id_high=id_high,
        key=worker_keys(id_high),
        city=city,
        cells=cells,
        at=unit_vectors(cells),
        radius=np.clip(np.round(rng.lognormal(2.9, 0.45, count)), 5, 50),
        skills=skills,
        levels=levels,
        currency=currency_of_region()[region],
        floor=draw_floors(rng, world.pay[occupation]),
        wants=draw_wants(rng, count),
        certificates=_draw_certificates(rng, world, occupation),
        languages=_draw_languages(rng, region),
        opens=opens,
        closes=closes,
        free=weeks(opens, closes, world.offset[city]),
        confirmed=NOW_US - rng.integers(0, 14 * DAY_US, count),
        active=NOW_US - rng.integers(0, 90 * DAY_US, count),
        shows=rng.binomial(bookings, rng.beta(12.0, 1.0, count)),
        bookings=bookings,
    )


def draw_claims(
    rng: np.random.Generator, world: World, occupation: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Skills, mostly of the occupation, popular ones more often; levels 1 to 5."""
    count = len(occupation)
    skills = np.full((count, MOST_SKILLS), NO_SKILL, np.int16)
    for first in range(0, count, AT_ONCE):
        rows = slice(first, first + AT_ONCE)
        skills[rows] = _draw_skills(rng, world, occupation[rows])
    levels = rng.choice(5, skills.shape, p=[0.15, 0.25, 0.3, 0.2, 0.1]) + 1
    return skills, np.where(skills == NO_SKILL, 0, levels).astype(np.int8)


def _draw_skills(
    rng: np.random.Generator, world: World, occupation: NDArray[Any]
) -> NDArray[Any]:
    """The best of all candidates by weight and chance (Gumbel's top-k trick)."""
    count = len(occupation)
    own = world.occupation_skills[occupation]
    other = np.sort(rng.choice(SKILLS, (count, FROM_ELSEWHERE), p=world.popularity))
    candidates = np.concatenate([own, other], axis=1)
    weight = np.empty(candidates.shape)
    weight[:, :SKILLS_AN_OCCUPATION] = -0.9 * np.log(
        np.arange(1, SKILLS_AN_OCCUPATION + 1)
    )
    weight[:, SKILLS_AN_OCCUPATION:] = -2.6
    weight += rng.gumbel(size=candidates.shape)
    # a candidate that is there already would be claimed twice
    known = np.zeros((len(world.pay), SKILLS), bool)
    np.put_along_axis(known, world.occupation_skills, True, axis=1)
    again = known[occupation[:, None], other]
    again[:, 1:] |= other[:, 1:] == other[:, :-1]
    weight[:, SKILLS_AN_OCCUPATION:][again] = -np.inf
    best = np.argsort(-weight, axis=1)[:, :MOST_SKILLS]
    skills = np.take_along_axis(candidates, best, 1)
    held = np.clip(rng.poisson(6.0, count) + 3, FEWEST_SKILLS, MOST_SKILLS)
    skills[np.arange(MOST_SKILLS) >= held[:, None]] = NO_SKILL
    return skills.astype(np.int16)


def draw_floors(rng: np.random.Generator, usual: NDArray[Any]) -> NDArray[Any]:
    asked = usual * rng.lognormal(-0.05, 0.18, len(usual))
    return np.maximum(1, np.round(asked / PAY_STEP)).astype(np.int64) * PAY_STEP


def draw_wants(rng: np.random.Generator, count: int) -> NDArray[Any]:
    """Bits of the markets, then of the kinds; at least one of each."""
    wants = np.zeros(count, np.int64)
    shares = (0.9, 0.85, 0.7, 0.9, 0.85, 0.8, 0.75, 0.7)
    for bit, share in enumerate(shares[: len(MARKETS) + len(KINDS)]):
        wants |= (rng.random(count) < share).astype(np.int64) << bit
    wants[wants & wanted(range(len(MARKETS)), ()) == 0] |= 1
    wants[wants & wanted((), range(len(KINDS))) == 0] |= 1 << len(MARKETS)
    return wants


def wanted(markets: Iterable[int], kinds: Iterable[int]) -> int:
    """The bits of market and kind numbers."""
    bits = 0
    for bit in (*markets, *(len(MARKETS) + kind for kind in kinds)):
        bits |= 1 << bit
    return bits


def _draw_certificates(
    rng: np.random.Generator, world: World, occupation: NDArray[Any]
) -> NDArray[Any]:
    """Those of the occupation often, any other now and then."""
    held = np.zeros(len(occupation), np.int64)
    for usual in world.occupation_certificates[occupation].T:
        held |= np.where(rng.random(len(held)) < 0.35, 1 << usual, 0)
    other = rng.integers(0, len(CERTIFICATES), len(held))
    return held | np.where(rng.random(len(held)) < 0.2, 1 << other, 0)


def _draw_languages(rng: np.random.Generator, region: NDArray[Any]) -> NDArray[Any]:
    """The local language well, English often, another now and then."""
    count = len(region)
    local = np.array([where.language for where in REGIONS])[region]
    known: NDArray[Any] = spoken(local, rng.integers(4, LANGUAGE_LEVELS + 1, count))
    english = spoken(np.zeros(count, np.int64), rng.integers(1, 7, count))
    known |= np.where(rng.random(count) < 0.5, english, 0)
    other = spoken(rng.integers(0, len(LANGUAGES), count), rng.integers(1, 7, count))
    known |= np.where(rng.random(count) < 0.2, other, 0)
    return known


def spoken(language: Any, level: Any) -> Any:
    """Six bits a language: those of the level and all below."""
    return ((1 << level) - 1) << (LANGUAGE_LEVELS * language)


def claim(skill: int, level: int) -> int:
    """A skill at a level as one number, for indexes that hold nothing else."""
    return LEVELS * skill + level


def currency_of_region() -> NDArray[Any]:
    return np.array([CURRENCIES.index(where.currency) for where in REGIONS])
