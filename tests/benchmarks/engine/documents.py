"""Rows of the market as the documents that the services publish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.benchmarks.engine.hours import DAY
from tests.benchmarks.engine.places import centres
from tests.benchmarks.engine.postings import ALL, ANY, NO_SHIFT, REQUIRED, Postings
from tests.benchmarks.engine.workers import NO_SKILL, Workers
from tests.benchmarks.engine.world import (
    CERTIFICATES,
    CURRENCIES,
    HALF_HOUR,
    KINDS,
    LANGUAGE_LEVELS,
    LANGUAGES,
    MARKETS,
    MONDAY,
    REGIONS,
    World,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ORGANISATION = UUID(int=5)
HALF = (1 << 64) - 1


def skill_name(skill: int) -> str:
    return f"skill-{skill}"


def id_of(id_high: int, row: int) -> UUID:
    return UUID(int=int(id_high) << 64 | row)


def row_of(id: UUID) -> int:
    return id.int & HALF


def worker_document(world: World, workers: Workers, row: int) -> dict[str, Any]:
    lat, lon = centres(workers.cells[row]).tolist()
    wants = int(workers.wants[row])
    city = workers.city[row]
    return {
        "id": id_of(workers.id_high[row], row),
        "version": 1,
        "active": True,
        "markets": _names(MARKETS, wants),
        "kinds": _names(KINDS, wants >> len(MARKETS)),
        "skills": [
            {"skill": skill_name(skill), "level": level}
            for skill, level in zip(
                workers.skills[row].tolist(), workers.levels[row].tolist(), strict=True
            )
            if skill != NO_SKILL
        ],
        "places": [{"lat": lat, "lon": lon, "radius_km": float(workers.radius[row])}],
        "zone": REGIONS[world.region[city]].zone,
        "weekly": [
            _interval(day, opens, closes)
            for day, (opens, closes) in enumerate(
                zip(
                    workers.opens[row].tolist(),
                    workers.closes[row].tolist(),
                    strict=True,
                )
            )
            if closes > opens
        ],
        "confirmed_at": _instant(workers.confirmed[row]),
        "pay_floors": [
            {
                "unit": "hour",
                "amount": int(workers.floor[row]),
                "currency": CURRENCIES[workers.currency[row]],
            }
        ],
        "certificates": [
            {"certificate": name}
            for name in _names(CERTIFICATES, int(workers.certificates[row]))
        ],
        "languages": _languages(int(workers.languages[row])),
        "last_active_at": _instant(workers.active[row]),
        "credit": {
            "shows": int(workers.shows[row]),
            "bookings": int(workers.bookings[row]),
        },
    }


def posting_document(world: World, postings: Postings, row: int) -> dict[str, Any]:
    lat, lon = centres(postings.cells[row]).tolist()
    region = REGIONS[world.region[postings.city[row]]]
    level = int(postings.language_level[row])
    language = LANGUAGES[postings.language[row]]
    top = int(postings.top[row])
    return {
        "id": id_of(postings.id_high[row], row),
        "version": 1,
        "organisation": ORGANISATION,
        "status": "open",
        "market": MARKETS[postings.market[row]],
        "kind": KINDS[postings.kind[row]],
        "required_skills": _asked(postings, row, slice(0, REQUIRED)),
        "preferred_skills": _asked(postings, row, slice(REQUIRED, None)),
        "certificates": _names(CERTIFICATES, int(postings.certificates[row])),
        "languages": [{"language": language, "level": level}] if level else [],
        "pay": {"currency": region.currency, "unit": "hour", "maximum": top},
        "place": {"lat": lat, "lon": lon},
        "radius_km": float(postings.radius[row]),
        "zone": region.zone,
        "commitment": _commitment(int(postings.commitment[row])),
        **_shifts(world, postings, row),
    }


def _asked(postings: Postings, row: int, places: slice) -> list[dict[str, Any]]:
    return [
        {"skill": skill_name(skill), "level": level, "weight": weight}
        for skill, level, weight in zip(
            postings.skills[row, places].tolist(),
            postings.levels[row, places].tolist(),
            postings.weights[row, places].tolist(),
            strict=True,
        )
        if skill != NO_SKILL
    ]


def _shifts(world: World, postings: Postings, row: int) -> dict[str, Any]:
    found = [
        (day, start, slots)
        for day, start, slots in zip(
            postings.day[row].tolist(),
            postings.start[row].tolist(),
            postings.slots[row].tolist(),
            strict=True,
        )
        if day != NO_SHIFT
    ]
    if postings.weekly[row]:
        weekly = [_interval(day, start, start + slots) for day, start, slots in found]
        return {"weekly": weekly}
    ahead = int(world.offset[postings.city[row]])
    spans = [(day * DAY + start - ahead, slots) for day, start, slots in found]
    return {
        "shifts": [
            {
                "start": MONDAY + start * HALF_HOUR,
                "end": MONDAY + (start + slots) * HALF_HOUR,
            }
            for start, slots in spans
        ]
    }


def _commitment(commitment: int) -> dict[str, Any]:
    if commitment == ALL:
        return {"kind": "all"}
    if commitment == ANY:
        return {"kind": "any"}
    return {"kind": "at_least", "count": commitment}


def _interval(day: int, start: int, end: int) -> dict[str, Any]:
    return {"weekday": day, "start": _clock(start), "end": _clock(end)}


def _clock(slot: int) -> str:
    return f"{slot % DAY // 2:02}:{slot % 2 * 30:02}"


def _instant(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=int(us))


def _names(names: tuple[str, ...], bits: int) -> list[str]:
    return [name for bit, name in enumerate(names) if bits >> bit & 1]


def _languages(bits: int) -> list[dict[str, Any]]:
    """Each language at the highest of its levels that is set."""
    one = (1 << LANGUAGE_LEVELS) - 1
    levels = [
        (bits >> LANGUAGE_LEVELS * number & one).bit_length()
        for number in range(len(LANGUAGES))
    ]
    return [
        {"language": name, "level": level}
        for name, level in zip(LANGUAGES, levels, strict=True)
        if level
    ]
