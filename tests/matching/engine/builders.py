"""A worker and a posting that match, to be bent by each test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.matching.engine.demand import Demand, demand
from services.matching.engine.facts import (
    PostingFacts,
    WorkerFacts,
    posting_facts,
    worker_facts,
)
from services.matching.engine.supply import Supply, supply
from services.matching.engine.taxonomy import RelatedSkills

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # a Tuesday
LONDON = {"lat": 51.505, "lon": -0.125}
LUTON = {"lat": 51.875, "lon": -0.415}  # 46 km from London
WORKER_ID = UUID(int=1)
POSTING_ID = UUID(int=2)
ORGANISATION_ID = UUID(int=3)

RELATED = RelatedSkills(
    {
        "forklift-driving": {"reach-truck-driving": 0.8, "tractor-driving": 0.5},
        "cooking": {"baking": 0.6},
    }
)


def instant(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


def days_ago(days: float) -> str:
    return instant(NOW - timedelta(days=days))


def working_days(start: str = "06:00", end: str = "22:00") -> list[dict[str, Any]]:
    return [weekly(weekday, start, end) for weekday in range(7)]


def weekly(weekday: int, start: str, end: str) -> dict[str, Any]:
    return {"weekday": weekday, "start": start, "end": end}


def shift(start: str, end: str) -> dict[str, Any]:
    """Two UTC wall times, as "2026-12-01T09:00"."""
    return {"id": str(UUID(int=9)), "start": f"{start}Z", "end": f"{end}Z"}


def exception(start: str, end: str, *, free: bool) -> dict[str, Any]:
    return {"start": start, "end": end, "free": free}


def asked(skill: str, level: int = 1, weight: float = 1.0) -> dict[str, Any]:
    return {"skill": skill, "level": level, "weight": weight}


def claim(skill: str, level: int = 5) -> dict[str, Any]:
    return {"skill": skill, "level": level, "years": None}


def place(
    at: dict[str, float] | None = None,
    radius_km: float = 20.0,
    available_from: str | None = None,
    available_until: str | None = None,
) -> dict[str, Any]:
    return {
        **(at or LONDON),
        "radius_km": radius_km,
        "available_from": available_from,
        "available_until": available_until,
    }


def floor(amount: int, unit: str = "hour", currency: str = "GBP") -> dict[str, Any]:
    return {"unit": unit, "amount": amount, "currency": currency}


def pay(
    maximum: int,
    unit: str = "hour",
    currency: str = "GBP",
    hours_per_month: float | None = None,
) -> dict[str, Any]:
    return {
        "currency": currency,
        "unit": unit,
        "minimum": maximum // 2,
        "maximum": maximum,
        "settlement": "weekly",
        "hours_per_month": hours_per_month,
    }


def worker_document(**changes: Any) -> dict[str, Any]:
    """A forklift driver in London: free from 06:00 to 22:00, asks £15 an hour."""
    return {
        "id": str(WORKER_ID),
        "version": 1,
        "active": True,
        "markets": ["temporary", "labor"],
        "kinds": ["temporary", "full_time"],
        "skills": [claim("forklift-driving", 4)],
        "places": [place()],
        "accepts_lodging": False,
        "accepts_remote": False,
        "zone": "Europe/London",
        "weekly": working_days(),
        "exceptions": [],
        "confirmed_at": days_ago(1),
        "pay_floors": [floor(1500)],
        "certificates": [{"certificate": "forklift-licence", "expires_on": None}],
        "languages": [{"language": "en", "level": 5}],
        "blocked_organisations": [],
        "last_active_at": days_ago(3),
    } | changes


def posting_document(**changes: Any) -> dict[str, Any]:
    """Forklift driving in London on one day shift, £20 an hour."""
    return {
        "id": str(POSTING_ID),
        "version": 1,
        "organisation": str(ORGANISATION_ID),
        "status": "open",
        "market": "temporary",
        "kind": "temporary",
        "title": "Forklift driver",
        "occupation": "forklift-driver",
        "required_skills": [asked("forklift-driving", 3)],
        "preferred_skills": [],
        "certificates": ["forklift-licence"],
        "languages": [{"language": "en", "level": 3}],
        "pay": pay(2000),
        "place": {**LONDON, "country": "GB", "label": "London"},
        "remote": False,
        "radius_km": 30,
        "lodging": False,
        "pick_up_points": [],
        "zone": "Europe/London",
        "shifts": [shift("2026-12-01T09:00", "2026-12-01T17:00")],
        "weekly": [],
        "starts_on": None,
        "headcount": 1,
        "commitment": {"kind": "all", "count": None},
        "opened_at": days_ago(1),
        "expires_at": None,
    } | changes


def a_worker(**changes: Any) -> WorkerFacts:
    return worker_facts(worker_document(**changes))


def a_posting(**changes: Any) -> PostingFacts:
    return posting_facts(posting_document(**changes))


def a_supply(**changes: Any) -> Supply:
    """The same worker, as the rules read one."""
    return supply(a_worker(**changes))


def a_demand(
    *, now: datetime = NOW, related: RelatedSkills = RELATED, **changes: Any
) -> Demand:
    """The same posting, as the rules read one."""
    return demand(a_posting(**changes), now, related)
