"""The real cities and countries a made-up market lives in.

Coordinates are city centres in degrees (WGS 84), populations roughly those of the
2020s. A country gives the currency, who speaks what, and the span of hourly pay.
"""

from __future__ import annotations

import csv
import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data"
KM_PER_DEGREE = 111.195


@dataclass(frozen=True, slots=True)
class Country:
    """`hourly_low` and `hourly_high` are what the simplest and the most qualified work
    pays, in whole currency units; `step` is what pay is rounded to. `languages` gives
    the share of people who speak each. `weight` is its share of the market."""

    code: str
    name: str
    currency: str
    languages: tuple[tuple[str, float], ...]
    weight: float
    hourly_low: Decimal
    hourly_high: Decimal
    step: Decimal
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class City:
    name: str
    country: str
    lat: float
    lon: float
    population: int
    zone: str
    aliases: tuple[str, ...]

    @property
    def spread_km(self) -> float:
        """The mean distance of a home from the centre."""
        return 3.0 + 3.2 * math.pow(self.population / 1e6, 0.42)


@cache
def countries() -> dict[str, Country]:
    """By ISO 3166 code."""
    return {
        row["country"]: Country(
            code=row["country"],
            name=row["name"],
            currency=row["currency"],
            languages=tuple(_shares(row["languages"])),
            weight=float(row["weight"]),
            hourly_low=Decimal(row["hourly_low"]),
            hourly_high=Decimal(row["hourly_high"]),
            step=Decimal(row["step"]),
            aliases=_parts(row["aliases"]),
        )
        for row in _rows("countries.csv")
    }


@cache
def cities() -> tuple[City, ...]:
    return tuple(
        City(
            name=row["name"],
            country=row["country"],
            lat=float(row["lat"]),
            lon=float(row["lon"]),
            population=int(row["population"]),
            zone=row["zone"],
            aliases=_parts(row["aliases"]),
        )
        for row in _rows("cities.csv")
    )


def city_shares() -> list[float]:
    """What share of the market lives in each city, in the order of `cities()`.

    A country has its weight; inside it, big cities have somewhat less than their
    population would give them, so that small ones have a market too.
    """
    pull = [city.population**0.8 for city in cities()]
    total: dict[str, float] = {}
    for city, part in zip(cities(), pull, strict=True):
        total[city.country] = total.get(city.country, 0.0) + part
    weights = sum(country.weight for country in countries().values())
    return [
        countries()[city.country].weight / weights * part / total[city.country]
        for city, part in zip(cities(), pull, strict=True)
    ]


def find_city(name: str, country: str | None = None) -> City | None:
    """The city of that name or alias; None when unknown or, without a country, when
    several countries have one."""
    found = [
        city
        for city in _by_name().get(plain(name), ())
        if country is None or city.country == country
    ]
    return found[0] if len({city.country for city in found}) == 1 else None


def find_country(name: str) -> str | None:
    """The ISO 3166 code of a country given by code, name or alias."""
    return _country_names().get(plain(name))


def offset(lat: float, lon: float, km: float, bearing: float) -> tuple[float, float]:
    """The point `km` away towards `bearing` (radians from north), well under 1,000 km.

    Rounded to 5 decimals (about a metre).
    """
    north = km * math.cos(bearing) / KM_PER_DEGREE
    east = km * math.sin(bearing) / (KM_PER_DEGREE * math.cos(math.radians(lat)))
    return round(lat + north, 5), round((lon + east + 180) % 360 - 180, 5)


def plain(name: str) -> str:
    """A name without case, accents and punctuation, to compare by."""
    folded = unicodedata.normalize("NFKD", name).casefold().replace("ł", "l")
    letters = (
        c if c.isalnum() else " " for c in folded if not unicodedata.combining(c)
    )
    return " ".join("".join(letters).split())


@cache
def _by_name() -> dict[str, tuple[City, ...]]:
    found: dict[str, tuple[City, ...]] = {}
    for city in cities():
        for name in {plain(name) for name in (city.name, *city.aliases)}:
            found[name] = (*found.get(name, ()), city)
    return found


@cache
def _country_names() -> dict[str, str]:
    return {
        plain(name): country.code
        for country in countries().values()
        for name in (country.code, country.name, *country.aliases)
    }


def _rows(file: str) -> Iterator[dict[str, str]]:
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part)


def _shares(cell: str) -> Iterator[tuple[str, float]]:
    for part in _parts(cell):
        code, _, share = part.partition("=")
        yield code, float(share)
