"""The earth in areas: which of them hold a worker, and which a posting's query asks.

An area is what one index may hold of a market too large for one. Cells are CELL degrees
high and about as wide, so that a band has fewer of them towards a pole. A cell should
be large beside a usual travel circle, for whoever is near an edge is held on both sides
of it, and small beside a country, for cells are what is spread over machines. At 2
degrees (222 km) a radius of 20 km touches 1.4 cells on average, one of 50 km 2.1; at 1
degree that is 1.8 and 3.4, at 4 degrees 1.2 and 1.5. A large city has one cell however
small they are.

Four areas are no cells. REMOTE holds who accepts remote work. FAR holds who travels
further than NEAR_KM from some place: in cells they would be nearly everywhere. LODGING
holds who accepts lodging, which waives the radius where it is offered. PLACELESS holds
who has not said where they are, and never fits, only may be asked.

A posting at one site asks its cell and FAR, and LODGING if it offers any. So whoever
reaches it is held by an area that it asks:

- with a place whose radius is up to NEAR_KM, by the cell of the site, which the circle
  touches;
- with a wider one, by FAR;
- beyond their radius, by LODGING.

Both last ones are small. An index may hold them beside its cells, and then a query goes
to one place. Who is held by several areas that a query asks counts in the first of
them: see `counts_in`.

For a worker's own list it is the other way round: a posting is held by its sites'
cells, and by LODGING or REMOTE if it offers that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cache

from services.matching.engine.demand import sites
from services.matching.engine.facts import PostingFacts
from services.matching.engine.geo import EARTH_RADIUS_KM
from services.matching.engine.strips import NEAR_KM
from services.matching.engine.supply import Supply

CELL = 2.0
BANDS = round(180.0 / CELL)

# Positions are rounded to a millionth of a degree, 11 cm, and a cosine near 1 loses as
# much: circles are taken a metre wider, so that a cell too many is named, never one
# too few.
MARGIN_KM = 0.001
HALF_ROUND_KM = math.pi * EARTH_RADIUS_KM

Areas = frozenset[int]


@cache
def cells_of_band(band: int) -> int:
    """How many cells lie in a band, counted from the south pole; as wide as they are
    high at the edge that is nearer to the equator."""
    edge = min(abs(band * CELL - 90.0), abs((band + 1) * CELL - 90.0))
    return max(1, round(360.0 / CELL * math.cos(math.radians(edge))))


@cache
def first_of_band(band: int) -> int:
    return sum(cells_of_band(south) for south in range(band))


CELLS = first_of_band(BANDS)
REMOTE, FAR, LODGING, PLACELESS = range(CELLS, CELLS + 4)
AREAS = CELLS + 4


def cell_at(lat: float, lon: float) -> int:
    """The cell of a position in degrees; the antimeridian belongs to the east of it."""
    band = min(int((lat + 90.0) / CELL), BANDS - 1)
    return first_of_band(band) + _column(lon, band)


def _column(lon: float, band: int) -> int:
    """How many cells of the band lie wholly west of a longitude of less than a turn."""
    count = cells_of_band(band)
    return math.floor((lon + 180.0) / 360.0 * count) % count


def middle_of(cell: int) -> tuple[float, float]:
    """Latitude and longitude of a cell's middle, in degrees."""
    band = next(band for band in reversed(range(BANDS)) if first_of_band(band) <= cell)
    column = cell - first_of_band(band)
    width = 360.0 / cells_of_band(band)
    return (band + 0.5) * CELL - 90.0, (column + 0.5) * width - 180.0


def touched(lat: float, lon: float, radius_km: float) -> Areas:
    """The cells that a circle on the sphere touches."""
    reach = (radius_km + MARGIN_KM) / EARTH_RADIUS_KM
    if reach >= math.pi:
        return frozenset(range(CELLS))
    rise = math.degrees(reach)
    first = max(0, int((lat - rise + 90.0) / CELL))
    last = min(BANDS - 1, int((lat + rise + 90.0) / CELL))
    found: set[int] = set()
    for band in range(first, last + 1):
        found.update(_touched_in_band(lat, lon, reach, band))
    return frozenset(found)


def _touched_in_band(lat: float, lon: float, reach: float, band: int) -> Iterable[int]:
    start, count = first_of_band(band), cells_of_band(band)
    half = _half_width(lat, reach, band)
    if half is None:
        return range(start, start + count)
    west = math.floor((lon - half + 180.0) / 360.0 * count)
    east = math.floor((lon + half + 180.0) / 360.0 * count)
    if east - west + 1 >= count:
        return range(start, start + count)
    return [start + column % count for column in range(west, east + 1)]


def _half_width(lat: float, reach: float, band: int) -> float | None:
    """How far a circle reaches in a band, in degrees of longitude to either side; None:
    all the way round."""
    phi = math.radians(lat)
    south = max(math.radians(band * CELL - 90.0), phi - reach)
    north = min(math.radians((band + 1) * CELL - 90.0), phi + reach)
    if phi + reach >= math.pi / 2.0 or phi - reach <= -math.pi / 2.0:
        return None  # over a pole
    # where a meridian just touches the circle it is widest
    widest = math.asin(max(-1.0, min(1.0, math.sin(phi) / math.cos(reach))))
    at = max(south, min(north, widest))
    across = math.cos(reach) - math.sin(phi) * math.sin(at)
    across /= math.cos(phi) * math.cos(at)
    return math.degrees(math.acos(max(-1.0, min(1.0, across)))) + 1e-5


def holding_worker(worker: Supply) -> Areas:
    """Every area that holds a worker."""
    held: set[int] = set()
    for base in worker.bases:
        if base.radius_km > NEAR_KM:
            held.add(FAR)
        else:
            held |= touched(base.lat, base.lon, base.radius_km)
    if worker.accepts_lodging and worker.bases:
        held.add(LODGING)
    if worker.accepts_remote:
        held.add(REMOTE)
    if not worker.bases:
        held.add(PLACELESS)
    return frozenset(held)


def asked_for_posting(posting: PostingFacts) -> tuple[int, ...]:
    """The areas that hold everybody who may fit, its own cell first; one cell unless
    there are pick-up points elsewhere."""
    if posting.remote:
        return (REMOTE,)
    cells = dict.fromkeys(cell_at(site.lat, site.lon) for site in sites(posting))
    return (*cells, FAR, LODGING) if posting.lodging else (*cells, FAR)


def holding_posting(posting: PostingFacts) -> Areas:
    """Every area that holds a posting."""
    if posting.remote:
        return frozenset({REMOTE})
    cells = frozenset(cell_at(site.lat, site.lon) for site in sites(posting))
    return cells | {LODGING} if posting.lodging else cells


def asked_for_worker(worker: Supply) -> Areas:
    """The areas that hold every posting that may fit: a few, unless somebody travels
    very far."""
    asked = {
        cell
        for base in worker.bases
        for cell in touched(base.lat, base.lon, base.radius_km)
    }
    if worker.accepts_lodging and worker.bases:
        asked.add(LODGING)
    if worker.accepts_remote:
        asked.add(REMOTE)
    return frozenset(asked)


def counts_in(held: Areas, asked: Sequence[int]) -> int | None:
    """The one area, of those that are asked, in which somebody held by `held` counts;
    None: they are in none."""
    return next((area for area in asked if area in held), None)
