"""Workers as columns: the record of a row, its pools, and how facts become them.

Runs of ids are sorted by id. Minutes are UTC since 1970 (the pattern's: of the week),
instants microseconds since 1970, days day numbers (see `clock`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.columns import (
    F8,
    FLAG,
    HELD,
    I4,
    I8,
    SPAN,
    U8,
    Columns,
    Packed,
    Records,
)
from services.matching.engine.facts import WorkerFacts
from services.matching.engine.geo import reach2
from services.matching.engine.names import Number
from services.matching.engine.order import key
from services.matching.engine.pay import UNITS
from services.matching.engine.supply import supply
from services.matching.engine.zones import Zones

NEVER = -(1 << 63)

PLACE = np.dtype(
    [
        ("x", F8),
        ("y", F8),
        ("z", F8),
        ("radius", F8),
        ("reach", F8),
        ("first", I4),
        ("last", I4),
    ]
)
FLOOR = np.dtype([("amount", I8), ("currency", I4), ("unit", I4)])

WORKER = {
    "key": U8,
    "live": FLAG,
    "lodging": FLAG,
    "remote": FLAG,
    "zone": I4,
    "confirmed": I8,
    "active": I8,
    "shows": F8,
    "bookings": F8,
}
POOLS = {
    "places": PLACE,
    "skills": HELD,
    "pattern": SPAN,
    "free": SPAN,
    "busy": SPAN,
    "floors": FLOOR,
    "certificates": HELD,
    "languages": HELD,
    "markets": I4,
    "kinds": I4,
    "blocked": I4,
}


class WorkerArrays(NamedTuple):
    """What the kernel reads: the rows, then the pools in the order of POOLS."""

    rows: NDArray[Any]
    places: NDArray[Any]
    skills: NDArray[Any]
    pattern: NDArray[Any]
    free: NDArray[Any]
    busy: NDArray[Any]
    floors: NDArray[Any]
    certificates: NDArray[Any]
    languages: NDArray[Any]
    markets: NDArray[Any]
    kinds: NDArray[Any]
    blocked: NDArray[Any]


def worker_columns() -> Columns:
    return Columns(WORKER, POOLS)


def pack_worker(worker: WorkerFacts, number: Number, zones: Zones) -> Packed:
    """A worker's row and its runs; inactive ones are not live.

    Raises ValueError for a zone that does not exist.
    """
    offered = supply(worker)
    confirmed, active = offered.confirmed_us, offered.last_active_us
    row = (
        key(worker.id),
        worker.active,
        worker.accepts_lodging,
        worker.accepts_remote,
        zones.number(worker.zone),
        NEVER if confirmed is None else confirmed,
        NEVER if active is None else active,
        offered.shows,
        offered.bookings,
    )
    runs: tuple[Records, ...] = (
        [
            (*base.at, base.radius_km, reach2(base.radius_km), base.first, base.last)
            for base in offered.bases
        ],
        _held(offered.levels, "skill", number),
        offered.pattern,
        offered.free,
        offered.busy,
        [
            (floor.amount, number("currency", floor.currency), UNITS.index(floor.unit))
            for floor in offered.floors
        ],
        _held(offered.certificates, "certificate", number),
        _held(offered.languages, "language", number),
        sorted([number("market", market) for market in offered.markets]),
        sorted([number("kind", kind) for kind in offered.kinds]),
        sorted([number("organisation", blocked) for blocked in offered.blocked]),
    )
    return row, runs


def _held(values: dict[str, int], vocabulary: str, number: Number) -> Records:
    return sorted([(number(vocabulary, name), value) for name, value in values.items()])
