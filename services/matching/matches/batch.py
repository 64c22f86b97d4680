"""Many postings ranked one after the other, each told as soon as it is.

Nothing is kept: not as runs, and in memory no more than one list and the documents of
a few postings. All batches of a process together rank one posting at a time, so that
whoever asks for one list waits for one line of them at most. When a client has gone,
its batch is cancelled at the line it was at.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.matching.engine.facts import posting_facts
from services.matching.engine.pipeline import Request, rank_workers
from services.matching.errors import PostingNotFound, PostingNotOpen
from services.matching.matches.commands import Desk, WorkerList
from services.matching.matches.views import show_workers, written
from services.matching.models import audit
from services.matching.runs.queries import KnownPosting, known_postings
from services.matching.runs.ranking import made_of
from shared.identity import Caller
from shared.values import now

READ_AT_ONCE = 50


async def batch_lines(
    desk: Desk, turn: asyncio.Lock, caller: Caller, postings: Sequence[UUID], k: int
) -> AsyncGenerator[bytes]:
    """One line of JSON for each posting, in order (see `BatchLine`)."""
    for first in range(0, len(postings), READ_AT_ONCE):
        ids = postings[first : first + READ_AT_ONCE]
        known = await _visible(desk, caller, ids)
        for id in ids:
            # not held while the line is sent: a slow client keeps nobody waiting
            async with turn:
                line = await _line(desk, caller, id, known.get(id), k)
            yield line


async def _visible(
    desk: Desk, caller: Caller, ids: Sequence[UUID]
) -> Mapping[UUID, KnownPosting]:
    async with desk.database.as_system() as session:
        known = await known_postings(session, ids)
        seen = {id: each for id, each in known.items() if each.is_visible_to(caller)}
        for posting in seen.values():
            subject, owner = ("posting", posting.id), posting.organisation
            await audit.by_another(session, caller, "match.read", subject, tenant=owner)
    return seen


async def _line(
    desk: Desk, caller: Caller, id: UUID, posting: KnownPosting | None, k: int
) -> bytes:
    if posting is None:
        return _written(id, problem=PostingNotFound().as_json())
    if not posting.is_open:
        return _written(id, problem=PostingNotOpen().as_json())
    started = time.perf_counter()
    facts, request = posting_facts(posting.doc), Request(now=now(), k=k)
    seen = await desk.replica.look(lambda index: rank_workers(index, facts, request))

    def write() -> bytes:
        version = desk.replica.taxonomy.version
        made = made_of(seen, posting.version, request, version)
        found = WorkerList(id, None, None, True, made)
        shown = show_workers(found, caller, time.perf_counter() - started)
        return _written(id, ranked=shown)

    return await asyncio.to_thread(write)


def _written(
    posting: UUID,
    ranked: Mapping[str, Any] | None = None,
    problem: Mapping[str, Any] | None = None,
) -> bytes:
    """A `BatchLine`."""
    line = {"posting": posting, "ranked": ranked, "problem": problem}
    return written(line) + b"\n"
