"""What the API's documentation shows of the matches routes."""

from __future__ import annotations

from typing import Any

POSTING = "01938a5e-7d1b-7c6e-8f0a-3b2c1d0e9f8a"
WORKER = "01938a5e-6c0a-7b1d-9e2f-4a5b6c7d8e9f"
RUN = "01938a5f-1a2b-7c3d-8e4f-5a6b7c8d9e0f"

ASKED: dict[str, Any] = {
    "market": "temporary",
    "kind": "temporary",
    "required_skills": [{"skill": "forklift-driving", "level": 3}],
    "certificates": ["forklift-licence"],
    "pay": {"currency": "GBP", "unit": "hour", "minimum": 1600, "maximum": 1800},
    "place": {"lat": 51.5072, "lon": -0.1276, "country": "GB"},
    "radius_km": 30,
    "zone": "Europe/London",
    "shifts": [{"start": "2030-12-02T22:00:00Z", "end": "2030-12-03T06:00:00Z"}],
}
SEARCH: dict[str, Any] = {
    **ASKED,
    "weights": {"skill_fit": 0.6, "closeness": 0.4},
    "k": 20,
}
BATCH: dict[str, Any] = {"postings": [POSTING], "k": 20}
WHAT_IF_ASKED: dict[str, Any] = {"search": ASKED}
FEEDBACK: dict[str, Any] = {
    "run": RUN,
    "notes": [
        {"worker": WORKER, "kind": "shown"},
        {"worker": WORKER, "kind": "declined", "reason": "starts too late"},
    ],
}
PARTS: list[dict[str, Any]] = [
    {
        "name": "skill_fit",
        "value": 0.8,
        "weight": 0.7,
        "evidence": {
            "matched": [{"skill": "forklift-driving", "asked_level": 3, "level": 4}],
            "related": [],
            "missing": [],
        },
    },
    {
        "name": "closeness",
        "value": 0.7659,
        "weight": 0.3,
        "evidence": {"km": 4, "radius_km": 30.0, "via": "place"},
    },
]
RUN_BEHIND: dict[str, Any] = {
    "id": RUN,
    "state": "done",
    "finished_at": "2030-11-20T09:00:01Z",
    "live": True,
    "index": {"seq": 20412, "positions": {"postings": "981.7", "profiles": "980.3"}},
    "posting_version": 2,
    "engine_version": "3",
    "taxonomy_version": "4f2b9c1d7e60",
}
WORKERS_FOR_POSTING: dict[str, Any] = {
    "posting": POSTING,
    "matches": [{"rank": 1, "worker": WORKER, "score": 0.7898, "parts": PARTS}],
    "funnel": [
        {"rule": "within_reach", "left": 812},
        {"rule": "has_required_skills", "left": 37},
        {"rule": "free_for_the_schedule", "left": "<5"},
    ],
    "possible": {
        "total": "<5",
        "workers": [{"worker": WORKER, "ask": ["confirmation"]}],
    },
    "applied_weights": {"skill_fit": 0.7, "closeness": 0.3},
    "run": RUN_BEHIND,
    "seconds": 0.012,
}
FUNNEL: list[dict[str, Any]] = WORKERS_FOR_POSTING["funnel"]
COUNTED: dict[str, Any] = {
    "funnel": FUNNEL,
    "possible": 12,
    "index": RUN_BEHIND["index"],
    "seconds": 0.0004,
}
BATCH_LINE: dict[str, Any] = {
    "posting": POSTING,
    "ranked": WORKERS_FOR_POSTING,
    "problem": None,
}
WHAT_IF: dict[str, Any] = {
    "posting": POSTING,
    "eligible": "<5",
    "effects": [
        {
            "kind": "more_pay",
            "step": "+200",
            "change": {
                "currency": "GBP",
                "unit": "hour",
                "from": 1800,
                "to": 2000,
                "more": 200,
            },
            "eligible": 15,
            "gain": 15,
        },
        {
            "kind": "certificate_dropped",
            "step": "forklift-licence",
            "change": {"certificate": "forklift-licence"},
            "eligible": "<5",
            "gain": 0,
        },
    ],
    "index": RUN_BEHIND["index"],
    "seconds": 0.003,
}
OPENINGS: dict[str, Any] = {
    "worker": WORKER,
    "eligible": 6,
    "openings": [
        {
            "kind": "skill",
            "step": "reach-truck-driving@2",
            "change": {"skill": "reach-truck-driving", "level": 2},
            "postings": 4,
            "hours": 96.0,
            "pay": {"GBP": 163_200},
        },
        {
            "kind": "free_hours",
            "step": "5",
            "change": {"weekdays": [5]},
            "postings": 2,
            "hours": 16.0,
            "pay": {"GBP": 27_200},
        },
    ],
    "index": RUN_BEHIND["index"],
    "seconds": 0.02,
}
NOTED: dict[str, Any] = {"noted": 2, "known": 0}
