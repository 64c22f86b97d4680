"""An organisation's state as the feed publishes it: its name, but no person's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REGISTERED = "OrganisationRegistered"
CHANGED = "OrganisationChanged"

PUBLISHED = ("version", "kind", "name", "isic", "country", "active")


def published(row: Mapping[str, Any]) -> dict[str, Any]:
    """The `data` of OrganisationRegistered and OrganisationChanged."""
    return {"id": str(row["id"]), **{name: row[name] for name in PUBLISHED}}
