"""What the feeds tell of a worker and of a posting that match, to be bent by tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.matching.runs.result import Result
from shared.values import new_id, now


def text(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def next_week(hour: int) -> datetime:
    day = now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=7, hours=hour)


def a_worker(id: UUID | None = None, **changes: Any) -> dict[str, Any]:
    """Drives forklifts in London, at any hour but five minutes before midnight."""
    return {
        "id": str(id or new_id()),
        "version": 1,
        "active": True,
        "markets": ["temporary"],
        "kinds": ["temporary", "part_time"],
        "skills": [{"skill": "forklift-driving", "level": 4, "years": 3.5}],
        "places": [
            {
                "lat": 51.505,
                "lon": -0.125,
                "radius_km": 20,
                "available_from": None,
                "available_until": None,
            }
        ],
        "accepts_lodging": False,
        "accepts_remote": True,
        "zone": "Europe/London",
        "weekly": [
            {"weekday": day, "start": "00:00", "end": "23:55"} for day in range(7)
        ],
        "exceptions": [],
        "confirmed_at": text(now() - timedelta(days=1)),
        "pay_floors": [{"unit": "hour", "amount": 1500, "currency": "GBP"}],
        "certificates": [{"certificate": "forklift-licence", "expires_on": None}],
        "languages": [{"language": "en", "level": 5}],
        "blocked_organisations": [],
        "last_active_at": text(now() - timedelta(hours=5)),
    } | changes


def a_posting(id: UUID | None = None, **changes: Any) -> dict[str, Any]:
    """Forklift work in London next week, by day, 17 to 18 pounds an hour."""
    shift = {"start": text(next_week(9)), "end": text(next_week(17))}
    return {
        "id": str(id or new_id()),
        "version": 1,
        "organisation": str(new_id()),
        "status": "open",
        "market": "temporary",
        "kind": "temporary",
        "title": "Forklift driver",
        "occupation": "forklift-driver",
        "required_skills": [{"skill": "forklift-driving", "level": 3, "weight": 1.0}],
        "preferred_skills": [],
        "certificates": ["forklift-licence"],
        "languages": [{"language": "en", "level": 3}],
        "pay": {
            "currency": "GBP",
            "unit": "hour",
            "minimum": 1700,
            "maximum": 1800,
            "settlement": "weekly",
            "hours_per_month": None,
        },
        "place": {"lat": 51.5072, "lon": -0.1276, "country": "GB", "label": "London"},
        "remote": False,
        "radius_km": 30,
        "lodging": False,
        "pick_up_points": [],
        "zone": "Europe/London",
        "shifts": [{"id": str(new_id()), **shift, "headcount": 2}],
        "weekly": [],
        "starts_on": None,
        "headcount": 1,
        "commitment": {"kind": "all", "count": None},
        "opened_at": text(now()),
        "expires_at": None,
    } | changes


def an_empty_list(ranked_at: datetime | None = None) -> Result:
    """What a run keeps that has found nobody."""
    return Result(
        ranked_at=ranked_at or now(),
        k=50,
        posting_version=1,
        engine_version="1",
        taxonomy_version="test",
        index_seq=1,
        index_positions={},
        considered=0,
        funnel=[],
        matches=[],
        possible=[],
        possible_total=0,
        applied_weights={},
        seconds=0.0,
        inputs={},
    )
