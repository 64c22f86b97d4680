"""Erasure in a service that follows profiles: a worker's tombstone empties its tables.

What was erased, of which version and when, is written down in the same transaction:
profiles asks until every service has it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    DateTime,
    Integer,
    MetaData,
    Table,
    Uuid,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.feed import Event
from shared.follow import Projection
from shared.newest import newest
from shared.persons.registry import PersonRegistry

REMOVED = "WorkerRemoved"

# long lists are rewritten row by row; inside a transaction the login's usual five
# seconds can be stopped but not set anew
PATIENCE = text("SET LOCAL transaction_timeout = 0")

Before = Callable[[AsyncSession], Awaitable[None]]


def erased_person_table(metadata: MetaData) -> Table:
    """Who was erased; the version is that of the tombstone."""
    return Table(
        "erased_person",
        metadata,
        Column("worker", Uuid, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("counts", JSONB, nullable=False),
        Column("erased_at", DateTime(timezone=True), server_default=func.now()),
    )


class Erasing:
    """A projection of profiles' feed that looks at tombstones alone.

    `before` takes whatever lock the service needs before its tables are searched.
    """

    def __init__(
        self, registry: PersonRegistry, erased: Table, before: Before | None = None
    ) -> None:
        self._registry = registry
        self._erased = erased
        self._before = before

    async def begin_rebuild(self, session: AsyncSession) -> None:
        """Another epoch may count its versions anew."""
        await session.execute(update(self._erased).values(version=0))

    async def apply(self, session: AsyncSession, events: Sequence[Event]) -> None:
        told = newest(events, {REMOVED})
        if not told:
            return
        await session.execute(PATIENCE)
        if self._before is not None:
            await self._before(session)
        done = await self._versions(session, list(told))
        for worker in sorted(told):
            version = told[worker].entity_version
            if done.get(worker, 0) < version:
                await self._erase(session, worker, version)

    async def end_rebuild(self, session: AsyncSession) -> None:
        """A snapshot names no tombstones; profiles tells them again until they are
        confirmed."""

    async def _erase(self, session: AsyncSession, worker: UUID, version: int) -> None:
        counts = await self._registry.erase(session, worker)
        row = insert(self._erased).values(worker=worker, version=version, counts=counts)
        anew = {name: row.excluded[name] for name in ("version", "counts")}
        await session.execute(
            row.on_conflict_do_update(
                index_elements=["worker"], set_=anew | {"erased_at": func.now()}
            )
        )

    async def _versions(
        self, session: AsyncSession, workers: list[UUID]
    ) -> dict[UUID, int]:
        erased = self._erased.c
        query = select(erased.worker, erased.version).where(erased.worker.in_(workers))
        return {row.worker: row.version for row in await session.execute(query)}


class Together:
    """Several projections of one feed, applied in this order in one transaction."""

    def __init__(self, *projections: Projection) -> None:
        self._projections = projections

    async def begin_rebuild(self, session: AsyncSession) -> None:
        for projection in self._projections:
            await projection.begin_rebuild(session)

    async def apply(self, session: AsyncSession, events: Sequence[Event]) -> None:
        for projection in self._projections:
            await projection.apply(session, events)

    async def end_rebuild(self, session: AsyncSession) -> None:
        for projection in self._projections:
            await projection.end_rebuild(session)


async def erasure_state(
    session: AsyncSession, registry: PersonRegistry, erased: Table, worker: UUID
) -> dict[str, Any]:
    """What the service says to whoever asks whether it is done; see ErasureState."""
    query = select(erased.c.version, erased.c.counts, erased.c.erased_at)
    row = (await session.execute(query.where(erased.c.worker == worker))).first()
    return {
        "version": row.version if row else None,
        "erased_at": row.erased_at if row else None,
        "counts": row.counts if row else {},
        "held": await registry.held(session, worker),
    }
