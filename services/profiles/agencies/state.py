"""Mandates and representations as the feed publishes them: ids and dates alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.values import instant_text

MANDATE_GRANTED = "MandateGranted"
MANDATE_ENDED = "MandateEnded"
REPRESENTATION_GRANTED = "RepresentationGranted"
REPRESENTATION_ENDED = "RepresentationEnded"


def published_mandate(row: Mapping[str, Any]) -> dict[str, Any]:
    """The `data` of MandateGranted and MandateEnded."""
    return {
        "id": str(row["id"]),
        "version": row["version"],
        "client": str(row["client"]),
        "agency": str(row["agency"]),
        "purposes": row["purposes"],
        "starts_at": instant_text(row["starts_at"]),
        "ends_at": instant_text(row["ends_at"]),
        "ended_at": instant_text(row["ended_at"]),
    }


def published_representation(row: Mapping[str, Any]) -> dict[str, Any]:
    """The `data` of RepresentationGranted and RepresentationEnded; without a client
    the agency represents the worker to all."""
    return {
        "id": str(row["id"]),
        "version": row["version"],
        "worker": str(row["worker"]),
        "agency": str(row["agency"]),
        "client": None if row["client"] is None else str(row["client"]),
        "ends_at": instant_text(row["ends_at"]),
        "ended_at": instant_text(row["ended_at"]),
    }
