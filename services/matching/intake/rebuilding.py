"""Rebuilding a read model in place when a feed has a new epoch.

Versions start again, so everything held is marked stale at version 0; what the
snapshot does not mention stays stale and goes. Rankings go on meanwhile, from the
state before.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, Table, false, text, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.intake.changes import Changed, Entity, append_changes
from services.matching.runs.commands import forget_needed_positions

# One statement over a whole table takes longer than a login's usual five seconds, and
# inside a transaction that clock can be stopped but not set anew.
PATIENCE = text("SET LOCAL transaction_timeout = 0")


async def mark_all_stale(session: AsyncSession, table: Table, feed: str) -> None:
    """Also forget which positions of the old epoch the waiting runs need."""
    await forget_needed_positions(session, feed)
    await session.execute(PATIENCE)
    await session.execute(update(table).values(stale=True, version=0))


async def remove_the_stale(
    session: AsyncSession, table: Table, entity: Entity
) -> list[UUID]:
    """Make tombstones of the rows that stayed stale, and log those that were alive."""
    await session.execute(PATIENCE)
    was_alive: ColumnElement[bool] = table.c.removed == false()
    gone = await session.execute(
        update(table)
        .where(table.c.stale, was_alive)
        .values(removed=True, doc={})
        .returning(table.c.id)
    )
    ids = list(gone.scalars())
    await session.execute(
        update(table).where(table.c.stale == true()).values(stale=False)
    )
    await append_changes(session, entity, [Changed(removed, 0) for removed in ids])
    return ids
