"""How far a posting is from a worker, and whether both radii allow it."""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import Any

from services.matching.engine.geo import EARTH_RADIUS_KM
from services.matching.engine.kernel_time import Moment
from services.matching.engine.layout import f8_at
from services.matching.engine.native import inlined
from services.matching.engine.posting_rows import SITE_WORDS
from services.matching.engine.worker_rows import PLACE_WORDS

OUT_OF_REACH = -1.0
SURELY = 1e-9


@inlined
def reaches(worker: Any, posting: Any, moment: Moment, w: Any, p: Any) -> bool:
    """Whether `nearest_km` is not OUT_OF_REACH."""
    lodged = posting.lodging and worker.lodging
    for number in range(worker.places_n):
        place = worker.at + PLACE_WORDS * number
        if w[place + 10] > moment.first or w[place + 11] < moment.last:
            continue
        limit = posting.radius
        if not lodged:
            limit = min(limit, f8_at(w, place + 6))
        for site in range(posting.sites_n):
            half = half_chord(place, posting.at + SITE_WORDS * site, w, p)
            if is_within(half, limit):
                return True
    return False


@inlined
def half_chord(place: int, site: int, w: Any, p: Any) -> float:
    """Half the straight line between a place and a site, on the unit sphere."""
    x = f8_at(w, place) - f8_at(p, site)
    y = f8_at(w, place + 2) - f8_at(p, site + 2)
    z = f8_at(w, place + 4) - f8_at(p, site + 4)
    return math.sqrt(x * x + y * y + z * z) / 2.0


@inlined
def km_of(half: float) -> float:
    return 2.0 * EARTH_RADIUS_KM * math.asin(min(1.0, half))


@inlined
def is_within(half: float, limit: float) -> bool:
    """Whether `km_of(half) <= limit`, mostly without the arc: that is never shorter
    than its chord, and of short ones hardly longer."""
    chord = 2.0 * EARTH_RADIUS_KM * half
    if chord > limit * (1.0 + SURELY):
        return False
    if half < 0.25 and chord * (1.0 + half * half * 0.2 + SURELY) <= limit:
        return True
    return km_of(half) <= limit


@inlined
def nearest_km(
    worker: Any, posting: Any, moment: Moment, w: Any, p: Any
) -> tuple[float, int]:
    """The least distance that both radii allow, or OUT_OF_REACH, and by which way.

    The way is the site's number, or -1 - that where lodging waives the worker's radius.
    """
    lodged = posting.lodging and worker.lodging
    nearest, way = OUT_OF_REACH, 0
    for number in range(worker.places_n):
        place = worker.at + PLACE_WORDS * number
        if w[place + 10] > moment.first or w[place + 11] < moment.last:
            continue
        limit = f8_at(w, place + 6)
        for site in range(posting.sites_n):
            at = posting.at + SITE_WORDS * site
            km = km_of(half_chord(place, at, w, p))
            if km > posting.radius or (km > limit and not lodged):
                continue
            if nearest == OUT_OF_REACH or km < nearest:
                nearest = km
                way = site if km <= limit else -1 - site
    return nearest, way
