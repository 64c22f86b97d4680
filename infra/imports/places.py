"""Where an advert's place is: coordinates, country and zone, or the reason why not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import cos, hypot, radians

from infra.imports.advert import RawPlace
from infra.imports.words import Unreadable, read_number
from infra.seed.cities import (
    KM_PER_DEGREE,
    City,
    cities,
    countries,
    find_city,
    find_country,
)

FARTHEST_ZONE_KM = 300.0


@dataclass(frozen=True, slots=True)
class KnownPlace:
    lat: float
    lon: float
    country: str
    label: str | None
    zone: str


def resolve(raw: RawPlace, default: KnownPlace | None = None) -> KnownPlace:
    """The place, or `default` when a name is unknown; raises Unreadable.

    Coordinates that are given count as they are; they only lack the zone and perhaps
    the country, which the nearest known city gives.
    """
    if raw.lat is not None or raw.lon is not None:
        return _from_coordinates(raw)
    names = [str(part) for part in (raw.locality, raw.region) if part]
    if names:
        country = _country(raw)
        for name in (*_spellings(names[0]), *names[1:]):
            if city := find_city(name, country):
                return of_city(city)
    if default is not None:
        return default
    if not names:
        raise Unreadable("no place is named")
    where = f"{names[0]}, {raw.country}" if raw.country else names[0]
    raise Unreadable(f"{where!r} is not a city known here, and has no coordinates")


def named_place(text: str) -> KnownPlace:
    """A known city written "New York, US"; raises Unreadable."""
    name, comma, country = text.rpartition(",")
    if not comma:
        name, country = text, ""
    return resolve(RawPlace(name.strip(), None, country.strip() or None))


def of_city(city: City) -> KnownPlace:
    return KnownPlace(city.lat, city.lon, city.country, city.name, city.zone)


def zone_of_country(name: str) -> tuple[str, str] | None:
    """(country, zone of its biggest city), for remote work without a place."""
    code = find_country(name)
    if code is None:
        return None
    here = [city for city in cities() if city.country == code]
    return code, max(here, key=lambda city: city.population).zone


def _from_coordinates(raw: RawPlace) -> KnownPlace:
    if raw.lat is None or raw.lon is None:
        raise Unreadable("latitude and longitude must both be given")
    lat, lon = read_number(raw.lat), read_number(raw.lon)
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise Unreadable(f"{lat}, {lon} is not a place on Earth")
    if lat == lon == 0:
        raise Unreadable("0, 0 is a place in the sea: the coordinates are not known")
    country = _country(raw)
    near = [city for city in cities() if country in (None, city.country)]
    nearest = min(near, key=lambda city: _km(lat, lon, city))
    if _km(lat, lon, nearest) > FARTHEST_ZONE_KM:
        raise Unreadable(f"the time zone at {lat}, {lon} is not known here")
    label = str(raw.locality) if raw.locality else nearest.name
    return KnownPlace(lat, lon, nearest.country, label, nearest.zone)


def _country(raw: RawPlace) -> str | None:
    if not raw.country:
        return None
    code = find_country(str(raw.country))
    if code is None:
        known = ", ".join(sorted(countries()))
        raise Unreadable(f"{raw.country!r} is not a country known here ({known})")
    return code


def _spellings(locality: str) -> list[str]:
    """ "New York, NY 10007" is New York as well."""
    bare = re.sub(r"\b\d[\d\- ]*\b", " ", locality)
    return [locality, bare, *(part.strip() for part in bare.split(",") if part.strip())]


def _km(lat: float, lon: float, city: City) -> float:
    """Good enough to find the nearest city."""
    east = (lon - city.lon + 180) % 360 - 180
    return KM_PER_DEGREE * hypot(lat - city.lat, east * cos(radians(city.lat)))
