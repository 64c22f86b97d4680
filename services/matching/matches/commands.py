"""The lists themselves: kept where they still hold, else ranked live.

No transaction is open while a list waits for the index or is ranked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.engine.facts import PostingFacts, posting_facts, worker_facts
from services.matching.engine.index import Index
from services.matching.engine.pipeline import (
    ENGINE_VERSION,
    Ranking,
    Request,
    rank_postings,
)
from services.matching.engine.supply import supply
from services.matching.errors import (
    PostingNotRankable,
    RunNotDone,
    RunNotFound,
    WorkerNotFound,
)
from services.matching.intake.positions import as_json
from services.matching.intake.replica import Replica
from services.matching.intake.turned_away import turned_away_by
from services.matching.matches.queries import (
    listed_in_run,
    posting_documents,
    worker_document,
)
from services.matching.matches.schemas import Feedback
from services.matching.matches.search import Asked, Search
from services.matching.models import audit, match_feedback
from services.matching.persons.listing import removed_among
from services.matching.runs.commands import store_done
from services.matching.runs.queries import KnownPosting, latest_list, visible_posting
from services.matching.runs.ranking import rank_for_run, rank_live
from shared.database import Database
from shared.identity import Caller
from shared.problems import Fault, InvalidRequest
from shared.values import new_id, now

# scores and verdicts also depend on the hour, not only on what changed
FRESH = timedelta(minutes=1)

# of the loop: one makes a statement, the next sends it
TURNS_TO_SEND = 2


@dataclass(frozen=True, slots=True)
class Desk:
    """What a list is made with."""

    database: Database
    replica: Replica


@dataclass(frozen=True, slots=True)
class WorkerList:
    """Exact figures; what a caller may see of them is for the routes to cut.

    `run_id` and `finished_at` are None where nothing was kept.
    """

    posting: UUID | None
    run_id: UUID | None
    finished_at: datetime | None
    live: bool
    made: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PostingList:
    worker: UUID
    ranking: Ranking
    postings: Mapping[UUID, Mapping[str, Any]]
    index: Mapping[str, Any]
    taxonomy_version: str


async def workers_for_posting(
    desk: Desk, caller: Caller, posting_id: UUID, k: int
) -> WorkerList:
    """The posting's last list if it still holds, else a new one, kept as a done run.

    Raises PostingNotFound and PostingNotRankable.
    """
    async with desk.database.as_system() as session:
        posting = await visible_posting(session, caller, posting_id)
        subject, owner = ("posting", posting_id), posting.organisation
        await audit.by_another(session, caller, "match.read", subject, tenant=owner)
    async with desk.database.as_caller(caller) as session:
        kept = await latest_list(session, posting_id)
    if kept is not None and (
        not posting.is_open or _still_holds(kept, posting, desk.replica, k)
    ):
        made = {**kept, "matches": kept["matches"][:k]}
        return WorkerList(posting_id, kept["id"], kept["finished_at"], False, made)
    if not posting.is_open:
        raise PostingNotRankable(posting_status=posting.status)
    request = Request(now=posting.read_at, k=k)
    result = await rank_for_run(desk.replica, posting_facts(posting.doc), request)
    async with desk.database.as_caller(caller) as session:
        run_id, finished_at = await store_done(
            session, posting_id, posting.organisation, result
        )
    return WorkerList(posting_id, run_id, finished_at, True, result.values())


async def workers_for_search(desk: Desk, caller: Caller, search: Search) -> WorkerList:
    """Ranked live and not kept."""
    facts = await facts_of(desk, search, caller)
    request = Request(now=now(), k=search.k, weights=search.weights)
    if not caller.sees_all:
        made = await rank_live(desk.replica, facts, request)
        return WorkerList(None, None, None, True, made)
    # the database writes while this process ranks; both are done before the answer
    noting = asyncio.create_task(_note_search(desk, caller, search))
    try:
        for _ in range(TURNS_TO_SEND):
            await asyncio.sleep(0)
        made = await rank_live(desk.replica, facts, request)
    finally:
        await noting
    return WorkerList(None, None, None, True, made)


async def _note_search(desk: Desk, caller: Caller, search: Search) -> None:
    async with desk.database.as_system_alone() as session:
        await audit(session, caller, "match.search", tenant=search.organisation)


async def facts_of(desk: Desk, asked: Asked, caller: Caller) -> PostingFacts:
    """A posting that would ask this, of the caller's organisation."""
    fields = asked.model_dump(mode="json", exclude={"weights", "k"})
    organisation = asked.organisation or caller.tenant
    turned_away: Sequence[str] = ()
    if organisation is not None:
        async with desk.database.as_system_alone() as session:
            turned_away = await turned_away_by(session, organisation)
    asking = organisation or new_id()
    named = {"id": str(new_id()), "version": 0, "organisation": str(asking)}
    return posting_facts(fields | named | {"turned_away": turned_away})


async def postings_for_worker(
    desk: Desk, caller: Caller, worker_id: UUID, k: int
) -> PostingList:
    """From the worker's floor as they said it, not as the index blurs it.

    Raises WorkerNotFound.
    """
    request = Request(now=now(), k=k)
    async with desk.database.as_system() as session:
        said = await worker_document(session, worker_id)
    if said is None:
        raise WorkerNotFound
    worker = supply(worker_facts(said))

    def look(index: Index) -> Ranking | None:
        if not index.holds_worker(worker_id):
            return None
        return rank_postings(index, worker, request)

    seen = await desk.replica.look(look)
    if seen.value is None:
        raise WorkerNotFound
    async with desk.database.as_system() as session:
        ids = [match.id for match in seen.value.matches]
        postings = await posting_documents(session, ids)
        await audit.by_another(session, caller, "match.read", ("worker", worker_id))
    return PostingList(
        worker=worker_id,
        ranking=seen.value,
        postings=postings,
        index={"seq": seen.seq, "positions": as_json(seen.positions)},
        taxonomy_version=desk.replica.taxonomy.version,
    )


async def note_feedback(
    session: AsyncSession, caller: Caller, feedback: Feedback
) -> int:
    """Record what came of a list; how many notes are new.

    Raises RunNotFound, RunNotDone, and InvalidRequest for workers it does not list.
    """
    run = await listed_in_run(session, feedback.run)
    if run is None:
        raise RunNotFound
    if run["state"] != "done":
        raise RunNotDone
    named = {entry["worker"] for entry in (*run["matches"], *run["possible"])}
    gone = await removed_among(session, named)
    listed = {UUID(worker) for worker in named - gone}
    faults = [
        Fault(f"/notes/{number}/worker", "not_listed", "is not on this run's list")
        for number, note in enumerate(feedback.notes)
        if note.worker not in listed
    ]
    if faults:
        raise InvalidRequest(faults=faults)
    rows = [
        {
            "id": new_id(),
            "run_id": feedback.run,
            "tenant": run["tenant"],
            "posting_id": run["posting_id"],
            "worker_id": note.worker,
            "kind": note.kind,
            "reason": note.reason,
            "caller": caller.subject,
        }
        for note in feedback.notes
    ]
    statement = insert(match_feedback).values(rows).on_conflict_do_nothing()
    kept = statement.returning(match_feedback.c.worker_id, match_feedback.c.kind)
    new = (await session.execute(kept)).all()
    told = {"run": feedback.run, "posting": run["posting_id"]}
    for note in new:
        if note.kind == "declined":
            await audit(
                session,
                caller,
                "match.decline",
                ("worker", note.worker_id),
                tenant=run["tenant"],
                detail=told,
            )
    return len(new)


def _still_holds(
    kept: RowMapping, posting: KnownPosting, replica: Replica, k: int
) -> bool:
    """Whether ranking again would give the same list."""
    return bool(
        kept["posting_version"] == posting.version
        and kept["index_seq"] == replica.seq
        and kept["engine_version"] == ENGINE_VERSION
        and kept["taxonomy_version"] == replica.taxonomy.version
        and kept["k"] >= k
        and posting.read_at - kept["ranked_at"] < FRESH
    )
