"""Where a posting is, so that a worker may take the runs of some areas only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.matching.engine.areas import AREAS, REMOTE, cell_at


def area_of(document: Mapping[str, Any]) -> int | None:
    """The area of a posting's document (`engine.areas`): its cell, or REMOTE. None for
    one without a place: any worker may take it."""
    if document.get("remote"):
        return REMOTE
    place = document.get("place")
    return cell_at(place["lat"], place["lon"]) if place else None


def named_areas(words: Sequence[str]) -> Sequence[int] | None:
    """Areas by number, `remote`, or a position `51.5:-0.1` in one; None for no words.

    Raises ValueError for what is on no earth.
    """
    return [_named(word) for word in words] if words else None


def _named(word: str) -> int:
    if word == "remote":
        return REMOTE
    if ":" in word:
        lat, lon = map(float, word.split(":"))
        if abs(lat) <= 90.0 and abs(lon) <= 180.0:
            return cell_at(lat, lon)
    elif int(word) < AREAS:
        return int(word)
    raise ValueError(f"there is no area {word}")
