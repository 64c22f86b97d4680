"""The profiles feed as hiring keeps it: mandates, rights to represent, who has left.

What the end of a right or of a worker means for candidacies happens in the transaction
that applies the event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.postings.hiring.commands import end_of_worker, end_unrepresented
from services.postings.hiring.queries import hold_worker
from services.postings.models import candidacy, mandate, representation
from shared.feed import Event

REMOVED = "WorkerRemoved"
MANDATES = frozenset({"MandateGranted", "MandateEnded"})
REPRESENTATIONS = frozenset({"RepresentationGranted", "RepresentationEnded"})
TYPES = MANDATES | REPRESENTATIONS | {REMOVED}


class HiringProjection:
    """Applies the events of the profiles feed; those not about hiring pass by."""

    async def begin_rebuild(self, session: AsyncSession) -> None:
        """Keep all that is held in force while the snapshot is read, at version 0."""
        for table in (mandate, representation):
            await session.execute(update(table).values(version=0))

    async def apply(self, session: AsyncSession, events: Sequence[Event]) -> None:
        told = _newest(events)
        gone = [UUID(event.entity_id) for event in told if event.type == REMOVED]
        rights = [event for event in told if event.type in REPRESENTATIONS]
        over = {
            UUID(event.entity_id): UUID(event.data["worker"])
            for event in rights
            if event.data["ended_at"] is not None
        }
        for worker in sorted({*gone, *over.values()}):
            # whoever is just being put forward is so before this, and ended by it
            await hold_worker(session, worker, alone=True)
        mandates = [_mandate(event) for event in told if event.type in MANDATES]
        await _keep(session, mandate, mandates)
        await _keep(session, representation, [_representation(e) for e in rights])
        if over:
            await end_unrepresented(session, candidacy.c.representation.in_(over))
        for worker in gone:
            await end_of_worker(session, worker)

    async def end_rebuild(self, session: AsyncSession) -> None:
        for table in (mandate, representation):
            await session.execute(delete(table).where(table.c.version == 0))
        held = select(representation.c.id).where(~representation.c.ended)
        await end_unrepresented(session, candidacy.c.representation.not_in(held))


def _newest(events: Sequence[Event]) -> list[Event]:
    """One event an entity, that of the greatest version."""
    told: dict[str, Event] = {}
    for event in events:
        held = told.get(event.entity_id)
        if event.type in TYPES and (
            held is None or held.entity_version < event.entity_version
        ):
            told[event.entity_id] = event
    return list(told.values())


async def _keep(
    session: AsyncSession, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    if not rows:
        return
    row = insert(table).values(rows)
    told = {name: row.excluded[name] for name in rows[0] if name != "id"}
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["id"],
            set_=told,
            where=table.c.version < row.excluded.version,
        )
    )


def _mandate(event: Event) -> dict[str, Any]:
    data = event.data
    return {
        "id": UUID(data["id"]),
        "version": event.entity_version,
        "client": UUID(data["client"]),
        "agency": UUID(data["agency"]),
        "purposes": data["purposes"],
        "starts_at": datetime.fromisoformat(data["starts_at"]),
        "ends_at": datetime.fromisoformat(data["ends_at"]) if data["ends_at"] else None,
        "ended": data["ended_at"] is not None,
    }


def _representation(event: Event) -> dict[str, Any]:
    data = event.data
    return {
        "id": UUID(data["id"]),
        "version": event.entity_version,
        "worker": UUID(data["worker"]),
        "agency": UUID(data["agency"]),
        "client": UUID(data["client"]) if data["client"] else None,
        "ends_at": datetime.fromisoformat(data["ends_at"]) if data["ends_at"] else None,
        "ended": data["ended_at"] is not None,
    }
