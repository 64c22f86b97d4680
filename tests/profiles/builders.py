"""Bodies that are right in every field; a test changes what it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.profiles.workers.commands import NewWorker
from services.profiles.workers.schemas import WorkerProfile
from shared.values import new_id

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

SKILLS = ("forklift-driving", "inventory-counting", "cooking")
CERTIFICATES = ("forklift-licence", "food-hygiene")


def a_worker(**changes: Any) -> dict[str, Any]:
    """The body of a registration."""
    return {
        "display_name": "Amara Okafor",
        "email": "amara@example.org",
        "phone": "+44 20 7946 0000",
        "markets": ["temporary"],
        "kinds": ["temporary", "part_time"],
        "skills": [{"skill": "forklift-driving", "level": 4, "years": 3.5}],
        "places": [{"lat": 51.5072, "lon": -0.1276, "radius_km": 20, "label": "home"}],
        "zone": "Europe/London",
        "weekly": [{"weekday": 0, "start": "09:00", "end": "17:00"}],
        "pay_floors": [{"unit": "hour", "amount": 1500, "currency": "GBP"}],
        "certificates": [
            {"certificate": "forklift-licence", "expires_on": "2035-05-01"}
        ],
        "languages": [{"language": "en", "level": 5}],
    } | changes


def a_row(number: int, **changes: Any) -> dict[str, Any]:
    """A row of a batch, from the system `desk`."""
    return a_worker(source={"system": "desk", "id": f"W-{number}"}, **changes)


def an_organisation(**changes: Any) -> dict[str, Any]:
    """The body of an organisation's registration."""
    return {
        "kind": "employer",
        "name": "Northgate Warehousing",
        "isic": "5210",
        "country": "GB",
        "zone": "Europe/London",
        "contact": {"name": "Jo Reed", "email": "jo@northgate.example"},
    } | changes


def new_workers(count: int, system: str = "bulk") -> list[NewWorker]:
    """Checked profiles as a bulk writer hands them over."""
    return [
        NewWorker(
            WorkerProfile.model_validate(a_worker(display_name=f"Worker {number}")),
            id=new_id(),
            source=(system, str(number)),
            confirmed_at=NOW,
            last_active_at=NOW,
        )
        for number in range(count)
    ]
