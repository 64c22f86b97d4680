"""What is counted, not listed: how many fit, and what each single change would bring.

As with lists, no transaction is open while the index is waited for or looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from services.matching.engine.count import Counted, count_workers
from services.matching.engine.facts import PostingFacts, posting_facts, worker_facts
from services.matching.engine.index import Index
from services.matching.engine.pipeline import Request
from services.matching.engine.whatif import (
    Openings,
    WhatIf,
    what_if_posting,
    what_if_worker,
)
from services.matching.errors import PostingNotOpen, WorkerNotFound
from services.matching.intake.replica import Seen
from services.matching.matches.commands import Desk, facts_of
from services.matching.matches.queries import worker_document
from services.matching.matches.search import Asked, WhatIfAsked
from services.matching.models import audit
from services.matching.runs.queries import visible_posting
from shared.identity import Caller
from shared.values import now

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class About(Generic[T]):
    """Exact figures, and whom or what they are about (None: a search)."""

    id: UUID | None
    seen: Seen[T]


async def count_for_search(desk: Desk, caller: Caller, asked: Asked) -> Seen[Counted]:
    """How many fit what a posting would ask; names nobody and is not kept."""
    facts, request = await facts_of(desk, asked, caller), Request(now=now())
    return await desk.replica.look(lambda index: count_workers(index, facts, request))


async def what_if_asked(
    desk: Desk, caller: Caller, asked: WhatIfAsked
) -> About[WhatIf]:
    """The relaxations of a posting or of a search.

    Raises PostingNotFound and PostingNotOpen.
    """
    if asked.posting is not None:
        facts, request = await _open_posting(desk, caller, asked.posting)
    else:
        assert asked.search is not None
        facts = await facts_of(desk, asked.search, caller)
        request = Request(now=now())
    seen = await desk.replica.look(lambda index: what_if_posting(index, facts, request))
    return About(asked.posting, seen)


async def _open_posting(
    desk: Desk, caller: Caller, id: UUID
) -> tuple[PostingFacts, Request]:
    async with desk.database.as_system() as session:
        posting = await visible_posting(session, caller, id)
        owner = posting.organisation
        await audit.by_another(
            session, caller, "match.what_if", ("posting", id), tenant=owner
        )
    if not posting.is_open:
        raise PostingNotOpen
    return posting_facts(posting.doc), Request(now=posting.read_at)


async def openings_for_worker(
    desk: Desk, caller: Caller, worker_id: UUID
) -> About[Openings]:
    """From the worker's floor as they said it, as their list of postings is.

    Raises WorkerNotFound.
    """
    async with desk.database.as_system() as session:
        said = await worker_document(session, worker_id)
        if said is None:
            raise WorkerNotFound
        subject = ("worker", worker_id)
        await audit.by_another(session, caller, "match.what_if", subject)
    facts, request = worker_facts(said), Request(now=now())

    def look(index: Index) -> Openings | None:
        if not index.holds_worker(worker_id):
            return None
        return what_if_worker(index, facts, request)

    seen = await desk.replica.look(look)
    if seen.value is None:
        raise WorkerNotFound
    return About(worker_id, Seen(seen.value, seen.seq, seen.positions))
