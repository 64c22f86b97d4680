"""Bodies that are right in every field; a test changes what it is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

SKILLS = ("forklift-driving", "inventory-counting", "order-picking", "cooking")
OCCUPATIONS = ("forklift-driver", "cook")
CERTIFICATES = ("forklift-licence", "food-hygiene")
RETIRED_SKILL = "telex-operation"

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def in_days(days: float) -> str:
    """An instant that many days from this midnight (UTC)."""
    instant = TODAY + timedelta(days=days)
    return instant.isoformat().replace("+00:00", "Z")


def a_shift(day: int = 10, hours: float = 8, **changes: Any) -> dict[str, Any]:
    """From 22:00 UTC on, that many days ahead."""
    start = day + 22 / 24
    return {
        "start": in_days(start),
        "end": in_days(start + hours / 24),
        "headcount": 2,
    } | changes


def a_skill(skill: str = "forklift-driving", **changes: Any) -> dict[str, Any]:
    return {"skill": skill, "level": 3, "weight": 1.0} | changes


def some_pay(**changes: Any) -> dict[str, Any]:
    return {
        "currency": "GBP",
        "unit": "hour",
        "minimum": 1600,
        "maximum": 1800,
        "settlement": "weekly",
        "hours_per_month": None,
    } | changes


def a_place(**changes: Any) -> dict[str, Any]:
    place = {"lat": 51.5072, "lon": -0.1276, "country": "GB", "label": "London"}
    return place | changes


def weekly(weekday: int, start: str, end: str) -> dict[str, Any]:
    return {"weekday": weekday, "start": start, "end": end}


def a_posting(**changes: Any) -> dict[str, Any]:
    """A temporary night job with two dated shifts, all fields given."""
    return {
        "market": "temporary",
        "kind": "temporary",
        "title": "Forklift driver, night shift",
        "description": "Two nights in a cold store.",
        "occupation": "forklift-driver",
        "required_skills": [a_skill()],
        "preferred_skills": [a_skill("inventory-counting", level=1, weight=0.5)],
        "certificates": ["forklift-licence"],
        "languages": [{"language": "en", "level": 3}],
        "pay": some_pay(),
        "place": a_place(),
        "remote": False,
        "radius_km": 30,
        "lodging": False,
        "pick_up_points": [{"lat": 51.6, "lon": -0.2}],
        "zone": "Europe/London",
        "shifts": [a_shift(10), a_shift(11)],
        "weekly": [],
        "starts_on": None,
        "headcount": 1,
        "commitment": {"kind": "all", "count": None},
        "expires_at": in_days(9),
    } | changes


def a_weekly_posting(**changes: Any) -> dict[str, Any]:
    pattern = [weekly(0, "09:00", "17:00"), weekly(6, "22:00", "06:00")]
    return a_posting(shifts=[], weekly=pattern) | changes


def a_row(number: int, **changes: Any) -> dict[str, Any]:
    """A row of a batch, from the system `city-jobs`."""
    source = {"system": "city-jobs", "id": str(number)}
    return a_posting(source=source, publish=True) | changes
