"""A candidacy as the feed publishes it: ids and its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.postings.hiring.lifecycle import Noun, Status, event_of
from shared.outbox import NewEvent


def noun_of(row: Mapping[str, Any]) -> Noun:
    return Noun.APPLICATION if row["agency"] is None else Noun.SUBMITTAL


def published(row: Mapping[str, Any]) -> dict[str, Any]:
    """The `data` of every event of a candidacy."""
    told = {
        "id": str(row["id"]),
        "version": row["version"],
        "posting": str(row["posting_id"]),
        "worker": str(row["worker"]),
        "organisation": str(row["organisation"]),
        "status": row["status"],
    }
    return told if row["agency"] is None else told | {"agency": str(row["agency"])}


def event(row: Mapping[str, Any]) -> NewEvent:
    """What tells of the state the candidacy is in."""
    type = event_of(noun_of(row), Status(row["status"]))
    return NewEvent(type, str(row["id"]), row["version"], published(row))
