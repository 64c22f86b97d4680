"""Workers and postings beyond the usual in number, in distance and in kind."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

from services.matching.engine.facts import (
    PostingFacts,
    WorkerFacts,
    posting_facts,
    worker_facts,
)
from tests.matching.engine import generated
from tests.matching.engine.generated import HUBS, SKILLS

MANY_SKILLS = tuple(f"craft-{number}" for number in range(140))
MANY_MARKETS = ("temporary", "labor", "talent", "gig", "crew", "relief")
MANY_KINDS = ("full_time", "temporary", *(f"kind-{number}" for number in range(9)))
MANY_CURRENCIES = ("GBP", "CNY", "EUR")
# about the edges of what is near, what is far and what is round the earth
RADII_KM = (0, 0.05, 3, 20, 99, 100, 100.001, 101, 150, 400, 5000, 25_000)


def odd_worker(rng: Random, now: datetime, *, hub: int | None = None) -> WorkerFacts:
    hub = rng.randrange(len(HUBS)) if hub is None else hub
    document = generated.worker_document(rng, now, hub=hub)
    document |= _some(
        rng,
        {
            "skills": _claims(rng),
            "markets": rng.sample(MANY_MARKETS, rng.randint(0, 4)),
            "kinds": rng.sample(MANY_KINDS, rng.randint(0, 6)),
            "places": [_place(rng, hub, now) for _ in range(rng.choice((1, 1, 2, 5)))],
            "pay_floors": [_floor(rng) for _ in range(rng.randint(0, 3))],
        },
    )
    return worker_facts(document)


def odd_posting(rng: Random, now: datetime, *, hub: int | None = None) -> PostingFacts:
    hub = rng.randrange(len(HUBS)) if hub is None else hub
    document = generated.posting_document(rng, now, hub=hub)
    document |= _some(
        rng,
        {
            "required_skills": _asked(rng, rng.choice((0, 1, 1, 2))),
            "preferred_skills": _asked(rng, rng.choice((0, 1, 3, 20))),
            "market": rng.choice(MANY_MARKETS),
            "kind": rng.choice((*MANY_KINDS, None)),
            "place": _near_and_far(rng, hub),
            "pick_up_points": [
                _near_and_far(rng, hub) for _ in range(rng.choice((0, 1, 3)))
            ],
            "radius_km": rng.choice((None, *RADII_KM)),
            "pay": _pay(rng),
            "lodging": True,
        },
    )
    return posting_facts(document)


def _some(rng: Random, changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in changes.items() if rng.random() < 0.6}


def _claims(rng: Random) -> list[dict[str, Any]]:
    usual = rng.sample(SKILLS, rng.randint(2, len(SKILLS)))
    many = rng.sample(MANY_SKILLS, rng.choice((0, 3, 70, 110)))
    return [
        {"skill": skill, "level": rng.randint(1, 5), "years": None}
        for skill in (*usual, *many)
    ]


def _asked(rng: Random, count: int) -> list[dict[str, Any]]:
    return [
        {
            "skill": rng.choice((*SKILLS, *SKILLS, *MANY_SKILLS[:8], "unheard-of")),
            "level": rng.choice((1, 1, 2, 5)),
            "weight": rng.choice((0, 0.5, 1, 3)),
        }
        for _ in range(count)
    ]


def _near_and_far(rng: Random, hub: int) -> dict[str, float]:
    """At the hub, a few hundred metres to thousands of kilometres off, or anywhere."""
    lat, lon = HUBS[hub]
    off = rng.choice((0.0, 0.001, 0.03, 0.2, 0.9, 1.4, 8.0, 60.0))
    lat = max(-90.0, min(90.0, lat + rng.uniform(-off, off)))
    lon = (lon + rng.uniform(-off, off) + 540.0) % 360.0 - 180.0
    return {"lat": lat, "lon": lon}


def _place(rng: Random, hub: int, now: datetime) -> dict[str, Any]:
    window = generated.place(rng, hub, now)
    return window | _near_and_far(rng, hub) | {"radius_km": rng.choice(RADII_KM)}


def _floor(rng: Random) -> dict[str, Any]:
    return generated.floor(rng) | {"currency": rng.choice(MANY_CURRENCIES)}


def _pay(rng: Random) -> dict[str, Any]:
    return generated.pay(rng) | {"currency": rng.choice(MANY_CURRENCIES)}
