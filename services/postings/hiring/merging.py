"""Two workers turned out to be one: what either is up for, the one who stays is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.postings.blocklist.commands import publish_blocklists
from services.postings.hiring.ending import LIVING
from services.postings.hiring.lifecycle import Status
from services.postings.hiring.queries import Row
from services.postings.hiring.schemas import EndReason
from services.postings.hiring.storage import change_candidacies, move_candidacies
from services.postings.models import audit, blocked_worker, candidacy, representation
from shared.identity import SERVICE_SUBJECTS, Caller, Role

ITSELF = Caller(SERVICE_SUBJECTS["postings"], Role.SERVICE)


async def merge_candidate(session: AsyncSession, loser: UUID, winner: UUID) -> None:
    """Nobody else works with either of them meanwhile; see `hold_worker`."""
    await _end_twice(session, loser, winner)
    of_loser = candidacy.c.worker == loser
    moved = await change_candidacies(session, of_loser, worker=winner)
    # so that what was made by it stands until profiles tells of it anew
    await session.execute(
        update(representation)
        .where(representation.c.worker == loser, ~representation.c.ended)
        .values(worker=winner)
    )
    blocks = select(
        blocked_worker.c.organisation,
        literal(winner),
        blocked_worker.c.blocked_by,
        blocked_worker.c.blocked_at,
    ).where(blocked_worker.c.worker == loser)
    names = ["organisation", "worker", "blocked_by", "blocked_at"]
    copied = insert(blocked_worker).from_select(names, blocks).on_conflict_do_nothing()
    changed = await session.execute(copied.returning(blocked_worker.c.organisation))
    await publish_blocklists(session, changed.scalars().all())
    await audit(
        session,
        ITSELF,
        "candidacy.merge",
        ("worker", winner),
        detail={"of": str(loser), "count": len(moved)},
    )


async def _end_twice(session: AsyncSession, loser: UUID, winner: UUID) -> None:
    """Of two for one posting the accepted one goes on, else the earlier."""
    query = select(candidacy).where(candidacy.c.worker.in_([loser, winner]), LIVING)
    found = await session.execute(query.order_by(candidacy.c.id).with_for_update())
    goes_on: dict[UUID, Row] = {}
    twice: list[UUID] = []
    for row in sorted((dict(row) for row in found.mappings()), key=_precedence):
        if row["posting_id"] in goes_on:
            twice.append(row["id"])
        else:
            goes_on[row["posting_id"]] = row
    if twice:
        which = candidacy.c.id.in_(twice)
        await move_candidacies(session, which, Status.ENDED, EndReason.SAME_PERSON)


def _precedence(row: Mapping[str, Any]) -> tuple[bool, Any]:
    return row["status"] != Status.ACCEPTED.value, row["made_at"]
