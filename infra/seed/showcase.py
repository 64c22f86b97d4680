"""The job that the demo publishes, and the city that it is in."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from infra.seed.cities import City, find_city
from infra.seed.trades import Trade, trades

SKILL = "forklift-driving"
NEAR_A_PORT = 10
SATURDAY = 5


def showcase_city() -> City:
    city = find_city("London", "GB")
    assert city is not None
    return city


def showcase_trades() -> list[Trade]:
    """All trades; those that know the demo's work are common, as near a port."""
    return [
        trade._replace(weight=trade.weight * NEAR_A_PORT)
        if SKILL in trade.essential + trade.optional
        else trade
        for trade in trades()
    ]


def showcase_posting(now: datetime) -> dict[str, Any]:
    """Three late shifts in a warehouse on the first working days from the day after
    tomorrow on, to be opened at once: what POST /v1/postings takes."""
    city = showcase_city()
    zone = ZoneInfo(city.zone)
    today = now.astimezone(zone).date()
    shifts = []
    ahead = (today + timedelta(days=days) for days in range(2, 9))
    for day in [day for day in ahead if day.weekday() < SATURDAY][:3]:
        start = datetime.combine(day, time(16), zone)
        end = datetime.combine(day, time(22), zone)
        shifts.append(
            {"start": _utc(start), "end": _utc(end), "headcount": 2},
        )
    return {
        "market": "temporary",
        "kind": "temporary",
        "title": "Forklift driver, late shift",
        "description": "Three evenings in a warehouse by the river. We have boots.",
        "occupation": "forklift-driver",
        "required_skills": [{"skill": SKILL, "level": 2}],
        "preferred_skills": [{"skill": "barcode-scanning", "weight": 0.5}],
        "pay": {
            "currency": "GBP",
            "unit": "hour",
            "minimum": 1650,
            "maximum": 1850,
            "settlement": "weekly",
        },
        "place": {"lat": 51.5045, "lon": 0.0502, "country": "GB", "label": "London"},
        "radius_km": 30.0,
        "zone": city.zone,
        "shifts": shifts,
        "commitment": {"kind": "at_least", "count": 2},
        "expires_at": shifts[0]["start"],
        "publish": True,
    }


def _utc(local: datetime) -> str:
    return f"{local.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
