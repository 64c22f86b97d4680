"""Examples for the API's documentation; the tests send them."""

from __future__ import annotations

from typing import Any

ID = "0192f0c1-2b9e-7c44-8d53-6f1f3c0a9b11"

WEEKLY: list[dict[str, Any]] = [
    {"weekday": 0, "start": "09:00", "end": "17:00"},
    {"weekday": 4, "start": "22:00", "end": "06:00"},
]

AVAILABILITY: dict[str, Any] = {
    "weekly": WEEKLY,
    "exceptions": [
        {"start": "2030-12-24T18:00", "end": "2030-12-27T00:00", "free": False}
    ],
}

REGISTRATION: dict[str, Any] = {
    "display_name": "Amara Okafor",
    "email": "amara@example.org",
    "phone": "+44 20 7946 0000",
    "active": True,
    "markets": ["temporary"],
    "kinds": ["temporary", "part_time"],
    "skills": [{"skill": "forklift-driving", "level": 4, "years": 3.5}],
    "places": [
        {
            "lat": 51.5072,
            "lon": -0.1276,
            "radius_km": 20.0,
            "available_from": None,
            "available_until": None,
            "label": "home",
        }
    ],
    "accepts_lodging": False,
    "accepts_remote": True,
    "zone": "Europe/London",
    **AVAILABILITY,
    "pay_floors": [{"unit": "hour", "amount": 1500, "currency": "GBP"}],
    "certificates": [{"certificate": "forklift-licence", "expires_on": "2035-05-01"}],
    "languages": [{"language": "en", "level": 5}],
    "blocked_organisations": ["0192f0c1-0000-7000-8000-000000000001"],
}

PATCH: dict[str, Any] = {
    "phone": None,
    "skills": [{"skill": "forklift-driving", "level": 5, "years": 4.0}],
}

SOURCE: dict[str, Any] = {"system": "staffing-desk", "id": "W-1042"}

BATCH: dict[str, Any] = {
    "workers": [
        REGISTRATION
        | {
            "source": SOURCE,
            "confirmed_at": "2026-11-20T08:00:00Z",
            "last_active_at": "2026-11-23T10:00:00Z",
        }
    ]
}

BATCH_RESULT: dict[str, Any] = {
    "results": [
        {"index": 0, "result": "created", "id": ID, "version": 1, "errors": []},
        {
            "index": 1,
            "result": "rejected",
            "id": None,
            "version": None,
            "errors": [
                {
                    "pointer": "/workers/1/skills/0/skill",
                    "rule": "unknown_skill",
                    "message": "is no skill of the taxonomy",
                }
            ],
        },
    ]
}

WORKER: dict[str, Any] = REGISTRATION | {
    "id": ID,
    "version": 1,
    "confirmed_at": "2026-11-20T08:00:00Z",
    "last_active_at": "2026-11-23T10:00:00Z",
    "source": None,
    "registered_at": "2026-11-20T08:00:00Z",
    "updated_at": "2026-11-20T08:00:00Z",
}
