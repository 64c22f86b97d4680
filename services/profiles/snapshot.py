"""All that profiles publishes, as it is now: how the feed's consumers start."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.agencies import state as agencies
from services.profiles.agencies.queries import page
from services.profiles.models import Row, mandate, representation
from services.profiles.organisations import state as organisations
from services.profiles.organisations.queries import (
    OrganisationFilter,
    page_of_organisations,
)
from services.profiles.work_papers.queries import said_of_workers
from services.profiles.workers import state as workers
from services.profiles.workers.queries import WorkerFilter, page_of_workers
from shared.feed import Event
from shared.problems import Fault, InvalidRequest

GRANTED = (
    (mandate, agencies.MANDATE_GRANTED, agencies.published_mandate),
    (
        representation,
        agencies.REPRESENTATION_GRANTED,
        agencies.published_representation,
    ),
)


async def snapshot(session: AsyncSession, after: str | None, limit: int) -> list[Event]:
    """Up to `limit` workers, organisations, mandates and rights to represent by id,
    those after the id `after`.

    Removed workers are not in it, nor is what has ended. Raises InvalidRequest.
    """
    try:
        last_seen = UUID(after) if after is not None else None
    except ValueError:
        fault = Fault("after", "cursor", "is not a cursor of this snapshot", "query")
        raise InvalidRequest(faults=[fault]) from None
    people = await page_of_workers(session, WorkerFilter(), last_seen, limit)
    said = await said_of_workers(session, [row["id"] for row in people])
    events = [
        _event(workers.CHANGED, row, workers.published(row, said[row["id"]]))
        for row in people
    ]
    events += [
        _event(organisations.CHANGED, row, organisations.published(row))
        for row in await page_of_organisations(
            session, OrganisationFilter(), last_seen, limit
        )
    ]
    for table, granted, published in GRANTED:
        standing = table.c.ended_at.is_(None)
        events += [
            _event(granted, row | {"updated_at": row["granted_at"]}, published(row))
            for row in await page(session, table, standing, last_seen, limit)
        ]
    return sorted(events, key=lambda event: event.entity_id)[:limit]


def _event(type: str, row: Row, data: dict[str, object]) -> Event:
    return Event(
        type=type,
        entity_id=str(row["id"]),
        entity_version=row["version"],
        occurred_at=row["updated_at"],
        data=data,
    )
