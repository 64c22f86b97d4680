"""Reading in one go gives what reading by way of the facts gives, faults included."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any
from uuid import UUID

import pytest

from services.matching.engine.facts import worker_facts
from services.matching.engine.index import Index
from services.matching.engine.supply import supply
from services.matching.engine.taxonomy import RelatedSkills

TIMES = ("00:00", "06:00", "08:30", "12:00", "18:30", "23:59")
WRONG: tuple[Any, ...] = (
    *(None, "", "x", 0, -1, 7, 1.5, True, [], {}, [None], ["x"], [{}], "24:00", "9:00"),
    *(float("nan"), float("inf"), 10**20, "2026-02-30", "2026-01-01T00:00:00", 181),
    *("2026-01-01T00:00:00Z", "\u0661\u0662:00", "Mars/Olympus", "urn:uuid:1"),
)


def a_document(rng: Random) -> dict[str, Any]:
    def some(most: int) -> range:
        return range(rng.randrange(most + 1))

    return {
        "id": str(UUID(int=rng.getrandbits(128))),
        "version": rng.randrange(100),
        "active": rng.random() < 0.9,
        "markets": rng.sample(["temporary", "labor", "talent"], rng.randrange(4)),
        "kinds": rng.sample(["part_time", "seasonal", "contract"], rng.randrange(4)),
        "skills": [
            {"skill": f"skill-{rng.randrange(9)}", "level": rng.randint(1, 5)}
            | rng.choice(({}, {"years": 2}, {"years": 2.5}, {"years": None}))
            for _ in some(6)
        ],
        "places": [
            {
                "lat": rng.choice((rng.uniform(-90, 90), 90, -90.0)),
                "lon": rng.choice((rng.uniform(-180, 180), 180, -180.0)),
                "radius_km": rng.choice((5, 20.5, 900.0)),
                "available_from": rng.choice((None, "2026-01-05")),
                "available_until": rng.choice((None, "2026-12-05")),
            }
            for _ in some(2)
        ],
        "accepts_lodging": rng.random() < 0.2,
        "accepts_remote": rng.random() < 0.2,
        "zone": rng.choice(("Europe/London", "Asia/Tokyo", "UTC", None)),
        "weekly": [
            {
                "weekday": rng.randrange(7),
                "start": rng.choice(TIMES[:3]),
                "end": rng.choice(TIMES[3:] + TIMES[:1]),
            }
            for _ in some(8)
        ],
        "exceptions": rng.choice(
            (
                [],
                [{"start": "2026-01-05T08:00", "end": "2026-01-05T12:00", "free": 1}],
            )
        ),
        "confirmed_at": rng.choice((None, "2026-11-02T08:15:01.000007+02:00")),
        "pay_floors": [
            {
                "unit": rng.choice(("hour", "month", "piece")),
                "amount": rng.randrange(10**6),
                "currency": rng.choice(("GBP", "EUR")),
            }
            for _ in some(2)
        ],
        "certificates": [
            {
                "certificate": rng.choice(("first-aid", "forklift-licence")),
                "expires_on": rng.choice((None, "2026-11-30", "2027-01-31")),
            }
            for _ in some(3)
        ],
        "languages": [
            {"language": rng.choice(("en", "de")), "level": rng.randint(1, 6)}
            for _ in some(3)
        ],
        "blocked_organisations": [str(UUID(int=rng.randrange(3))) for _ in some(3)],
        "last_active_at": rng.choice((None, "2026-11-02T08:15:01Z")),
        "credit": rng.choice((None, {}, {"shows": 3, "bookings": 4}, {"shows": 1.5})),
    }


def outcome(index: Index, document: Any, *, at_once: bool) -> object:
    """The packed worker, or the kind of the fault."""
    try:
        if at_once:
            return index.read_worker(document)
        worker = supply(worker_facts(document))
        return index.pack_worker(worker, index.names.intern)
    except Exception as fault:
        return type(fault)


def bent(rng: Random, document: dict[str, Any]) -> dict[str, Any]:
    """With one value anywhere replaced or left out."""
    document = deepcopy(document)
    holder, key = rng.choice(list(_values(document)))
    if isinstance(holder, dict) and rng.random() < 0.2:
        del holder[key]
    else:
        holder[key] = rng.choice(WRONG)
    return document


def _values(of: Any) -> Iterator[tuple[Any, Any]]:
    for key, value in list(of.items() if isinstance(of, dict) else enumerate(of)):
        yield of, key
        if isinstance(value, dict | list):
            yield from _values(value)


@pytest.mark.parametrize("seed", range(20))
def test_both_ways_give_the_same(seed: int) -> None:
    rng = Random(seed)
    index = Index(RelatedSkills({}))
    for _ in range(300):
        document = a_document(rng)
        for each in (document, bent(rng, document), bent(rng, document)):
            assert outcome(index, each, at_once=True) == outcome(
                index, each, at_once=False
            ), each
