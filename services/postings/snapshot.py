"""All that postings publishes, as it is now: how the feed's consumers start."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.postings.blocklist import queries as blocklists
from services.postings.hiring.queries import page_of_published
from services.postings.hiring.state import event
from services.postings.postings.queries import feed_snapshot
from shared.feed import Event


async def snapshot(
    session: AsyncSession, after: str | None, limit: int
) -> Sequence[Event]:
    """Postings, blocklists, and candidacies that are not over, or not for long, by id.

    Raises InvalidRequest.
    """
    events = list(await feed_snapshot(session, after, limit))
    last_seen = UUID(after) if after is not None else None
    events += await blocklists.feed_snapshot(session, last_seen, limit)
    for row in await page_of_published(session, last_seen, limit):
        told = event(row)
        events.append(
            Event(
                type=told.type,
                entity_id=told.entity_id,
                entity_version=told.entity_version,
                occurred_at=row["updated_at"],
                data=dict(told.data),
            )
        )
    return sorted(events, key=lambda one: one.entity_id)[:limit]
