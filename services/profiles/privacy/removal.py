"""Removing a profile: what says who somebody is goes at once, the rest follows.

In the transaction of the request the key is destroyed, the row is emptied, what the
person's own login may delete is deleted, and the tombstone is published. The loops
scrub earlier events and see to it that every other service erases what it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.models import Row, audit, outbox
from services.profiles.privacy.models import erasure
from services.profiles.privacy.registry import PERSONS
from services.profiles.workers.commands import existing_worker, store_worker
from services.profiles.workers.sealed import erased_source
from services.profiles.workers.state import REMOVED, tombstone
from shared.etags import check_version
from shared.identity import Caller
from shared.outbox import record_event
from shared.values import new_id, now

ASKED = "asked"


async def remove_worker(
    session: AsyncSession,
    caller: Caller,
    worker_id: UUID,
    reason: str = ASKED,
    if_match: str | None = None,
) -> None:
    """Empty the profile of all it says, publish its tombstone, ask for its erasure.

    `reason` is a code. Raises NotFound, VersionMismatch.
    """
    row = await existing_worker(session, worker_id, lock=True)
    check_version(if_match, row["version"])
    await empty_worker(session, caller, row, reason)
    await audit(
        session, caller, "worker.remove", ("worker", worker_id), detail={"why": reason}
    )


async def empty_worker(
    session: AsyncSession,
    caller: Caller,
    row: Row,
    reason: str,
    *,
    merged_into: UUID | None = None,
) -> Row:
    """What every removal does to the locked profile; the row as it now is.

    One that is merged says in its tombstone who stays, and does not come back.
    """
    worker_id = row["id"]
    emptied = _emptied(session, row) | {"merged_into": merged_into}
    gone = await store_worker(session, worker_id, emptied)
    await PERSONS.erase(session, worker_id, at_once=True)
    request: Mapping[str, Any] = {
        "id": new_id(),
        "worker": worker_id,
        "version": gone["version"],
        "reason": reason,
        "asked_by": caller.role.value,
        "services": {},
    }
    await session.execute(insert(erasure).values(request))
    await record_event(
        session, outbox, REMOVED, worker_id, gone["version"], tombstone(gone)
    )
    return gone


def _emptied(session: AsyncSession, row: Row) -> dict[str, Any]:
    """Its import must not bring the profile back, so its source is kept as a hash."""
    source = None
    if row["source_id"] is not None:
        source = erased_source(session, row["source_system"], row["source_id"])
    lists: dict[str, Any] = {
        name: [] for name, value in row.items() if isinstance(value, list)
    }
    return {
        **lists,
        **dict.fromkeys(("sealed", "confirmed_at", "last_active_at")),
        "active": False,
        "accepts_lodging": False,
        "accepts_remote": False,
        "zone": "UTC",
        "source_id": source,
        "removed_at": now(),
    }
