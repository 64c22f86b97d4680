"""Where people and work are: 0.01 degree cells around the centres of cities."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.engine.world import World

KM_A_DEGREE = 111.195
CELLS_A_DEGREE = 100


def draw_cells(
    rng: np.random.Generator, world: World, count: int, closer: float = 1.0
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Each one's city, and (count, 2) cells of (lat, lon), counted from 0 degrees.

    `closer` below 1 draws them in towards the centre: work is nearer than homes.
    """
    city = rng.choice(len(world.city_share), count, p=world.city_share)
    return city, scatter(rng, world, city, closer)


def scatter(
    rng: np.random.Generator, world: World, city: NDArray[Any], closer: float
) -> NDArray[Any]:
    north, east = rng.normal(0.0, 1.0, (2, len(city))) * world.spread[city] * closer
    lat = world.city_lat[city] + north / KM_A_DEGREE
    lon = world.city_lon[city] + east / (KM_A_DEGREE * np.cos(np.radians(lat)))
    degrees = np.stack([lat, lon], axis=1)
    cells: NDArray[Any] = np.floor(degrees * CELLS_A_DEGREE).astype(np.int32)
    return cells


def centres(cells: Any) -> Any:
    """Degrees of the centres of cells."""
    return (2 * cells + 1) / (2.0 * CELLS_A_DEGREE)


def unit_vectors(cells: NDArray[Any]) -> NDArray[Any]:
    """(count, 3): the centres of (lat, lon) cells on the unit sphere."""
    lat, lon = np.radians(centres(cells)).T
    return np.stack(
        [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1
    )
