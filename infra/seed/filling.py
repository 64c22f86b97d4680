"""Writing a made-up market into the services' databases, with their own commands.

The rows are valid by construction (tests hold them against the services' own schemas
and rules), so the bulk commands that take checked rows are used.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TypeVar, cast

from sqlalchemy import Text, select
from sqlalchemy import cast as cast_to
from sqlalchemy.ext.asyncio import AsyncSession

from infra.seed.cities import City
from infra.seed.employers import MadeOrganisation, MadePosting, make_postings
from infra.seed.trades import Trade
from infra.seed.workers import MadeWorker, make_workers
from services.postings.models import known_concept as known_to_postings
from services.postings.postings.commands import open_postings
from services.profiles.errors import OrganisationExists
from services.profiles.models import outbox
from services.profiles.organisations.commands import register_organisation
from services.profiles.organisations.schemas import (
    OrganisationKind,
    OrganisationRegistration,
)
from services.profiles.workers.commands import NewWorker, register_workers
from shared.database import Database
from shared.identity import Caller, Role
from shared.outbox import Position
from shared.settings import Settings
from shared.values import new_id

T = TypeVar("T")

WORKERS_A_COMMIT = 500
POSTINGS_A_COMMIT = 200
IN_FLIGHT = 2
TAXONOMY_SECONDS = 30.0

Progress = Callable[[str, int], None]
"""Told what has been written: ("workers" or "postings", how many more)."""


class TaxonomyNotLoaded(Exception):
    """The services do not know the taxonomy yet: are the workers running?"""


@dataclass(frozen=True, slots=True)
class Filled:
    """What was added; workers who were there already are not counted."""

    workers: int
    organisations: int
    postings: int


async def fill(
    settings: Settings,
    trades: Sequence[Trade],
    *,
    workers: int,
    postings: int,
    seed: int,
    today: date,
    city: City | None = None,
    progress: Progress = lambda what, number: None,
) -> Filled:
    """Add the market of a seed, all over the world or in one `city`.

    Its workers are the same people each time; postings are new.

    Raises TaxonomyNotLoaded.
    """
    database = Database(settings, "seed")
    try:
        await _await_taxonomy(database, trades)
        people = make_workers(workers, seed, today, trades, city)
        new_workers = await _in_batches(
            people, WORKERS_A_COMMIT, _writer(database, _write_workers, progress)
        )
        offers = list(make_postings(postings, seed, today, trades, city))
        organisations = {offer.organisation.id: offer.organisation for offer in offers}
        new_organisations = 0
        for organisation in organisations.values():
            new_organisations += await _write_organisation(database, organisation)
        new_postings = await _in_batches(
            offers, POSTINGS_A_COMMIT, _writer(database, _write_postings, progress)
        )
        return Filled(new_workers, new_organisations, new_postings)
    finally:
        await database.dispose()


async def newest_worker_event(settings: Settings) -> str | None:
    """The position of the last event that profiles has recorded, as a Feed-Position
    header says it; None if it keeps none."""
    database = Database(settings, "seed")
    try:
        async with database.as_system() as session:
            xid, number = outbox.c.xid, outbox.c.id
            query = select(cast_to(xid, Text), number)
            newest = query.order_by(xid.desc(), number.desc()).limit(1)
            row = (await session.execute(newest)).first()
            return f"profiles={Position(int(row[0]), row[1])}" if row else None
    finally:
        await database.dispose()


async def _await_taxonomy(database: Database, trades: Sequence[Trade]) -> None:
    """Wait until all of matching's taxonomy that the trades name has come to postings,
    which checks every id."""
    wanted = {("occupation", trade.id) for trade in trades}
    for trade in trades:
        wanted |= {("skill", skill) for skill in trade.essential + trade.optional}
        wanted |= {("certificate", name) for name in trade.certificates}
    query = select(known_to_postings.c.kind, known_to_postings.c.id)
    deadline = asyncio.get_running_loop().time() + TAXONOMY_SECONDS
    while True:
        async with database.as_system() as session:
            known = {(kind, id) for kind, id in await session.execute(query)}
        if wanted <= known:
            return
        if asyncio.get_running_loop().time() > deadline:
            raise TaxonomyNotLoaded
        await asyncio.sleep(0.1)


async def _write_workers(session: AsyncSession, batch: Sequence[MadeWorker]) -> int:
    # the command looks only at the columns of whom it registers: checking 100,000
    # documents with pydantic would take longer than writing them
    return len(await register_workers(session, cast(Sequence[NewWorker], batch)))


async def _write_postings(session: AsyncSession, batch: Sequence[MadePosting]) -> int:
    rows = [(made.organisation.id, made.document) for made in batch]
    return len(await open_postings(session, rows))


async def _write_organisation(database: Database, made: MadeOrganisation) -> bool:
    kind = OrganisationKind.AGENCY if made.agency else OrganisationKind.EMPLOYER
    registration = OrganisationRegistration(
        id=made.id,
        kind=kind,
        name=made.name,
        country=made.city.country,
        zone=made.city.zone,
    )
    try:
        async with database.as_system() as session:
            operator = Caller(new_id(), Role.OPERATOR)
            await register_organisation(session, operator, registration)
    except OrganisationExists:
        return False
    return True


def _writer(
    database: Database,
    write: Callable[[AsyncSession, Sequence[T]], Awaitable[int]],
    progress: Progress,
) -> Callable[[Sequence[T]], Awaitable[int]]:
    what = write.__name__.rpartition("_")[2]

    async def one_commit(batch: Sequence[T]) -> int:
        async with database.as_system() as session:
            written = await write(session, batch)
        progress(what, len(batch))
        return written

    return one_commit


async def _in_batches(
    items: Iterable[T], size: int, write: Callable[[Sequence[T]], Awaitable[int]]
) -> int:
    """Make the next batch while the database is at work on those before."""
    total = 0
    under_way: deque[asyncio.Task[int]] = deque()
    try:
        for batch in _chunks(items, size):
            if len(under_way) == IN_FLIGHT:
                total += await under_way.popleft()
            under_way.append(asyncio.create_task(_run(write, batch)))
            await asyncio.sleep(0)  # let it begin before the next batch is made
        while under_way:
            total += await under_way.popleft()
    finally:
        for task in under_way:
            task.cancel()
    return total


async def _run(write: Callable[[Sequence[T]], Awaitable[int]], batch: list[T]) -> int:
    return await write(batch)


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
