"""Reading runs: one run, the last list of a posting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.errors import PostingNotFound
from services.matching.intake.turned_away import RANKABLE
from services.matching.models import match_run, posting
from services.matching.runs.result import Result
from shared.identity import Caller

UNKEPT = {"inputs"}
KEPT = ("ranked_at", "k", "inputs", "matches", "engine_version")
LIST = [match_run.c[name] for name in Result.columns() if name not in UNKEPT]
HEAD = [
    match_run.c.posting_id.label("posting"),
    match_run.c.tenant.label("organisation"),
    *(
        match_run.c[name]
        for name in (
            *("id", "state", "lane", "reason", "because", "queued_at", "run_at"),
            *("attempts", "lost", "started_at", "heartbeat_at", "lease_until"),
            *("finished_at", "worker", "error", "area", "origin", "posting_version"),
            *("engine_version", "taxonomy_version", "index_seq", "index_positions"),
            "seconds",
        )
    ),
]
"""A run as it is shown, without its lists."""


@dataclass(frozen=True, slots=True)
class KnownPosting:
    """A posting of the read model; `doc` also says whom it turns away. `read_at` is
    the database's clock then."""

    id: UUID
    version: int
    organisation: UUID
    status: str
    doc: Mapping[str, Any]
    read_at: datetime

    def is_visible_to(self, caller: Caller) -> bool:
        return caller.sees_all or caller.tenant == self.organisation

    @property
    def is_open(self) -> bool:
        """A deadline that has passed counts before anybody has swept it up."""
        expires_at = self.doc.get("expires_at")
        return self.status == "open" and (
            expires_at is None or datetime.fromisoformat(expires_at) > self.read_at
        )


async def known_posting(session: AsyncSession, posting_id: UUID) -> KnownPosting | None:
    """None for one that no feed has told of, or that is gone."""
    return (await known_postings(session, [posting_id])).get(posting_id)


async def known_postings(
    session: AsyncSession, ids: Sequence[UUID]
) -> dict[UUID, KnownPosting]:
    """By id, those that a feed has told of and that are not gone."""
    query = select(
        posting.c.id,
        posting.c.version,
        posting.c.organisation,
        posting.c.status,
        literal_column(RANKABLE, JSONB).label("doc"),
        func.clock_timestamp().label("read_at"),
    ).where(posting.c.id.in_(ids), ~posting.c.removed)
    return {row.id: KnownPosting(*row) for row in await session.execute(query)}


async def visible_posting(
    session: AsyncSession, caller: Caller, posting_id: UUID
) -> KnownPosting:
    """As `known_posting`, for a caller; raises PostingNotFound.

    The read model is behind no wall (`session` is the system's), so this is the check.
    """
    posting = await known_posting(session, posting_id)
    if posting is None or not posting.is_visible_to(caller):
        raise PostingNotFound
    return posting


async def run_head(session: AsyncSession, run_id: UUID) -> RowMapping | None:
    """A run as it is shown."""
    query = select(*HEAD).where(match_run.c.id == run_id)
    return (await session.execute(query)).mappings().first()


async def latest_list(session: AsyncSession, posting_id: UUID) -> RowMapping | None:
    """The last done run of a posting with its list, made with the market's weights."""
    query = (
        select(match_run.c.id, match_run.c.finished_at, *LIST)
        .where(match_run.c.posting_id == posting_id, match_run.c.state == "done")
        .order_by(match_run.c.finished_at.desc())
        .limit(1)
    )
    return (await session.execute(query)).mappings().first()


async def kept_inputs(session: AsyncSession, run_id: UUID) -> RowMapping | None:
    """What a replay of a done run starts from, and the list it must give."""
    found = await all_kept_inputs(session, [run_id])
    return found[0] if found else None


async def all_kept_inputs(
    session: AsyncSession, ids: Sequence[UUID]
) -> Sequence[RowMapping]:
    """As `kept_inputs`, of those of these runs that are done, the newest first."""
    query = (
        select(
            match_run.c.id,
            match_run.c.tenant,
            *(match_run.c[name] for name in KEPT),
        )
        .where(match_run.c.id.in_(ids), match_run.c.state == "done")
        .order_by(match_run.c.id.desc())
    )
    return (await session.execute(query)).mappings().all()


async def kept_list(session: AsyncSession, run_id: UUID) -> RowMapping | None:
    """The list of a done run, what it was made with, and the run that it ranks anew."""
    query = select(
        *(match_run.c.id, match_run.c.posting_id, match_run.c.tenant),
        *(match_run.c.origin, *LIST),
    ).where(match_run.c.id == run_id, match_run.c.state == "done")
    return (await session.execute(query)).mappings().first()
