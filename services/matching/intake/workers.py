"""The profiles feed as matching keeps it: the last state of every worker.

Worker events queue no runs: a worker is eligible for several open postings on average,
and they would flood. Rankings see the change through the index.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.intake.changes import Changed, append_changes
from services.matching.intake.rebuilding import mark_all_stale, remove_the_stale
from services.matching.models import worker
from shared.feed import Event
from shared.newest import newest

REMOVED = "WorkerRemoved"
# for the rules of bookings, which are not asked here: ranking neither keeps them nor
# can it show them
NOT_FOR_RANKING = frozenset({"minor_until", "right_to_work"})
ENTITY_TYPES = ("WorkerRegistered", "WorkerChanged", REMOVED)

KEEP_GREATER_VERSIONS = text(
    """
    INSERT INTO matching.worker AS held (id, version, removed, doc)
    SELECT told.id, told.version, told.removed, CAST(told.doc AS jsonb)
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:versions AS integer[]),
        CAST(:removed AS boolean[]), CAST(:docs AS text[])
    ) AS told (id, version, removed, doc)
    ON CONFLICT (id) DO UPDATE SET version = excluded.version,
        removed = excluded.removed, doc = excluded.doc, stale = false
    WHERE held.version < excluded.version
    RETURNING id, version
    """
)


class WorkerProjection:
    """Applies the events of the profiles feed; those not about workers pass by."""

    async def begin_rebuild(self, session: AsyncSession) -> None:
        await mark_all_stale(session, worker, "profiles")

    async def apply(self, session: AsyncSession, events: Sequence[Event]) -> None:
        told = newest(events, ENTITY_TYPES)
        if not told:
            return
        removed = [event.type == REMOVED for event in told.values()]
        docs = [
            "{}" if event.type == REMOVED else _document(event)
            for event in told.values()
        ]
        rows = await session.execute(
            KEEP_GREATER_VERSIONS,
            {
                "ids": list(told),
                "versions": [event.entity_version for event in told.values()],
                "removed": removed,
                "docs": docs,
            },
        )
        await append_changes(session, "worker", [Changed(*row) for row in rows])

    async def end_rebuild(self, session: AsyncSession) -> None:
        await remove_the_stale(session, worker, "worker")


def _document(event: Event) -> str:
    kept = {k: v for k, v in event.data.items() if k not in NOT_FOR_RANKING}
    return orjson.dumps(kept).decode()
