"""Random workers and postings that meet often and crowd the edges of every rule."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from services.matching.engine.facts import (
    PostingFacts,
    WorkerFacts,
    posting_facts,
    worker_facts,
)
from services.matching.engine.pay import UNITS
from services.matching.engine.taxonomy import RelatedSkills

ZONES = (
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",  # its summer time is half an hour
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "America/St_Johns",
    "Pacific/Apia",
    "Africa/Casablanca",  # changes its clock around Ramadan
    "Antarctica/Troll",  # its summer time is two hours
    "UTC",
)
CLOCK_CHANGES = (
    datetime(2026, 10, 25, 1, tzinfo=UTC),  # London
    datetime(2027, 3, 28, 1, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),  # New York
    datetime(2027, 3, 14, 7, tzinfo=UTC),
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),  # Lord Howe
    datetime(2027, 4, 3, 15, tzinfo=UTC),
    datetime(2027, 2, 7, 2, tzinfo=UTC),  # Casablanca
    datetime(2011, 12, 30, 10, tzinfo=UTC),  # Apia left a day out
)
HUBS = (
    (51.505, -0.125),
    (40.715, -74.005),
    (-16.815, 179.995),  # the antimeridian
    (-16.815, -179.995),
    (89.995, 12.005),  # the poles
    (89.995, -167.995),
    (-89.995, 0.005),
    (0.005, 0.005),
)
SKILLS = tuple(f"skill-{number}" for number in range(8))
RELATED = RelatedSkills(
    {
        "skill-0": {"skill-1": 0.8, "skill-2": 0.35},
        "skill-1": {"skill-0": 0.8},
        "skill-3": {"skill-4": 0.6, "skill-5": 0.6, "skill-6": 0.1},
        "skill-7": {"skill-unheard-of": 1.0},
    }
)
CERTIFICATES = ("forklift-licence", "first-aid")
LANGUAGES = ("en", "zh")
MARKETS = ("temporary", "labor", "talent")
KINDS = ("full_time", "temporary")
CURRENCIES = ("GBP",) * 9 + ("CNY",)
ORGANISATIONS = tuple(UUID(int=700 + number) for number in range(6))


def moment(rng: Random) -> datetime:
    """A time to ask at: mostly days before some clock changes."""
    change = rng.choice(CLOCK_CHANGES)
    return change - timedelta(minutes=rng.randrange(6 * 1440), seconds=rng.random())


def an_id(rng: Random) -> UUID:
    return UUID(int=rng.getrandbits(128))


def generated_worker(
    rng: Random, now: datetime, *, hub: int | None = None
) -> WorkerFacts:
    return worker_facts(worker_document(rng, now, hub=hub))


def worker_document(
    rng: Random, now: datetime, *, hub: int | None = None
) -> dict[str, Any]:
    hub = rng.randrange(len(HUBS)) if hub is None else hub
    return {
        "id": str(an_id(rng)),
        "version": rng.randrange(1, 9),
        "active": rng.random() < 0.95,
        "markets": _some(rng, MARKETS * 3, empty=0.05),
        "kinds": _some(rng, KINDS * 3, empty=0.05),
        "skills": _claims(rng),
        "places": [
            place(rng, hub, now) for _ in range(rng.choice((0, *(1, 2, 3) * 4)))
        ],
        "accepts_lodging": rng.random() < 0.4,
        "accepts_remote": rng.random() < 0.6,
        "zone": _zone(rng, hub),
        "weekly": pattern(rng),
        "exceptions": exceptions(rng, now),
        "free": [span(rng, now) for _ in range(rng.choice((0, 0, 0, 1, 2)))],
        "busy": [span(rng, now) for _ in range(rng.choice((0, 0, 0, 1, 2)))],
        "confirmed_at": _maybe_past(rng, now, days=16, missing=0.05),
        "pay_floors": [
            floor(rng) for _ in range(rng.choice((0, *(1, 1, 1, 2, 3) * 2)))
        ],
        "certificates": [
            {
                "certificate": name,
                "expires_on": None
                if rng.random() < 0.6
                else str(now.date() + timedelta(days=rng.randrange(-2, 9))),
            }
            for name in _some(rng, CERTIFICATES * 2, empty=0.2)
        ],
        "languages": [
            {"language": name, "level": rng.randint(1, 6)}
            for name in _some(rng, LANGUAGES * 2, empty=0.1)
        ],
        "blocked_organisations": [
            str(id) for id in ORGANISATIONS if rng.random() < 0.08
        ],
        "last_active_at": _maybe_past(rng, now, days=90, missing=0.1),
        "credit": rng.choice(
            (None, {"shows": 3, "bookings": 3}, {"shows": 1.5, "bookings": 4})
        ),
    }


def generated_posting(
    rng: Random, now: datetime, *, hub: int | None = None
) -> PostingFacts:
    return posting_facts(posting_document(rng, now, hub=hub))


def posting_document(
    rng: Random, now: datetime, *, hub: int | None = None
) -> dict[str, Any]:
    hub = rng.randrange(len(HUBS)) if hub is None else hub
    remote = rng.random() < 0.15
    schedule = rng.choice(("dated", "dated", "weekly", "none"))
    return {
        "id": str(an_id(rng)),
        "organisation": str(rng.choice(ORGANISATIONS)),
        "market": rng.choice(MARKETS),
        "kind": rng.choice((*KINDS, None)),
        "required_skills": _asked(rng, rng.choice((0, 1, 1, 1, 2))),
        "preferred_skills": _asked(rng, rng.choice((0, 0, 1, 2))),
        "certificates": _some(rng, CERTIFICATES, empty=0.7),
        "languages": [
            {"language": name, "level": rng.randint(1, 4)}
            for name in _some(rng, LANGUAGES, empty=0.7)
        ],
        "pay": pay(rng) if rng.random() < 0.9 else None,
        "place": None if remote and rng.random() < 0.5 else _site(rng, hub),
        "remote": remote,
        "radius_km": rng.choice((None, 0, 5, 30, 30, 30, 300.5)),
        "lodging": rng.random() < 0.3,
        "pick_up_points": [_site(rng, hub) for _ in range(rng.choice((0, 0, 0, 1, 2)))],
        "zone": _zone(rng, hub),
        "shifts": [span(rng, now) for _ in range(rng.choice((1, 1, 2, 5)))]
        if schedule == "dated"
        else [],
        "weekly": [interval(rng) for _ in range(rng.choice((1, 2, 5)))]
        if schedule == "weekly"
        else [],
        "starts_on": rng.choice(
            (None, str(now.date() + timedelta(days=rng.randrange(-9, 40))))
        ),
        "commitment": rng.choice(
            ({"kind": "all"}, {"kind": "any"}, {"kind": "at_least", "count": 2})
        ),
        "expires_at": rng.choice(
            (None, _instant(now + timedelta(hours=rng.randrange(-2, 20))))
        ),
    }


def pattern(rng: Random) -> list[dict[str, Any]]:
    """A week: always, long days, nights, a few odd intervals, or nothing."""
    match rng.choice(("always",) * 4 + ("days", "nights", "odd", "odd", "none")):
        case "always":
            halves = (("00:00", "12:00"), ("12:00", "00:00"))
            return [weekly(day, *half) for day in range(7) for half in halves]
        case "days":
            return [weekly(day, "05:30", "22:07") for day in range(7)]
        case "nights":
            return [weekly(day, "19:00", "09:00") for day in range(7)]
        case "odd":
            return [interval(rng) for _ in range(rng.randrange(1, 12))]
    return []


def interval(rng: Random) -> dict[str, Any]:
    """Often off the half hour, over midnight, or on Sunday night."""
    start = rng.choice((rng.randrange(1440), 30 * rng.randrange(48)))
    length = rng.choice((rng.randrange(1, 1440), 60 * rng.randrange(1, 12)))
    end = (start + length) % 1440
    return weekly(rng.choice((0, 1, 2, 3, 4, 5, 6, 6)), _clock(start), _clock(end))


def weekly(weekday: int, start: str, end: str) -> dict[str, Any]:
    return {"weekday": weekday, "start": start, "end": end}


def exceptions(rng: Random, now: datetime) -> list[dict[str, Any]]:
    found = []
    for _ in range(rng.choice((0, 0, 1, 1, 2, 4))):
        start = (now + timedelta(minutes=rng.randrange(-3000, 12000))).replace(
            tzinfo=None, second=0, microsecond=0
        )
        length = rng.choice((30, 480, 1440, rng.randrange(1, 5000)))
        end = start + timedelta(minutes=length)
        free = rng.random() < 0.7
        found.append({"start": str(start), "end": str(end), "free": free})
    return found


def span(rng: Random, now: datetime) -> dict[str, str]:
    """Minutes to days long; soon, after the month, or years away."""
    ahead = rng.choice(
        (
            rng.randrange(10_000),
            rng.randrange(10_000),
            rng.randrange(10_000),
            rng.randrange(60_000, 120_000),
            rng.randrange(500_000, 5_000_000),
        )
    )
    start = now + timedelta(minutes=ahead)
    if rng.random() < 0.8:
        start = start.replace(second=0, microsecond=0)
    length = rng.choice((rng.randrange(1, 600), 480, 240, rng.randrange(1, 3000)))
    return {
        "start": _instant(start),
        "end": _instant(start + timedelta(minutes=length)),
    }


def _instant(value: datetime) -> str:
    return value.isoformat()


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _zone(rng: Random, hub: int) -> str:
    return ZONES[hub] if rng.random() < 0.6 else rng.choice(ZONES)


def _some(rng: Random, names: tuple[str, ...], *, empty: float) -> list[str]:
    if rng.random() < empty:
        return []
    return rng.sample(names, rng.randint(1, len(names)))


def _maybe_past(rng: Random, now: datetime, *, days: int, missing: float) -> str | None:
    if rng.random() < missing:
        return None
    exactly = rng.random() < 0.05
    ago = timedelta(days=14) if exactly else timedelta(days=days * rng.random())
    return _instant(now - ago)


def _claims(rng: Random) -> list[dict[str, Any]]:
    return [
        {"skill": rng.choice(SKILLS), "level": rng.randint(1, 5), "years": None}
        for _ in range(rng.choice((0, 3, *(6, 9, 12) * 3)))
    ]


def _asked(rng: Random, count: int) -> list[dict[str, Any]]:
    return [
        {
            "skill": skill,
            "level": rng.choice((1, 1, 2, 3, 5)),
            "weight": rng.choice((0.0, 0.5, 1.0, 1 / 3)),
        }
        for skill in rng.sample(SKILLS, count)
    ]


def _near(rng: Random, hub: int) -> tuple[float, float]:
    lat, lon = HUBS[hub]
    if rng.random() < 0.3:
        return lat, lon
    lat = min(90.0, max(-90.0, lat + 0.01 * rng.randrange(-20, 21)))
    lon = lon + 0.01 * rng.randrange(-20, 21)
    return lat, (lon + 180.0) % 360.0 - 180.0


def place(rng: Random, hub: int, now: datetime) -> dict[str, Any]:
    lat, lon = _near(rng, hub)
    return {
        "lat": lat,
        "lon": lon,
        "radius_km": rng.choice((0, 5, 20, 50, 50, 50, 25_000)),
        "available_from": _window(rng, now.date(), -9, 3),
        "available_until": _window(rng, now.date(), 3, 30),
    }


def _window(rng: Random, today: date, low: int, high: int) -> str | None:
    if rng.random() < 0.8:
        return None
    return str(today + timedelta(days=rng.randrange(low, high)))


def _site(rng: Random, hub: int) -> dict[str, Any]:
    lat, lon = _near(rng, hub)
    return {"lat": lat, "lon": lon, "country": rng.choice(("GB", "CN", None))}


# Roughly the same value in every unit, so that floors and offers often nearly meet.
_AMOUNT = {
    "hour": 1500,
    "shift": 9000,
    "day": 12_000,
    "week": 60_000,
    "month": 260_000,
    "year": 3_120_000,
    "piece": 90,
}


def _unit(rng: Random) -> str:
    return rng.choice(UNITS + UNITS[:-1] * 3)


def floor(rng: Random) -> dict[str, Any]:
    unit = _unit(rng)
    return {
        "unit": unit,
        "amount": round(_AMOUNT[unit] * rng.choice((0, 0.7, 0.8, 1, 1, 1.1))),
        "currency": rng.choice(CURRENCIES),
    }


def pay(rng: Random) -> dict[str, Any]:
    unit = _unit(rng)
    top = round(_AMOUNT[unit] * rng.choice((0, 1, 1, 1.3, 1.6, 2)))
    return {
        "currency": rng.choice(CURRENCIES),
        "unit": unit,
        "minimum": rng.choice((None, top // 2)),
        "maximum": top,
        "settlement": "weekly",
        "hours_per_month": rng.choice((None, 160, 173.33)),
    }
