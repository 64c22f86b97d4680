"""What ends candidacies without anybody's step: rights, mandates, postings, leaving.

What the organisation has accepted outlives the right to represent, the mandate and the
posting, since the two are in touch by then; it ends with a cancelled posting, and when
the worker leaves.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, Table, delete, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.postings.hiring.lifecycle import LIVE, Status
from services.postings.hiring.queries import (
    Pair,
    hold_mandate,
    hold_posting,
    hold_worker,
    in_force,
)
from services.postings.hiring.schemas import EndReason
from services.postings.hiring.storage import move_candidacies
from services.postings.models import (
    candidacy,
    ended_posting,
    mandate,
    posting,
    representation,
)
from services.postings.postings.lifecycle import Status as PostingStatus
from shared.database import Database

AT_ONCE = 500

WAITING = candidacy.c.status == Status.MADE.value
LIVING = candidacy.c.status.in_(sorted(LIVE))
SUBMITTED = candidacy.c.agency.is_not(None)


async def end_of_worker(session: AsyncSession, worker: UUID) -> None:
    """Of somebody who has left: nothing of theirs goes on."""
    of_worker = (candidacy.c.worker == worker) & LIVING
    await move_candidacies(session, of_worker, Status.ENDED, EndReason.WORKER_LEFT)


async def end_unrepresented(session: AsyncSession, of: set[Pair] | None = None) -> None:
    """Submittals that wait without a right to represent in force, by whichever grant;
    those of some (worker, agency), or of all."""
    right = select(representation.c.id).where(
        representation.c.worker == candidacy.c.worker,
        representation.c.agency == candidacy.c.agency,
        or_(
            representation.c.client.is_(None),
            representation.c.client == candidacy.c.organisation,
        ),
        in_force(representation),
    )
    which = WAITING & SUBMITTED & ~right.exists()
    if of is not None:
        which &= tuple_(candidacy.c.worker, candidacy.c.agency).in_(sorted(of))
    await move_candidacies(session, which, Status.ENDED, EndReason.NOT_REPRESENTED)


async def end_without_mandate(
    session: AsyncSession, of: set[Pair] | None = None
) -> None:
    """Submittals that wait at a client that lets the agency act no more; those of some
    (client, agency), or of all. An agency's own postings need no mandate."""
    given = select(mandate.c.id).where(
        mandate.c.client == candidacy.c.organisation,
        mandate.c.agency == candidacy.c.agency,
        in_force(mandate),
    )
    at_client = candidacy.c.agency != candidacy.c.organisation
    which = WAITING & SUBMITTED & at_client & ~given.exists()
    if of is not None:
        which &= tuple_(candidacy.c.organisation, candidacy.c.agency).in_(sorted(of))
    await move_candidacies(session, which, Status.ENDED, EndReason.MANDATE_ENDED)


async def end_what_is_over(database: Database) -> None:
    """End what is over by the clock or by its posting; the loops do it again."""
    async with database.as_system() as session:
        await end_run_out(session)
    while True:
        async with database.as_system() as session:
            if not await end_of_ended_postings(session):
                return


async def end_run_out(session: AsyncSession) -> None:
    """Rights and mandates whose last moment has passed."""
    clients = await _run_out(session, mandate, mandate.c.client)
    workers = await _run_out(session, representation, representation.c.worker)
    for client, agency in sorted(clients):
        await hold_mandate(session, agency, client, alone=True)
    for worker in sorted({worker for worker, _ in workers}):
        await hold_worker(session, worker, alone=True)
    if clients:
        await end_without_mandate(session, clients)
    if workers:
        await end_unrepresented(session, workers)


async def _run_out(
    session: AsyncSession, table: Table, giver: ColumnElement[UUID]
) -> set[Pair]:
    """Note that they have ended; between whom they were."""
    statement = (
        update(table)
        .where(~table.c.ended, table.c.ends_at <= func.now())
        .values(ended=True)
        .returning(giver, table.c.agency)
    )
    return {(row[0], row[1]) for row in await session.execute(statement)}


async def end_of_ended_postings(session: AsyncSession) -> bool:
    """At most AT_ONCE candidacies of one posting that has ended; whether there may be
    more to do."""
    queue = select(ended_posting.c.posting_id).order_by(ended_posting.c.ended_at)
    queue = queue.limit(1).with_for_update(skip_locked=True)
    id = (await session.execute(queue)).scalar_one_or_none()
    if id is None:
        return False
    # whoever was just applying has done so before this
    await hold_posting(session, id, alone=True)
    query = select(posting.c.status).where(posting.c.id == id)
    status = PostingStatus((await session.execute(query)).scalar_one())
    over = LIVING if status is PostingStatus.CANCELLED else WAITING
    some = (
        select(candidacy.c.id)
        .where(candidacy.c.posting_id == id, over)
        .limit(AT_ONCE)
        .with_for_update()
    )
    ids = list((await session.execute(some)).scalars())
    if ids:
        reason = EndReason(f"posting_{status.value}")
        which = candidacy.c.id.in_(ids)
        await move_candidacies(session, which, Status.ENDED, reason)
    if len(ids) < AT_ONCE:
        done = delete(ended_posting).where(ended_posting.c.posting_id == id)
        await session.execute(done)
    return True
