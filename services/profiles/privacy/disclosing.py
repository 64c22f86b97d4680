"""Postings' feed as profiles keeps it: whom candidacies let know who a worker is.

An application does from the moment it is made; a submittal, made by an agency, from its
acceptance. Declined, withdrawn and ended it does no more, after the days that the rule
`contact-after-end` grants. An event of a status that is not known here discloses
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.models import worker
from services.profiles.privacy.models import disclosure
from services.profiles.privacy.queries import contact_after_end_days
from shared.feed import Event

DISCLOSES = {
    ("Application", "made"): "application",
    ("Application", "accepted"): "acceptance",
    ("Submittal", "accepted"): "acceptance",
}
NOUNS = ("Application", "Submittal")
ENDED = "ended"


class DisclosureProjection:
    """Applies events of candidacies; postings themselves pass by."""

    async def begin_rebuild(self, session: AsyncSession) -> None:
        """What is standing ends with the rebuild unless the snapshot names it."""
        await session.execute(update(disclosure).values(version=0))

    async def apply(self, session: AsyncSession, events: Sequence[Event]) -> None:
        for event in events:
            noun = next((one for one in NOUNS if event.type.startswith(one)), None)
            if noun is not None and await _is_living(session, event):
                reason = DISCLOSES.get((noun, event.data["status"]))
                if reason is None:
                    await _end(session, event)
                else:
                    await _disclose(session, event, reason)

    async def end_rebuild(self, session: AsyncSession) -> None:
        await session.execute(delete(disclosure).where(disclosure.c.version == 0))


async def _is_living(session: AsyncSession, event: Event) -> bool:
    """A late event must not write anew about somebody erased in the meantime."""
    living = select(worker.c.id).where(
        worker.c.id == UUID(event.data["worker"]), worker.c.removed_at.is_(None)
    )
    found = await session.execute(living.with_for_update(read=True))
    return found.first() is not None


async def _disclose(session: AsyncSession, event: Event, reason: str) -> None:
    row = _row(event).values(reason=reason, until=None)
    # of a merged worker the candidacy goes on as another's
    told = ("version", "worker", "reason", "until")
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["id"],
            set_={name: row.excluded[name] for name in told},
            where=disclosure.c.version < row.excluded.version,
        )
    )


async def _end(session: AsyncSession, event: Event) -> None:
    """Kept also where nothing was disclosed: of two events the older may come later,
    and must then find a greater version."""
    grace = timedelta(days=await contact_after_end_days(session))
    row = _row(event).values(reason=ENDED, until=event.occurred_at)
    until = func.coalesce(disclosure.c.until, event.occurred_at + grace)
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["id"],
            set_={"version": row.excluded.version, "until": until},
            where=disclosure.c.version < row.excluded.version,
        )
    )


def _row(event: Event) -> Insert:
    return insert(disclosure).values(
        id=UUID(event.entity_id),
        version=event.entity_version,
        worker=UUID(event.data["worker"]),
        organisation=UUID(event.data["organisation"]),
        since=event.occurred_at,
    )
