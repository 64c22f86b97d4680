"""A verb for every run that a filter names: counted first, then done page by page.

A page is one transaction, the newest runs first; the next one goes on below it. So it
ends, whatever becomes of the runs meanwhile, and meets none twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.errors import MoreThanAtMost
from services.matching.models import audit, match_run
from services.matching.runs.admission import admit_more
from services.matching.runs.areas import area_of
from services.matching.runs.commands import RANKED_ANEW, Wanted, enqueue_new
from services.matching.runs.finding import Conditions, conditions, count_runs
from services.matching.runs.lanes import BULK, Lane
from services.matching.runs.queries import all_kept_inputs, known_postings
from services.matching.runs.reranking import replayed
from services.matching.runs.steering import steer_many
from services.matching.runs.verb_schemas import TAKES, BulkAsked, RunFilter, Verb
from shared.database import Database, Opener
from shared.identity import Caller
from shared.tracing import current_traceparent

AT_ONCE: Mapping[Verb, int] = {
    "retry": 1_000,
    "cancel": 1_000,
    "discard": 1_000,
    "replay": 100,
    "rerun": 1_000,
}
"""How many runs one request is about."""

TRIES = 5
TRY_AGAIN_SECONDS = 0.02

NO_REFERENCE = re.compile(r"[^A-Za-z0-9_.:/-]+")


@dataclass(frozen=True, slots=True)
class Bulk:
    """What came of one page. `last` is where the next one goes on below; None: there is
    none. `lanes` have something new waiting."""

    matched: int
    done: int = 0
    passed_over: int = 0
    same: int | None = None
    last: UUID | None = None
    lanes: frozenset[Lane] = frozenset()

    @property
    def left(self) -> int:
        return self.matched - self.done - self.passed_over


async def steer_in_bulk(
    database: Database,
    begin: Opener,
    caller: Caller,
    asked: BulkAsked,
    before: UUID | None,
) -> Bulk:
    """Do it to the newest of the runs with an id below `before`, or only count.

    Raises MoreThanAtMost, LaneDraining and LaneFull; then nothing was changed.
    """
    where = meant(asked.verb, asked.filter, before)
    if asked.verb == "replay" and not asked.dry_run:
        # no transaction is open while lists are ranked
        async with database.as_system() as reading:
            matched = await _counted(reading, where, asked)
        bulk = await _replay(database, where, matched)
        session = await begin()
    else:
        session = await begin()
        matched = await _counted(session, where, asked)
        if asked.dry_run:
            return Bulk(matched)
        bulk = await _change(session, asked.verb, where, matched)
    await audit(
        session,
        caller,
        "run.bulk",
        tenant=asked.filter.organisation,
        detail={
            "verb": asked.verb,
            "count": bulk.done,
            "filter": references(asked.filter),
        },
    )
    return bulk


async def _counted(session: AsyncSession, where: Conditions, asked: BulkAsked) -> int:
    matched = await count_runs(session, where)
    if matched > asked.at_most and not asked.dry_run:
        raise MoreThanAtMost(
            f"{matched} runs match; {asked.verb} was to be done to {asked.at_most}"
            " at the most.",
            matched=matched,
            at_most=asked.at_most,
        )
    return matched


def meant(verb: Verb, wanted: RunFilter, before: UUID | None) -> Conditions:
    """The runs that the filter names and the verb is for."""
    where = [*conditions(wanted), match_run.c.state.in_(TAKES[verb])]
    if before is not None:
        where.append(match_run.c.id < before)
    return where


async def _page(
    session: AsyncSession, verb: Verb, where: Conditions
) -> Sequence[RowMapping]:
    columns = (match_run.c.id, match_run.c.posting_id, match_run.c.lane)
    query = (
        select(*columns)
        .where(*where)
        .order_by(match_run.c.id.desc())
        .limit(AT_ONCE[verb])
    )
    return (await session.execute(query)).mappings().all()


def _bulk(
    matched: int, page: Sequence[RowMapping], done: int, verb: Verb, **more: Any
) -> Bulk:
    full = len(page) == AT_ONCE[verb] and len(page) < matched
    return Bulk(
        # what came between the count and the page counts too
        max(matched, len(page)) if full else len(page),
        done,
        len(page) - done,
        last=page[-1]["id"] if full else None,
        **more,
    )


async def _replay(database: Database, where: Conditions, matched: int) -> Bulk:
    async with database.as_system() as reading:
        page = await _page(reading, "replay", where)
        kept = await all_kept_inputs(reading, [run["id"] for run in page])
    same = 0
    for one in kept:
        done = await asyncio.to_thread(replayed, one)
        same += done.same
    return _bulk(matched, page, len(kept), "replay", same=same)


async def _change(
    session: AsyncSession, verb: Verb, where: Conditions, matched: int
) -> Bulk:
    page = await _page(session, verb, where)
    if verb == "rerun":
        done = await _queue_anew(session, page)
        return _bulk(matched, page, done, verb, lanes=frozenset({BULK}))
    lanes: frozenset[Lane] = frozenset()
    taken = page
    if verb == "retry":
        taken = await _one_a_posting(session, page)
        runs: Counter[Lane] = Counter(run["lane"] for run in taken)
        await admit_more(session, runs)
        lanes = frozenset(runs)
    done = await _steer_all(session, verb, [run["id"] for run in taken])
    return _bulk(matched, page, done, verb, lanes=lanes)


async def _steer_all(session: AsyncSession, verb: Verb, ids: Sequence[UUID]) -> int:
    """How many it was done to. Who is at a run holds it for moments only (a heartbeat),
    so those are tried again."""
    left = set(ids)
    for _ in range(TRIES):
        try:
            async with session.begin_nested():
                left -= await steer_many(session, verb, list(left))
        except IntegrityError:
            # a run of one of these postings was queued between our look and our write
            left -= await _steer_singly(session, verb, left)
        if not left:
            break
        await asyncio.sleep(TRY_AGAIN_SECONDS)
    return len(ids) - len(left)


async def _steer_singly(session: AsyncSession, verb: Verb, ids: set[UUID]) -> set[UUID]:
    done: set[UUID] = set()
    for id in ids:
        try:
            async with session.begin_nested():
                done |= await steer_many(session, verb, [id])
        except IntegrityError:
            continue
    return done


async def _one_a_posting(
    session: AsyncSession, page: Sequence[RowMapping]
) -> list[RowMapping]:
    """The newest of each posting that has no waiting run."""
    newest: dict[UUID, RowMapping] = {}
    for run in page:
        newest.setdefault(run["posting_id"], run)
    query = select(match_run.c.posting_id).where(
        match_run.c.posting_id.in_(newest), match_run.c.state == "queued"
    )
    waiting = set((await session.execute(query)).scalars())
    return [run for posting, run in newest.items() if posting not in waiting]


async def _queue_anew(session: AsyncSession, page: Sequence[RowMapping]) -> int:
    """Queue the newest of each open posting in the bulk lane; how many were queued."""
    taken = await _one_a_posting(session, page)
    postings = await known_postings(session, [run["posting_id"] for run in taken])
    wanted = [
        Wanted(
            posting.id,
            posting.organisation,
            BULK,
            RANKED_ANEW,
            area=area_of(posting.doc),
            origin=run["id"],
            traceparent=current_traceparent(),
        )
        for run in taken
        if (posting := postings.get(run["posting_id"])) is not None and posting.is_open
    ]
    await admit_more(session, {BULK: len(wanted)})
    return await enqueue_new(session, wanted)


def references(wanted: RunFilter) -> dict[str, Any]:
    """A filter for the audit log, which holds no text: words become a slug, and a part
    of an error, which may say anything, its digest."""
    shown = wanted.model_dump(mode="json", exclude_none=True)
    if wanted.error is not None:
        digest = hashlib.sha256(wanted.error.encode()).hexdigest()
        shown["error"] = f"sha256:{digest}"
    return {name: NO_REFERENCE.sub("-", value)[:200] for name, value in shown.items()}
