"""The profiles feed as bookings need it: one row a worker, of the greatest version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import func, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.postings.bookings.models import booking_worker
from shared.database import Database
from shared.feed import Event
from shared.newest import newest
from shared.persons.erasing import PATIENCE, REMOVED

TYPES = ("WorkerRegistered", "WorkerChanged", REMOVED)
SECTIONS = ("right_to_work", "certificates")
EMPTIED: dict[str, Any] = {
    "removed": True,
    "zone": None,
    "minor_until": None,
    "right_to_work": [],
    "certificates": [],
}

# in the order of ids, as whoever locks several of them does
KEEP_GREATER_VERSIONS = text(
    """
    INSERT INTO postings.booking_worker AS held
        (worker, version, removed, zone, minor_until, right_to_work, certificates)
    SELECT worker, version, removed, zone, minor_until, right_to_work, certificates
    FROM jsonb_populate_recordset(NULL::postings.booking_worker, CAST(:told AS jsonb))
    ORDER BY worker
    ON CONFLICT (worker) DO UPDATE SET
        (version, removed, zone, minor_until, right_to_work, certificates, stale)
        = (excluded.version, excluded.removed, excluded.zone, excluded.minor_until,
           excluded.right_to_work, excluded.certificates, false)
    WHERE held.version < excluded.version
    """
)


class BookingWorkers:
    """Applies the events of workers; organisations pass by."""

    async def begin_rebuild(self, session: AsyncSession) -> None:
        """Rows stay readable until the snapshot has named them, or not."""
        await session.execute(PATIENCE)
        await session.execute(update(booking_worker).values(stale=True, version=0))

    async def apply(self, session: AsyncSession, events: Sequence[Event]) -> None:
        told = newest(events, TYPES)
        if told:
            rows = orjson.dumps([_row(event) for event in told.values()]).decode()
            await session.execute(KEEP_GREATER_VERSIONS, {"told": rows})

    async def end_rebuild(self, session: AsyncSession) -> None:
        await session.execute(PATIENCE)
        gone = update(booking_worker).where(booking_worker.c.stale)
        await session.execute(gone.values(EMPTIED | {"stale": False}))


async def forget_who_came_of_age(database: Database) -> int:
    """Of an adult nothing is kept by which to tell their age; how many they were.

    A day later than here: it may not be over everywhere.
    """
    since = func.current_date() - 1
    grown = update(booking_worker).where(booking_worker.c.minor_until < since)
    async with database.as_system() as session:
        forgotten = await session.execute(
            grown.values(minor_until=None).returning(booking_worker.c.worker)
        )
        return len(forgotten.all())


def _row(event: Event) -> dict[str, Any]:
    known: dict[str, Any] = {
        "worker": event.entity_id,
        "version": event.entity_version,
    }
    if event.type == REMOVED:
        return known | EMPTIED
    said = event.data
    # events of before work papers were recorded say nothing of them
    sections = {name: said.get(name, []) for name in SECTIONS}
    minor = {"minor_until": said.get("minor_until")}
    return known | sections | minor | {"removed": False, "zone": said["zone"]}
