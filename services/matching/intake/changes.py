"""The change log: what every ranking process tails to keep its index.

It is written only here, under a lock held to the end of the transaction, so the order
of `seq` is the order of commits and a reader who has seen one number has seen all
smaller ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

CHANNEL = "rollcall_change"
LOCK = 0x6368616E6765

Entity = Literal["worker", "posting"]

TAKE_TURN = text("SELECT pg_advisory_xact_lock(:lock)")
APPEND = text(
    """
    INSERT INTO matching.change (entity, entity_id, version)
    SELECT :entity, changed.id, changed.version
    FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS integer[]))
        AS changed (id, version)
    """
)
WAKE_TAILERS = text(f"SELECT pg_notify('{CHANNEL}', '')")


class Changed(NamedTuple):
    id: UUID
    version: int


async def append_changes(
    session: AsyncSession, entity: Entity, changed: Sequence[Changed]
) -> None:
    """Log changes to the read model made in the same transaction.

    From here to the commit no other transaction can log any: do it last.
    """
    if not changed:
        return
    await session.execute(TAKE_TURN, {"lock": LOCK})
    await session.execute(
        APPEND,
        {
            "entity": entity,
            "ids": [change.id for change in changed],
            "versions": [change.version for change in changed],
        },
    )
    await session.execute(WAKE_TAILERS)
