"""A worker's state as the feed publishes it: nothing that says who the person is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.profiles.workers.sealed import open_places
from shared.values import instant_text

REGISTERED = "WorkerRegistered"
CHANGED = "WorkerChanged"
REMOVED = "WorkerRemoved"

# copied as they are; names, contact and labels are in none of them
OPEN_SECTIONS = (
    "active",
    "markets",
    "kinds",
    "skills",
    "accepts_lodging",
    "accepts_remote",
    "zone",
    "weekly",
    "exceptions",
    "pay_floors",
    "certificates",
    "languages",
    "blocked_organisations",
)


def published(row: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """The `data` of WorkerRegistered and WorkerChanged: a row of the table, and what is
    `said` of the worker's papers (work_papers/published.py)."""
    return {
        "id": str(row["id"]),
        "version": row["version"],
        **{name: row[name] for name in OPEN_SECTIONS},
        "places": open_places(row["places"]),
        "confirmed_at": instant_text(row["confirmed_at"]),
        "last_active_at": instant_text(row["last_active_at"]),
        **said,
    }


def tombstone(row: Mapping[str, Any]) -> dict[str, Any]:
    """The `data` of WorkerRemoved; of a merged worker it says who stays."""
    gone = {"id": str(row["id"]), "version": row["version"]}
    into = row["merged_into"]
    return gone if into is None else gone | {"merged_into": str(into)}
