"""The blocklists of the postings feed: the last state of each organisation's.

What changes for the index are the open postings of the organisation, so those are
logged. No run is queued: a list is read live once the index has moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.intake.changes import Changed, append_changes
from services.matching.models import blocklist, posting
from services.matching.persons.listing import removed_among
from shared.feed import Event
from shared.newest import newest

CHANGED = "BlocklistChanged"

DROP_THE_STALE = text(
    """
    UPDATE matching.blocklist AS held SET workers = '[]', stale = false
    FROM matching.blocklist AS before
    WHERE held.stale AND before.organisation = held.organisation
    RETURNING held.organisation, before.workers <> '[]' AS named_anybody
    """
)


class BlocklistProjection:
    """Goes before the projection of postings: an erasure takes its locks in the same
    order, first the one on persons, then the one on the change log."""

    async def begin_rebuild(self, session: AsyncSession) -> None:
        await session.execute(update(blocklist).values(stale=True, version=0))

    async def apply(self, session: AsyncSession, events: Sequence[Event]) -> None:
        told = newest(events, {CHANGED})
        if not told:
            return
        named = {worker for each in told.values() for worker in each.data["workers"]}
        gone = await removed_among(session, named)
        changed = [
            organisation
            for organisation in sorted(told)
            if await _keep(session, organisation, told[organisation], gone)
        ]
        await _log_postings(session, changed)

    async def end_rebuild(self, session: AsyncSession) -> None:
        dropped = (await session.execute(DROP_THE_STALE)).all()
        changed = [row.organisation for row in dropped if row.named_anybody]
        await _log_postings(session, changed)


async def _keep(
    session: AsyncSession, organisation: UUID, event: Event, gone: set[str]
) -> bool:
    """Whether it was news. Whoever was erased meanwhile is left out."""
    row = insert(blocklist).values(
        organisation=organisation,
        version=event.entity_version,
        workers=[worker for worker in event.data["workers"] if worker not in gone],
        stale=False,
    )
    kept = row.on_conflict_do_update(
        index_elements=["organisation"],
        set_={name: row.excluded[name] for name in ("version", "workers", "stale")},
        where=blocklist.c.version < row.excluded.version,
    )
    done = await session.execute(kept.returning(blocklist.c.organisation))
    return done.first() is not None


async def _log_postings(session: AsyncSession, organisations: Sequence[UUID]) -> None:
    if not organisations:
        return
    query = select(posting.c.id, posting.c.version).where(
        posting.c.organisation == func.any(list(organisations)),
        posting.c.status == "open",
        ~posting.c.removed,
    )
    found = [Changed(*row) for row in await session.execute(query)]
    await append_changes(session, "posting", found)
