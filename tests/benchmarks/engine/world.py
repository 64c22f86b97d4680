"""The world of the benchmark's market: its moment, cities, occupations and skills.

No zone of it changes its clock within four weeks of NOW, and every offset is a whole
number of half hours. So a week of 7 x 48 half hours in UTC tells all of a worker's
free time in those weeks, and peers may work with such bitmaps.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)  # a Tuesday
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
WEEKS = 4

MARKETS = ("temporary", "labor", "talent")
KINDS = ("temporary", "full_time", "part_time", "seasonal", "contract")
CERTIFICATES = tuple(f"certificate-{number}" for number in range(24))
LANGUAGES = ("en", "es", "pt", "de", "yo", "hi", "zh", "ja", "id", "fr")
LANGUAGE_LEVELS = 6

CITIES = 300
CITY_EXPONENT = 0.66  # of Zipf's law: the largest city then holds 5.5 % of all
SKILLS = 2_000
SKILL_EXPONENT = 0.9
OCCUPATIONS = 200
OCCUPATION_EXPONENT = 0.8
SKILLS_AN_OCCUPATION = 40
PAY_STEP = 50  # minor units; floors and offers are edges of bands this wide


class Region(NamedTuple):
    """Cities lie anywhere in the ranges of degrees; `language` is a number."""

    zone: str
    currency: str
    language: int
    lat: tuple[float, float]
    lon: tuple[float, float]


REGIONS = (
    Region("America/New_York", "USD", 0, (33, 44), (-85, -71)),
    Region("America/Chicago", "USD", 0, (30, 45), (-98, -88)),
    Region("America/Los_Angeles", "USD", 0, (33, 48), (-123, -115)),
    Region("America/Mexico_City", "MXN", 1, (16, 25), (-105, -92)),
    Region("America/Sao_Paulo", "BRL", 2, (-30, -8), (-54, -36)),
    Region("Europe/London", "GBP", 0, (50.5, 57), (-4, 1)),
    Region("Europe/Berlin", "EUR", 3, (44, 54), (2, 18)),
    Region("Africa/Lagos", "NGN", 4, (5, 13), (3, 14)),
    Region("Asia/Kolkata", "INR", 5, (10, 28), (73, 86)),
    Region("Asia/Shanghai", "CNY", 6, (22, 40), (104, 121)),
    Region("Asia/Tokyo", "JPY", 7, (32, 43), (131, 141)),
    Region("Asia/Jakarta", "IDR", 8, (-8, -2), (102, 112)),
    Region("Australia/Sydney", "AUD", 0, (-38, -28), (146, 153)),
    Region("Pacific/Auckland", "NZD", 0, (-45, -37), (170, 176)),
)
CURRENCIES = tuple(sorted({region.currency for region in REGIONS}))


@dataclass(frozen=True, slots=True)
class World:
    """Arrays by city, by skill (SKILLS) and by occupation (OCCUPATIONS).

    `spread` is the standard deviation of homes around a city's centre, in km along
    each axis; `offset` that of its clock from UTC in half hours; `pay` an occupation's
    usual pay an hour in minor units; `popularity` and the `share`s sum to 1.
    """

    city_share: NDArray[Any]
    city_lat: NDArray[Any]
    city_lon: NDArray[Any]
    region: NDArray[Any]
    spread: NDArray[Any]
    offset: NDArray[Any]
    popularity: NDArray[Any]
    occupation_share: NDArray[Any]
    occupation_skills: NDArray[Any]
    occupation_certificates: NDArray[Any]
    pay: NDArray[Any]


def a_world(rng: np.random.Generator, cities: int = CITIES) -> World:
    region = rng.permutation(np.arange(cities) % len(REGIONS))
    lat = np.array([where.lat for where in REGIONS])[region]
    lon = np.array([where.lon for where in REGIONS])[region]
    offsets = np.array([_offset(where.zone) for where in REGIONS])
    popularity = rng.permutation(zipf(SKILLS, SKILL_EXPONENT))
    return World(
        city_share=zipf(cities, CITY_EXPONENT),
        city_lat=rng.uniform(lat[:, 0], lat[:, 1]),
        city_lon=rng.uniform(lon[:, 0], lon[:, 1]),
        region=region,
        spread=rng.uniform(10.0, 15.0, cities),
        offset=offsets[region],
        popularity=popularity,
        occupation_share=zipf(OCCUPATIONS, OCCUPATION_EXPONENT),
        occupation_skills=_occupation_skills(rng, popularity),
        occupation_certificates=rng.integers(0, len(CERTIFICATES), (OCCUPATIONS, 3)),
        pay=np.clip(rng.lognormal(7.6, 0.3, OCCUPATIONS), 1200, 6000),
    )


def zipf(count: int, exponent: float) -> NDArray[Any]:
    """Shares of ranks 1 to `count`, which sum to 1."""
    weights = 1.0 / np.arange(1, count + 1) ** exponent
    shares: NDArray[Any] = weights / weights.sum()
    return shares


def _occupation_skills(
    rng: np.random.Generator, popularity: NDArray[Any]
) -> NDArray[Any]:
    """Different skills of each occupation, those that matter most to it first."""
    return np.stack(
        [
            rng.choice(SKILLS, SKILLS_AN_OCCUPATION, replace=False, p=popularity)
            for _ in range(OCCUPATIONS)
        ]
    )


def _offset(zone: str) -> int:
    """Half hours from UTC, which must be the same over all the weeks asked about."""
    found = set()
    for day in range(-1, 7 * (WEEKS + 1)):
        offset = (MONDAY + timedelta(days=day)).astimezone(ZoneInfo(zone)).utcoffset()
        assert offset is not None
        found.add(offset)
    (only,) = found
    half_hours, rest = divmod(only, HALF_HOUR)
    assert not rest
    return half_hours
