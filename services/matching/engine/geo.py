"""Great-circle distance on the sphere, by unit vectors.

The chord between two unit vectors needs no case for poles or the antimeridian and is
exact to a millimetre up to nearly the antipodes, where it loses some metres.
"""

from __future__ import annotations

import math
from typing import NamedTuple

EARTH_RADIUS_KM = 6371.0088
MARGIN = 1e-9


class Point(NamedTuple):
    x: float
    y: float
    z: float


def point(lat: float, lon: float) -> Point:
    """The unit vector of a position in degrees."""
    phi, lam = math.radians(lat), math.radians(lon)
    return Point(
        math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)
    )


def chord2(a: Point, b: Point) -> float:
    """The squared straight distance between two points of the unit sphere."""
    x, y, z = a.x - b.x, a.y - b.y, a.z - b.z
    return x * x + y * y + z * z


def distance_km(a: Point, b: Point) -> float:
    half = math.sqrt(chord2(a, b)) / 2.0
    return 2.0 * EARTH_RADIUS_KM * math.asin(min(1.0, half))


def reach2(radius_km: float | None) -> float:
    """A squared chord that no point within `radius_km` exceeds; inf when unbounded.

    Slightly generous: it may let a point through that `distance_km` then rejects.
    """
    if radius_km is None or radius_km >= math.pi * EARTH_RADIUS_KM:
        return math.inf
    half = math.sin(max(radius_km, 0.0) / (2.0 * EARTH_RADIUS_KM))
    return 4.0 * half * half * (1.0 + MARGIN) + 1e-15
