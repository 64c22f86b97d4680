"""The postings feed as matching keeps it, and the runs it causes.

A posting that opens or is edited while open is to be ranked at once; the waiting run of
one that is no longer open is called off. Keeping the state, queueing the run and moving
the cursor are the follower's one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.intake.changes import Changed, append_changes
from services.matching.intake.rebuilding import mark_all_stale, remove_the_stale
from services.matching.models import posting
from services.matching.runs.areas import area_of
from services.matching.runs.commands import Wanted, cancel_queued, enqueue
from services.matching.runs.doorbell import Doorbell
from shared.feed import Event
from shared.newest import newest
from shared.outbox import Position
from shared.tracing import current_traceparent, span

TYPES = (
    "PostingDrafted",
    "PostingEdited",
    "PostingHeld",
    "PostingReleased",
    "PostingOpened",
    "PostingFilled",
    "PostingClosed",
    "PostingCancelled",
    "PostingExpired",
)
REASONS = {
    "PostingOpened": "posting opened",
    "PostingReleased": "posting released",
    "PostingEdited": "posting edited",
}

KEEP_GREATER_VERSIONS = text(
    """
    INSERT INTO matching.posting AS held (id, version, organisation, status, doc)
    SELECT told.id, told.version, told.organisation, told.status,
        CAST(told.doc AS jsonb)
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:versions AS integer[]),
        CAST(:organisations AS uuid[]), CAST(:statuses AS text[]),
        CAST(:docs AS text[])
    ) AS told (id, version, organisation, status, doc)
    ON CONFLICT (id) DO UPDATE SET version = excluded.version,
        organisation = excluded.organisation, status = excluded.status,
        removed = false, doc = excluded.doc, stale = false
    WHERE held.version < excluded.version
    RETURNING id, version
    """
)


class PostingProjection:
    """Applies the events of the postings feed and rings for the runs they cause."""

    def __init__(self, doorbell: Doorbell) -> None:
        self._doorbell = doorbell

    async def begin_rebuild(self, session: AsyncSession) -> None:
        await mark_all_stale(session, posting, "postings")

    async def apply(self, session: AsyncSession, events: Sequence[Event]) -> None:
        told = newest(events, TYPES)
        if not told:
            return
        applied = await _keep(session, told)
        wanted = [
            _wanted(change.id, told[change.id])
            for change in applied
            if told[change.id].type in REASONS and _is_open(told[change.id])
        ]
        ended = [change.id for change in applied if not _is_open(told[change.id])]
        await enqueue(session, wanted)
        await cancel_queued(session, ended, "the posting is no longer open")
        for lane in {want.lane for want in wanted}:
            self._doorbell.ring_after_commit(session, lane)
        await append_changes(session, "posting", applied)

    async def end_rebuild(self, session: AsyncSession) -> None:
        gone = await remove_the_stale(session, posting, "posting")
        await cancel_queued(session, gone, "the posting is gone")


async def _keep(session: AsyncSession, told: dict[UUID, Event]) -> list[Changed]:
    rows = await session.execute(
        KEEP_GREATER_VERSIONS,
        {
            "ids": list(told),
            "versions": [event.entity_version for event in told.values()],
            "organisations": [_organisation(event) for event in told.values()],
            "statuses": [event.data["status"] for event in told.values()],
            "docs": [orjson.dumps(event.data).decode() for event in told.values()],
        },
    )
    return [Changed(*row) for row in rows]


def _wanted(posting_id: UUID, event: Event) -> Wanted:
    owner, area = _organisation(event), area_of(event.data)
    if event.position is None:
        # read from a snapshot: nobody waits for it in particular
        return Wanted(posting_id, owner, "refresh", "read model rebuilt", area=area)
    needed = {"postings": Position.parse(event.position)}
    reason = REASONS[event.type]
    with span("queue run", event.traceparent, {"rollcall.posting": str(posting_id)}):
        return Wanted(
            posting_id,
            owner,
            "interactive",
            reason,
            needed,
            area,
            traceparent=current_traceparent(),
        )


def _is_open(event: Event) -> bool:
    return bool(event.data["status"] == "open")


def _organisation(event: Event) -> UUID:
    return UUID(event.data["organisation"])
