"""How a concept differs from what it was in the load before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Change = Literal["published", "restored", "renamed", "changed", "retired", "replaced"]
"""`changed` is everything but the labels: aliases, links, codes."""


def change(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """The row of `concept_change` for a concept whose rows these are, the first empty
    for a new one."""
    what = _what(before, now)
    renamed = before if what == "renamed" else None
    return {
        "kind": now["kind"],
        "id": now["id"],
        "version": now["version"],
        "change": what,
        "label_en": now["label_en"],
        "label_zh": now["label_zh"],
        "before_en": renamed and renamed["label_en"],
        "before_zh": renamed and renamed["label_zh"],
        "replaced_by": now["replaced_by"],
    }


def _what(before: Mapping[str, Any], now: Mapping[str, Any]) -> Change:
    if now["retired"]:
        return "replaced" if now["replaced_by"] else "retired"
    if not before:
        return "published"
    if before["retired"]:
        return "restored"
    labels = ("label_en", "label_zh")
    if any(before[label] != now[label] for label in labels):
        return "renamed"
    return "changed"
