"""Great-circle distances, and the cheap bound before them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.engine.geo import (
    EARTH_RADIUS_KM,
    chord2,
    distance_km,
    point,
    reach2,
)

LAT = st.floats(-90, 90)
LON = st.floats(-180, 180)


def haversine_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    a1, o1, a2, o2 = map(math.radians, (lat1, lon1, lat2, lon2))
    h = math.sin((a2 - a1) / 2) ** 2
    h += math.cos(a1) * math.cos(a2) * math.sin((o2 - o1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, h)))


@given(LAT, LON, LAT, LON)
def test_distance_is_the_haversine(
    lat1: float, lon1: float, lat2: float, lon2: float
) -> None:
    km = distance_km(point(lat1, lon1), point(lat2, lon2))
    expected = haversine_km(lat1, lon1, lat2, lon2)
    assert km == pytest.approx(expected, abs=1e-6 if expected < 19_000 else 0.5)


def test_london_to_new_york() -> None:
    km = distance_km(point(51.5074, -0.1278), point(40.7128, -74.006))
    assert km == pytest.approx(5570.2, abs=0.1)


def test_equal_coordinates_are_zero_apart() -> None:
    assert distance_km(point(51.505, -0.125), point(51.505, -0.125)) == 0.0


@given(LAT, LON, LAT, LON)
def test_the_bound_never_rejects_what_is_within_the_radius(
    lat1: float, lon1: float, lat2: float, lon2: float
) -> None:
    a, b = point(lat1, lon1), point(lat2, lon2)
    assert chord2(a, b) <= reach2(distance_km(a, b))


def test_the_bound_rejects_what_is_clearly_outside() -> None:
    a, b = point(51.505, -0.125), point(51.505, -0.825)
    assert chord2(a, b) > reach2(distance_km(a, b) - 0.001)
    assert reach2(None) == math.inf
