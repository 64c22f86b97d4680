"""Circles over strips of latitude: no one within the kilometres is passed over."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.matching.engine.geo import EARTH_RADIUS_KM, distance_km, point
from services.matching.engine.strips import (
    FLAT_KM,
    FLATNESS,
    HALF_TURN,
    KM_A_MICRO,
    LEAST_COSINE,
    MICRO,
    QUARTER_TURN,
    STRIP,
    STRIPS,
    TURN,
    Circle,
    circle,
    half_width,
    lowest,
    strip_of,
)

LAT = st.integers(-QUARTER_TURN, QUARTER_TURN)
LON = st.integers(-HALF_TURN, HALF_TURN)
KM = st.one_of(
    st.sampled_from((0.0, 1e-4, 5.0, 100.0, FLAT_KM, math.inf, 25_000.0)),
    st.floats(0, 300),
    st.floats(0, 21_000),
)
ROUND = st.floats(0, 2 * math.pi)


def away(lat: int, lon: int, km: float, bearing: float) -> tuple[int, int]:
    """The place so far away in a direction."""
    phi, angle = math.radians(lat / MICRO), km / EARTH_RADIUS_KM
    there = math.asin(
        math.sin(phi) * math.cos(angle)
        + math.cos(phi) * math.sin(angle) * math.cos(bearing)
    )
    turn = math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(phi),
        math.cos(angle) - math.sin(phi) * math.sin(there),
    )
    east = (lon / MICRO + math.degrees(turn) + 540.0) % 360.0 - 180.0
    return round(math.degrees(there) * MICRO), round(east * MICRO)


def covers(around: Circle, lat: int, lon: int) -> bool:
    """Whether a place is looked at: its strip, and where that is flat its longitude."""
    strip = strip_of(lat)
    if not around.first <= strip <= around.last:
        return False
    if not around.flat:
        return True
    half = half_width(around, strip)
    return half >= 0 and around_the_earth(around.lon, lon) <= half


def around_the_earth(a: int, b: int) -> int:
    apart = abs(a - b) % TURN
    return min(apart, TURN - apart)


def flat_km(around: Circle, lat: int, lon: int) -> float:
    """The distance as it is first taken, on the plane of the place's strip."""
    rise = (lat - around.lat) * KM_A_MICRO
    width = around_the_earth(around.lon, lon) * KM_A_MICRO
    scale = around.cosine * LEAST_COSINE[strip_of(lat)]
    return math.sqrt(rise * rise + width * width * scale)


def exact_km(a: tuple[int, int], b: tuple[int, int]) -> float:
    ours, theirs = ([each / MICRO for each in place] for place in (a, b))
    return distance_km(point(*ours), point(*theirs))


@settings(max_examples=400, deadline=None)
@given(LAT, LON, KM, ROUND, st.floats(0, 1))
@example(QUARTER_TURN, 0, 5.0, 0.0, 1.0)
@example(-QUARTER_TURN, HALF_TURN, 100.0, 1.0, 1.0)
@example(0, HALF_TURN, 100.0, math.pi / 2, 1.0)
@example(0, -HALF_TURN, 0.0, 0.0, 0.0)
@example(79_000_000, 179_999_999, FLAT_KM, math.pi / 2, 1.0)
@example(79_990_000, 0, 10.0, math.pi / 2, 1.0)
def test_whoever_is_within_the_circle_is_looked_at(
    lat: int, lon: int, km: float, bearing: float, share: float
) -> None:
    around = circle(lat, lon, km)
    there = away(lat, lon, min(km, 20_015.0) * share, bearing)
    # the way there and back may be rounded outwards, over the edge
    if exact_km((lat, lon), there) <= km:
        assert covers(around, *there)


@settings(max_examples=400, deadline=None)
@given(LAT, LON, KM, LAT, LON)
def test_no_one_anywhere_is_passed_over_who_is_within_it(
    lat: int, lon: int, km: float, other_lat: int, other_lon: int
) -> None:
    within = exact_km((lat, lon), (other_lat, other_lon)) <= km
    assert covers(circle(lat, lon, km), other_lat, other_lon) or not within


@settings(max_examples=400, deadline=None)
@given(LAT, LON, st.floats(0, FLAT_KM), ROUND)
def test_a_flat_distance_is_never_much_more_than_the_true_one(
    lat: int, lon: int, km: float, bearing: float
) -> None:
    around = circle(lat, lon, km)
    there = away(lat, lon, km, bearing)
    if around.flat:
        exact = exact_km((lat, lon), there)
        # squared, as far as FLATNESS allows, and 10 m for the smallest
        assert flat_km(around, *there) ** 2 <= exact**2 * FLATNESS + 1e-4


def test_a_circle_leaves_most_of_the_earth_out() -> None:
    here = circle(51_505_000, -125_000, 20.0)
    strips = [s for s in range(here.first, here.last + 1) if half_width(here, s) >= 0]
    assert len(strips) * STRIP * KM_A_MICRO < 2 * 20.0 + 2 * STRIP * KM_A_MICRO
    assert here.flat
    widest = max(half_width(here, strip) for strip in strips) * KM_A_MICRO
    assert 20.0 < widest * here.cosine < 20.5


@pytest.mark.parametrize(
    ("lat", "km"), [(QUARTER_TURN, 1.0), (81_000_000, 1.0), (0, 151.0)]
)
def test_near_a_pole_or_far_round_no_plane_is_trusted(lat: int, km: float) -> None:
    assert not circle(lat, 0, km).flat


@settings(deadline=None)
@given(LAT)
def test_every_latitude_lies_in_a_strip(lat: int) -> None:
    strip = strip_of(lat)
    south = strip * STRIP - QUARTER_TURN
    assert 0 <= strip < STRIPS
    assert south <= lat < south + STRIP or lat == QUARTER_TURN == south + STRIP
    assert LEAST_COSINE[strip] <= math.cos(math.radians(lat / MICRO))


@settings(deadline=None)
@given(st.lists(st.integers(-9, 9)), st.integers(-10, 10))
def test_the_first_entry_not_west_of_a_longitude_is_found(
    lons: list[int], lon: int
) -> None:
    entries = np.zeros((len(lons), 4), np.int32)
    entries[:, 1] = sorted(lons)
    place = lowest(entries, 0, len(lons), lon)
    assert place == sum(each < lon for each in lons)
