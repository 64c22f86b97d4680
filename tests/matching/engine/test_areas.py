"""Whoever reaches a posting is held by an area that the posting asks, anywhere."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import pytest

from services.matching.engine.areas import (
    AREAS,
    BANDS,
    CELLS,
    FAR,
    HALF_ROUND_KM,
    LODGING,
    PLACELESS,
    REMOTE,
    asked_for_posting,
    asked_for_worker,
    cell_at,
    cells_of_band,
    counts_in,
    first_of_band,
    holding_posting,
    holding_worker,
    touched,
)
from services.matching.engine.demand import demand
from services.matching.engine.geo import EARTH_RADIUS_KM, distance_km, point
from services.matching.engine.rules import Outcome, within_reach
from tests.matching.engine.builders import NOW, RELATED, a_posting, a_supply, place

Position = tuple[float, float]
EDGES = [-90.0, -89.999999, -88.0, -1e-9, 0.0, 1e-9, 2.0, 88.0, 89.999999, 90.0]
MERIDIANS = [-180.0, -179.999999, -2.0, 0.0, 2.0, 179.999999, 180.0]
RADII = [0.0, 0.5, 5.0, 20.0, 50.0, 99.9, 100.0, 100.1, 300.0, 2_000.0, 12_000.0]


def anywhere(rng: Random) -> Position:
    """Uniform on the sphere, or where arithmetic is hard."""
    if rng.random() < 0.4:
        lat, lon = rng.choice(EDGES), rng.choice(MERIDIANS)
        return lat, lon if rng.random() < 0.5 else rng.uniform(-180.0, 180.0)
    return math.degrees(math.asin(rng.uniform(-1.0, 1.0))), rng.uniform(-180.0, 180.0)


def away(start: Position, km: float, bearing: float) -> Position:
    """Where one comes to on a great circle."""
    phi, lam, way = math.radians(start[0]), math.radians(start[1]), km / EARTH_RADIUS_KM
    sine = math.sin(phi) * math.cos(way)
    sine += math.cos(phi) * math.sin(way) * math.cos(bearing)
    end = math.asin(max(-1.0, min(1.0, sine)))
    turn = math.atan2(
        math.sin(bearing) * math.sin(way) * math.cos(phi),
        math.cos(way) - math.sin(phi) * math.sin(end),
    )
    lon = (math.degrees(lam + turn) + 540.0) % 360.0 - 180.0
    return math.degrees(end), lon


def near_the_rim(rng: Random, centre: Position, radius: float) -> Position:
    share = rng.choice([rng.random(), 0.999, 0.999999999, 1.0])
    return away(centre, share * radius, rng.uniform(0.0, 2.0 * math.pi))


def site(at: Position) -> dict[str, Any]:
    return {"lat": at[0], "lon": at[1], "country": "GB"}


def test_every_position_is_in_one_cell_that_touches_it() -> None:
    rng = Random(1)
    for _ in range(5_000):
        at = anywhere(rng)
        assert 0 <= cell_at(*at) < CELLS
        assert cell_at(*at) in touched(*at, 0.0)
    assert cell_at(0.0, 180.0) == cell_at(0.0, -180.0)


def test_cells_are_about_as_wide_as_they_are_high() -> None:
    assert first_of_band(BANDS) == CELLS == AREAS - 4
    for band in range(2, BANDS - 2):
        middle = math.cos(math.radians((band + 0.5) * 2.0 - 90.0))
        assert 0.7 < 360.0 / cells_of_band(band) * middle / 2.0 < 1.3


@pytest.mark.parametrize("radius", RADII)
def test_a_circle_touches_the_cell_of_every_point_in_it(radius: float) -> None:
    rng = Random(radius)
    for _ in range(150):
        centre = anywhere(rng)
        cells = touched(*centre, radius)
        for _ in range(20):
            within = near_the_rim(rng, centre, radius)
            assert cell_at(*within) in cells, (centre, within)


@pytest.mark.parametrize("radius", [5.0, 20.0, 50.0, 100.0])
def test_a_circle_touches_no_cell_that_is_far_from_it(radius: float) -> None:
    rng = Random(radius)
    for _ in range(300):
        centre = rng.uniform(-80.0, 80.0), rng.uniform(-180.0, 180.0)
        # as many as a square of its size could at most
        assert len(touched(*centre, radius)) <= 4 + (radius > 70.0) * 2


def test_a_circle_round_the_earth_touches_everything() -> None:
    assert len(touched(10.0, 20.0, HALF_ROUND_KM)) == CELLS
    assert len(touched(10.0, 20.0, 1e9)) == CELLS


def test_whoever_is_eligible_is_held_by_an_area_that_the_posting_asks() -> None:
    rng = Random(7)
    reached = lodged = remote = 0
    for _ in range(6_000):
        radii = [rng.choice(RADII) for _ in range(rng.choice([0, 1, 1, 1, 2, 3]))]
        bases = [(anywhere(rng), radius) for radius in radii]
        worker = a_supply(
            places=[
                place({"lat": lat, "lon": lon}, radius) for (lat, lon), radius in bases
            ],
            accepts_lodging=rng.random() < 0.6,
            accepts_remote=rng.random() < 0.3,
        )
        ats = [anywhere(rng), anywhere(rng)]
        if bases:
            ats[1:] = [near_the_rim(rng, *rng.choice(bases)) for _ in range(2)]
        rng.shuffle(ats)
        facts = a_posting(
            place=site(ats[0]),
            pick_up_points=[
                {"lat": lat, "lon": lon} for lat, lon in ats[1 : rng.choice([1, 2, 3])]
            ],
            remote=rng.random() < 0.1,
            lodging=rng.random() < 0.5,
            radius_km=rng.choice([None, None, 50.0, 500.0]),
        )
        asked, held = asked_for_posting(facts), holding_worker(worker)
        assert len(set(asked)) == len(asked)
        if within_reach(worker, demand(facts, NOW, RELATED)).outcome is Outcome.PASS:
            assert counts_in(held, asked) in held
            assert asked_for_worker(worker) & holding_posting(facts)
            reached += 1
            remote += facts.remote
            lodged += counts_in(held, asked) == LODGING
    assert reached > 1_000
    assert remote > 50
    assert lodged > 20


def test_an_ordinary_posting_asks_its_cell_and_those_who_travel_far() -> None:
    posting = a_posting()
    own = cell_at(posting.site.lat, posting.site.lon)  # type: ignore[union-attr]
    assert asked_for_posting(posting) == (own, FAR)
    assert asked_for_posting(a_posting(lodging=True)) == (own, FAR, LODGING)
    assert asked_for_posting(a_posting(remote=True)) == (REMOTE,)
    assert holding_posting(a_posting(lodging=True)) == {own, LODGING}


def test_areas_that_are_no_cells() -> None:
    ordinary = a_supply()
    assert len(holding_worker(ordinary)) in (1, 2)
    assert all(area < CELLS for area in holding_worker(ordinary))
    far = a_supply(places=[place(radius_km=101.0)])
    assert holding_worker(far) == {FAR}
    assert len(asked_for_worker(far)) > 1
    lodger = a_supply(accepts_lodging=True, accepts_remote=True)
    assert holding_worker(lodger) == holding_worker(ordinary) | {LODGING, REMOTE}
    assert holding_worker(a_supply(places=[])) == {PLACELESS}
    assert asked_for_worker(a_supply(places=[])) == frozenset()


def test_who_is_held_twice_counts_once() -> None:
    posting = a_posting(lodging=True)
    held = holding_worker(a_supply(accepts_lodging=True))
    asked = asked_for_posting(posting)
    assert len([area for area in asked if area in held]) == 2
    assert counts_in(held, asked) == asked[0]
    assert counts_in(frozenset({PLACELESS}), asked) is None


def test_distances_used_here_are_those_of_the_rules() -> None:
    rng = Random(3)
    for _ in range(300):
        start = anywhere(rng)
        km = rng.uniform(0.0, 15_000.0)
        end = away(start, km, rng.uniform(0.0, 2.0 * math.pi))
        assert distance_km(point(*start), point(*end)) == pytest.approx(km, abs=0.01)
