"""The profiles feed as hiring keeps it: mandates, rights to represent, whom workers
block, who has left and who turned out to be another.

What these mean for candidacies happens in the transaction that applies the event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Table, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.postings.hiring.ending import (
    end_of_worker,
    end_unrepresented,
    end_without_mandate,
)
from services.postings.hiring.merging import merge_candidate
from services.postings.hiring.queries import hold_mandate, hold_worker
from services.postings.models import (
    candidate,
    erased_person,
    mandate,
    representation,
)
from shared.feed import Event
from shared.newest import newest

REMOVED = "WorkerRemoved"
WORKERS = frozenset({"WorkerRegistered", "WorkerChanged"})
MANDATES = frozenset({"MandateGranted", "MandateEnded"})
REPRESENTATIONS = frozenset({"RepresentationGranted", "RepresentationEnded"})
TYPES = WORKERS | MANDATES | REPRESENTATIONS | {REMOVED}
KEPT = (candidate, mandate, representation)

# one parameter whatever the number of rows; an event from before an erasure is late
KEEP_CANDIDATES = text(
    """
    INSERT INTO postings.candidate (worker, version, blocked_organisations)
    SELECT told.worker, told.version, told.blocked_organisations
    FROM jsonb_populate_recordset(NULL::postings.candidate, CAST(:rows AS jsonb)) told
    WHERE NOT EXISTS (
        SELECT FROM postings.erased_person gone
        WHERE gone.worker = told.worker AND gone.version >= told.version
    )
    ORDER BY told.worker
    ON CONFLICT (worker) DO UPDATE
    SET version = excluded.version,
        blocked_organisations = excluded.blocked_organisations
    WHERE candidate.version < excluded.version
    """
)


class HiringProjection:
    """Applies the events of the profiles feed; those not about hiring pass by."""

    async def begin_rebuild(self, session: AsyncSession) -> None:
        """Keep all that is held in force while the snapshot is read, at version 0."""
        for table in KEPT:
            await session.execute(update(table).values(version=0))

    async def apply(self, session: AsyncSession, events: Sequence[Event]) -> None:
        told = newest(events, TYPES).values()
        gone = [event for event in told if event.type == REMOVED]
        merged = [
            (UUID(event.entity_id), UUID(event.data["merged_into"]))
            for event in gone
            if event.data.get("merged_into")
        ]
        mandates = [_mandate(event) for event in told if event.type in MANDATES]
        rights = [_right(event) for event in told if event.type in REPRESENTATIONS]
        clients = {(row["client"], row["agency"]) for row in mandates if row["ended"]}
        workers = {(row["worker"], row["agency"]) for row in rights if row["ended"]}
        # whoever is just being put forward is so before this, and ended by it
        for client, agency in sorted(clients):
            await hold_mandate(session, agency, client, alone=True)
        leaving = {UUID(event.entity_id) for event in gone}
        touched = leaving | {worker for worker, _ in workers} | {to for _, to in merged}
        for worker in sorted(touched):
            await hold_worker(session, worker, alone=True)

        for loser, winner in merged:
            await merge_candidate(session, loser, winner)
        await _keep_candidates(session, [e for e in told if e.type in WORKERS])
        await _keep(session, mandate, mandates)
        await _keep(session, representation, await _of_the_living(session, rights))
        if clients:
            await end_without_mandate(session, clients)
        if workers:
            await end_unrepresented(session, workers)
        for worker in sorted(leaving):
            await end_of_worker(session, worker)

    async def end_rebuild(self, session: AsyncSession) -> None:
        for table in KEPT:
            await session.execute(delete(table).where(table.c.version == 0))
        await end_without_mandate(session)
        await end_unrepresented(session)


async def _keep_candidates(session: AsyncSession, events: Sequence[Event]) -> None:
    rows = [
        {
            "worker": event.entity_id,
            "version": event.entity_version,
            "blocked_organisations": event.data["blocked_organisations"],
        }
        for event in events
    ]
    if rows:
        await session.execute(KEEP_CANDIDATES, {"rows": orjson.dumps(rows).decode()})


async def _of_the_living(
    session: AsyncSession, rights: Sequence[dict[str, Any]]
) -> Sequence[dict[str, Any]]:
    """Without those of somebody erased: an older event may come later."""
    if not rights:
        return rights
    came_back = select(candidate.c.worker).where(
        candidate.c.worker == erased_person.c.worker
    )
    query = select(erased_person.c.worker).where(
        erased_person.c.worker.in_({row["worker"] for row in rights}),
        ~came_back.exists(),
    )
    gone = set((await session.execute(query)).scalars())
    return [row for row in rights if row["worker"] not in gone]


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


def _right(event: Event) -> dict[str, Any]:
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
