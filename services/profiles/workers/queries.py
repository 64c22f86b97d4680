"""Every select of workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from sqlalchemy import Text, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.models import Row, worker
from services.profiles.workers.sealed import erased_source, opened_rows
from shared.remapping import Replaced, gone, named

SourceId = tuple[str, str]
LIVING = worker.c.removed_at.is_(None)


@dataclass(frozen=True, slots=True)
class WorkerFilter:
    """What a list of workers is narrowed by; None leaves a field free."""

    market: str | None = None
    kind: str | None = None
    skill: str | None = None
    active: bool | None = None
    zone: str | None = None


async def find_worker(
    session: AsyncSession, worker_id: UUID, lock: bool = False
) -> Row | None:
    """The whole profile, unless it was removed or is behind the caller's wall."""
    query = select(worker).where(worker.c.id == worker_id, LIVING)
    if lock:
        query = query.with_for_update()
    row = (await session.execute(query)).mappings().one_or_none()
    if row is None:
        return None
    [opened] = await opened_rows(session, [dict(row)])
    return opened


async def page_of_workers(
    session: AsyncSession, wanted: WorkerFilter, after: UUID | None, limit: int
) -> list[Row]:
    """Up to `limit` rows by id, with what is sealed still closed."""
    query = select(worker).where(LIVING).order_by(worker.c.id).limit(limit)
    if after is not None:
        query = query.where(worker.c.id > after)
    if wanted.market is not None:
        query = query.where(worker.c.markets.contains([wanted.market]))
    if wanted.kind is not None:
        query = query.where(worker.c.kinds.contains([wanted.kind]))
    if wanted.skill is not None:
        query = query.where(worker.c.skills.contains([{"skill": wanted.skill}]))
    if wanted.active is not None:
        query = query.where(worker.c.active == wanted.active)
    if wanted.zone is not None:
        query = query.where(worker.c.zone == wanted.zone)
    return [dict(row) for row in (await session.execute(query)).mappings()]


async def lock_sources(session: AsyncSession, systems: Sequence[str]) -> None:
    """Let one transaction at a time import from each system."""
    for system in sorted(systems):
        key = func.hashtextextended(f"worker source {system}", 0)
        await session.execute(select(func.pg_advisory_xact_lock(key)))


async def find_by_source(
    session: AsyncSession, sources: Sequence[SourceId]
) -> Mapping[SourceId, Row]:
    """The locked profiles of those sources that are known, removed ones included."""
    if not sources:
        return {}
    known_as = {(system, number): (system, number) for system, number in sources}
    for system, number in sources:
        known_as[system, erased_source(session, system, number)] = system, number
    asked = (
        func.unnest(
            bindparam("systems", [system for system, _ in known_as], ARRAY(Text)),
            bindparam("ids", [number for _, number in known_as], ARRAY(Text)),
        )
        .table_valued("system", "id")
        .render_derived()
    )
    query = (
        select(worker)
        .join(
            asked,
            (worker.c.source_system == asked.c.system)
            & (worker.c.source_id == asked.c.id),
        )
        .order_by(worker.c.id)
        .with_for_update(of=worker)
    )
    rows = [dict(row) for row in (await session.execute(query)).mappings()]
    opened = await opened_rows(session, rows)
    return {known_as[row["source_system"], row["source_id"]]: row for row in opened}


# each branch finds its claims through its own index
_CLAIMS = """
    WITH gone AS (
        SELECT kind, id FROM jsonb_to_recordset(CAST(:gone AS jsonb))
            AS told (kind text, id text)
    ), claim AS (
        SELECT gone.kind, gone.id, worker.id AS worker_id
        FROM gone JOIN profiles.worker
            ON worker.skills @> jsonb_build_array(jsonb_build_object('skill', gone.id))
        WHERE gone.kind = 'skill' AND removed_at IS NULL
        UNION ALL
        SELECT gone.kind, gone.id, worker.id
        FROM gone JOIN profiles.worker ON worker.certificates
            @> jsonb_build_array(jsonb_build_object('certificate', gone.id))
        WHERE gone.kind = 'certificate' AND removed_at IS NULL
    )
"""
CLAIMANTS = text(f"{_CLAIMS} SELECT DISTINCT worker_id FROM claim LIMIT :limit")
CLAIM_COUNTS = text(f"{_CLAIMS} SELECT kind, id, count(*) FROM claim GROUP BY kind, id")
CLAIMANT_COUNT = text(f"{_CLAIMS} SELECT count(DISTINCT worker_id) FROM claim")


async def lock_claimants(
    session: AsyncSession, replaced: Replaced, limit: int
) -> list[Row]:
    """Up to `limit` workers who claim a replaced concept, locked; those that somebody
    else has locked are left for the next time."""
    asked = {"gone": _json(gone(replaced)), "limit": limit}
    ids = (await session.execute(CLAIMANTS, asked)).scalars().all()
    query = select(worker).where(worker.c.id.in_(ids), LIVING).order_by(worker.c.id)
    rows = await session.execute(query.with_for_update(skip_locked=True))
    found = [dict(row) for row in rows.mappings()]
    # what was edited while we waited may name it no more
    return [
        row
        for row in found
        if named(row["skills"], "skill", replaced)
        or named(row["certificates"], "certificate", replaced)
    ]


async def count_claims(
    session: AsyncSession, replaced: Replaced
) -> tuple[dict[tuple[str, str], int], int]:
    """How many claims there are of each replaced concept, and of how many workers."""
    asked = {"gone": _json(gone(replaced))}
    counts = await session.execute(CLAIM_COUNTS, asked)
    workers = await session.execute(CLAIMANT_COUNT, asked)
    return {(kind, id): n for kind, id, n in counts}, workers.scalar_one()


def _json(rows: Sequence[Mapping[str, str]]) -> str:
    return orjson.dumps(rows).decode()
