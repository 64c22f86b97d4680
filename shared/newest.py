"""One event an entity: a batch may tell of the same entity more than once."""

from __future__ import annotations

from collections.abc import Container, Sequence
from uuid import UUID

import structlog

from shared.feed import Event

log = structlog.get_logger(__name__)


def newest(events: Sequence[Event], types: Container[str]) -> dict[UUID, Event]:
    """Entity id → its event of the greatest version, for the types given, in the order
    of the feed.

    An event whose entity has no UUID cannot be kept; it is logged and left out, for a
    feed that stops at one bad event would stop for good.
    """
    told: dict[UUID, Event] = {}
    for event in events:
        if event.type not in types:
            continue
        try:
            entity = UUID(event.entity_id)
        except ValueError:
            log.error("event of no entity", type=event.type, entity=event.entity_id)
            continue
        held = told.get(entity)
        if held is None or held.entity_version < event.entity_version:
            told.pop(entity, None)
            told[entity] = event
    return told
