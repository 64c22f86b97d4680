"""Terms of work that keep every rule, and how each rule is broken."""

from __future__ import annotations

from typing import Any

START = "2035-01-01T09:00:00Z"


def weekly(weekday: int, start: str, end: str) -> dict[str, Any]:
    return {"weekday": weekday, "start": start, "end": end}


def week(*intervals: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"shifts": [], "weekly": list(intervals)} | changes


def some_terms(**changes: Any) -> dict[str, Any]:
    """One shift of a working day."""
    return {
        "required_skills": [{"skill": "forklift-driving", "level": 3}],
        "certificates": ["forklift-licence"],
        "languages": [{"language": "en", "level": 3}],
        "pay": {"currency": "GBP", "unit": "hour", "minimum": 1700, "maximum": 1800},
        "zone": "Europe/London",
        "shifts": [{"start": START, "end": "2035-01-01T17:00:00Z"}],
    } | changes


NINE_TO_FIVE = weekly(0, "09:00", "17:00")

Broken = tuple[dict[str, Any], str, str]

BROKEN_TERMS: list[Broken] = [
    (
        {"pay": {"currency": "GBP", "unit": "hour", "minimum": 9, "maximum": 8}},
        "/pay/maximum",
        "pay_range",
    ),
    ({"weekly": [NINE_TO_FIVE]}, "/weekly", "one_schedule"),
    ({"zone": None}, "/zone", "zone_required"),
    ({"zone": None, "shifts": [], "starts_on": "2035-01-01"}, "/zone", "zone_required"),
    ({"shifts": [{"start": START, "end": START}]}, "/shifts/0/end", "shift_order"),
    (
        {"shifts": [{"start": START, "end": "2035-01-02T09:01:00Z"}]},
        "/shifts/0/end",
        "shift_length",
    ),
    (week(weekly(0, "09:00", "09:00")), "/weekly/0/end", "empty_interval"),
    (week(NINE_TO_FIVE, weekly(0, "16:59", "18:00")), "/weekly/1", "overlap"),
    (
        week(weekly(0, "22:00", "06:00"), weekly(1, "05:00", "07:00")),
        "/weekly/1",
        "overlap",
    ),
    (
        week(weekly(0, "00:30", "02:00"), weekly(6, "22:00", "01:00")),
        "/weekly/1",
        "overlap",
    ),
    (week(NINE_TO_FIVE, NINE_TO_FIVE), "/weekly/1", "overlap"),
    ({"commitment": {"kind": "at_least"}}, "/commitment/count", "commitment"),
    (
        {"commitment": {"kind": "at_least", "count": 0}},
        "/commitment/count",
        "commitment",
    ),
    (
        {"commitment": {"kind": "at_least", "count": 2}},
        "/commitment/count",
        "commitment",
    ),
    ({"commitment": {"kind": "any", "count": 1}}, "/commitment/count", "commitment"),
    (
        {"preferred_skills": [{"skill": "forklift-driving"}]},
        "/preferred_skills/0/skill",
        "duplicate",
    ),
    (
        {"certificates": ["forklift-licence", "forklift-licence"]},
        "/certificates/1",
        "duplicate",
    ),
    (
        {"languages": [{"language": "en", "level": 3}, {"language": "en"}]},
        "/languages/1/language",
        "duplicate",
    ),
]
