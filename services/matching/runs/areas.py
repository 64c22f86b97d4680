"""Where a posting is, so that a worker may take the runs of some areas only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.matching.engine.areas import REMOTE, cell_at


def area_of(document: Mapping[str, Any]) -> int | None:
    """The area of a posting's document (`engine.areas`): its cell, or REMOTE. None for
    one without a place: any worker may take it."""
    if document.get("remote"):
        return REMOTE
    place = document.get("place")
    return cell_at(place["lat"], place["lon"]) if place else None
