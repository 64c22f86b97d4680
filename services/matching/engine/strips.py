"""The earth as strips of latitude, each sorted by longitude, and circles over them.

Positions are whole millionths of a degree (11 cm). Within a circle of up to FLAT_KM,
and away from the poles, the distance is first taken on a plane that a strip lies in:
never more than the distance on the sphere by over a thousandth, which is what FLATNESS
allows for. Where it cannot be flat, whoever is in a strip is looked at in full.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from services.matching.engine.geo import EARTH_RADIUS_KM
from services.matching.engine.layout import whole
from services.matching.engine.native import compiled, inlined

MICRO = 1_000_000
STRIP = 50_000  # millionths of a degree: 5.6 km
STRIPS = 180 * MICRO // STRIP
HALF_TURN = 180 * MICRO
TURN = 360 * MICRO
QUARTER_TURN = 90 * MICRO

# Whoever is in no strip, or is looked for far beyond the usual radius, is in one of
# these as well.
REMOTE = whole(STRIPS)
FAR = whole(STRIPS + 1)
PLACELESS = whole(STRIPS + 2)

FLAT_KM = 150.0
FLAT_LATITUDE = 80.0
FLATNESS = 1.002
NEAR_KM = 100.0  # a larger radius is FAR

KM_A_MICRO = EARTH_RADIUS_KM * math.pi / 180.0 / MICRO
_DOWN = 1.0 - 1e-9

LEAST_COSINE = np.array(
    [
        min(
            math.cos(math.radians((edge * STRIP - QUARTER_TURN) / MICRO))
            for edge in (strip, strip + 1)
        )
        * _DOWN
        for strip in range(STRIPS)
    ]
)
"""The least cosine of a latitude in each strip."""


def micro(degrees: float) -> int:
    return round(degrees * MICRO)


@inlined
def strip_of(lat: int) -> int:
    return min((lat + QUARTER_TURN) // STRIP, STRIPS - 1)


class Circle(NamedTuple):
    """A circle's strips `first` to `last`, both inclusive; `flat` says whether planes
    are near enough."""

    lat: int
    lon: int
    km: float
    first: int
    last: int
    flat: bool
    cosine: float


@compiled
def circle(lat: int, lon: int, km: float) -> Circle:
    rise = math.ceil(min(km, 30_000.0) * 1.0001 / KM_A_MICRO) + 1
    first = max(lat - rise, -QUARTER_TURN)
    last = min(lat + rise, QUARTER_TURN)
    edge = max(abs(first), abs(last)) / MICRO
    return Circle(
        lat,
        lon,
        km,
        strip_of(first),
        strip_of(last),
        km <= FLAT_KM and edge < FLAT_LATITUDE,
        math.cos(lat / MICRO * math.pi / 180.0),
    )


@inlined
def half_width(round: Circle, strip: int) -> int:
    """How far from its centre a flat circle reaches in a strip, in millionths of a
    degree of longitude; -1 where it does not."""
    south = strip * STRIP - QUARTER_TURN
    rise = max(0, max(south - round.lat, round.lat - south - STRIP)) * KM_A_MICRO
    left = round.km * round.km * FLATNESS - rise * rise
    if left < 0.0:
        return -1
    scale = round.cosine * LEAST_COSINE[strip]
    return int(math.sqrt(left / scale) / KM_A_MICRO) + 2


@inlined
def lowest(entries: Any, at: int, end: int, lon: int) -> int:
    """The first entry of [at, end) that is not west of `lon`."""
    while at < end:
        middle = (at + end) // 2
        if entries[middle, 1] < lon:
            at = middle + 1
        else:
            end = middle
    return at
