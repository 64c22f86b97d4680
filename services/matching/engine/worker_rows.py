"""Workers in memory: the record, its run of words, and how facts become and leave them.

Minutes are UTC since 1970 (the pattern's: of the week), instants microseconds since
1970, days day numbers (see `clock`), positions millionths of a degree.

| section | words | each |
| --- | --- | --- |
| places | 12 | x, y, z, radius (float64), lat, lon, first day, last day |
| floors | 4 | amount (int64), currency, unit |
| skills | 1 | id and level, sorted |
| pattern | 1 | start and end as two halves, sorted |
| free, busy | 2 | start, end, sorted |
| certificates | 2 | id, last day, sorted |
| languages | 1 | id and level, sorted |
| blocked | 1 | id of an organisation, sorted |
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import struct
from typing import Any

from services.matching.engine.geo import point
from services.matching.engine.layout import (
    F8,
    FLAG,
    I2,
    I8,
    MOST,
    U4,
    Rows,
    Run,
    leveled,
    row_type,
)
from services.matching.engine.names import Number
from services.matching.engine.native import inlined
from services.matching.engine.pay import UNITS
from services.matching.engine.rough_hours import ALL_HOURS, free_hours
from services.matching.engine.strips import micro
from services.matching.engine.supply import Base, Supply
from services.matching.engine.zones import Zones

NEVER = -(1 << 63)
MOST_MARKETS, MOST_KINDS = 8, 32
PLACE_WORDS, FLOOR_WORDS, SPAN_WORDS, HELD_WORDS = 12, 4, 2, 2

WORKER_SECTIONS = {
    "places": PLACE_WORDS,
    "floors": FLOOR_WORDS,
    "skills": 1,
    "pattern": 1,
    "free": SPAN_WORDS,
    "busy": SPAN_WORDS,
    "certificates": HELD_WORDS,
    "languages": 1,
    "blocked": 1,
}
WORKER = row_type(
    {
        "markets": FLAG,  # a bit each, as is kinds
        "lodging": FLAG,
        "remote": FLAG,
        "zone": I2,
        "kinds": U4,
        "rough_hours": U4,  # see rough_hours.py
        "confirmed": I8,
        "active": I8,
        "shows": F8,
        "bookings": F8,
    },
    WORKER_SECTIONS,
)
WORKER_ROWS = Rows(WORKER)


@inlined
def floors_at(worker: Any) -> int:
    return worker.at + PLACE_WORDS * worker.places_n


@inlined
def skills_at(worker: Any) -> int:
    return floors_at(worker) + FLOOR_WORDS * worker.floors_n


@inlined
def pattern_at(worker: Any) -> int:
    return skills_at(worker) + worker.skills_n


@inlined
def free_at(worker: Any) -> int:
    return pattern_at(worker) + worker.pattern_n


@inlined
def busy_at(worker: Any) -> int:
    return free_at(worker) + SPAN_WORDS * worker.free_n


@inlined
def certificates_at(worker: Any) -> int:
    return busy_at(worker) + SPAN_WORDS * worker.busy_n


@inlined
def languages_at(worker: Any) -> int:
    return certificates_at(worker) + HELD_WORDS * worker.certificates_n


@inlined
def blocked_at(worker: Any) -> int:
    return languages_at(worker) + worker.languages_n


@inlined
def worker_words(worker: Any) -> int:
    """How many words its run has."""
    return blocked_at(worker) + worker.blocked_n - worker.at


def pack_worker(worker: Supply, number: Number, zones: Zones) -> Run:
    """Raises ValueError for a zone that does not exist, and for more than MOST of a
    kind."""
    floors, pattern, free, busy = (
        worker.floors,
        worker.pattern,
        worker.free,
        worker.busy,
    )
    skills = _leveled(worker.levels, "skill", number)
    languages = _leveled(worker.languages, "language", number)
    certificates = sorted(
        (number("certificate", name), last)
        for name, last in worker.certificates.items()
    )
    blocked = sorted(number("organisation", id) for id in worker.blocked)
    words = [leveled(*skill) for skill in skills]
    weekly = tuple(start << 16 | end for start, end in pattern)
    words += weekly
    for pairs in (free, busy, certificates):
        for pair in pairs:
            words += pair
    words += [leveled(*language) for language in languages]
    words += blocked
    run = b"".join(
        (
            *[_place(base) for base in worker.bases],
            *[
                FLOOR.pack(
                    floor.amount,
                    number("currency", floor.currency),
                    UNITS.index(floor.unit),
                )
                for floor in floors
            ],
            struct.pack(f"<{len(words)}i", *words),
        )
    )
    counts = (
        len(worker.bases),
        len(floors),
        len(skills),
        len(pattern),
        len(free),
        len(busy),
        len(certificates),
        len(languages),
        len(blocked),
    )
    if max(counts) > MOST:
        raise ValueError(f"more than {MOST} of one kind in one worker")
    confirmed, active = worker.confirmed_us, worker.last_active_us
    id = worker.id.int
    row = WORKER_ROWS.pack(
        id >> 64,
        id & LOW,
        0,
        worker.version,
        True,
        worker.active,
        _bits(worker.markets, "market", number, MOST_MARKETS),
        worker.accepts_lodging,
        worker.accepts_remote,
        zones.number(worker.zone),
        _bits(worker.kinds, "kind", number, MOST_KINDS),
        ALL_HOURS if free else free_hours(worker.zone, weekly),
        NEVER if confirmed is None else confirmed,
        NEVER if active is None else active,
        worker.shows,
        worker.bookings,
        *counts,
    )
    return Run(row, run)


LOW = (1 << 64) - 1
PLACE = struct.Struct("<4d4i")
FLOOR = struct.Struct("<qii")


def _place(base: Base) -> bytes:
    return PLACE.pack(
        *point(base.lat, base.lon),
        base.radius_km,
        micro(base.lat),
        micro(base.lon),
        base.first,
        base.last,
    )


def _leveled(
    values: dict[str, int], vocabulary: str, number: Number
) -> list[tuple[int, int]]:
    return sorted([(number(vocabulary, name), value) for name, value in values.items()])


def _bits(names: frozenset[str], vocabulary: str, number: Number, most: int) -> int:
    """One bit for each name; what nothing in the index carries has none.

    The last bit stands for all of those: something is sought, only not here.
    """
    bits = 0
    for name in names:
        place = number(vocabulary, name)
        if place >= most - 1:
            raise ValueError(f"more than {most - 1} names of a {vocabulary}")
        bits |= 1 << (most - 1 if place < 0 else place)
    return bits
