"""Putting runs into the queue and calling them off; what a worker does is in leases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.intake.positions import FEEDS, Positions
from services.matching.persons.listing import without_the_removed
from services.matching.runs.lanes import LANES, Lane
from services.matching.runs.result import COLUMNS, Result
from shared.tracing import current_traceparent
from shared.values import new_id

RANKED_ANEW = "ranked anew"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A posting to be ranked, why, and what the index must have seen by then.

    `area` is where the posting is (`runs.areas`), `origin` the run that this one ranks
    anew, `traceparent` the W3C trace context of what caused it.
    """

    posting_id: UUID
    tenant: UUID
    lane: Lane
    reason: str
    needed: Positions = field(default_factory=dict)
    area: int | None = None
    origin: UUID | None = None
    traceparent: str | None = None


def more_urgent(one: str, other: str) -> str:
    """SQL for the more urgent of two lanes."""
    lanes = f"ARRAY{list(LANES)}"
    return (
        f"CASE WHEN array_position({lanes}, {one}) < array_position({lanes}, {other})"
        f" THEN {one} ELSE {other} END"
    )


ENQUEUE = text(
    f"""
    INSERT INTO matching.match_run AS held
        (id, posting_id, tenant, state, lane, reason, needed_profiles, needed_postings,
        area, origin, traceparent)
    VALUES (:id, :posting_id, :tenant, 'queued', :lane, :reason,
        CAST(:needed_profiles AS bigint[]), CAST(:needed_postings AS bigint[]),
        CAST(:area AS integer), CAST(:origin AS uuid), CAST(:traceparent AS text))
    ON CONFLICT (posting_id) WHERE state = 'queued' DO UPDATE SET
        lane = {more_urgent("excluded.lane", "held.lane")},
        reason = excluded.reason,
        run_at = excluded.run_at,
        area = excluded.area,
        origin = COALESCE(excluded.origin, held.origin),
        traceparent = COALESCE(excluded.traceparent, held.traceparent),
        needed_profiles = GREATEST(held.needed_profiles, excluded.needed_profiles),
        needed_postings = GREATEST(held.needed_postings, excluded.needed_postings)
    RETURNING id
    """
)
ENQUEUE_NEW = text(
    """
    INSERT INTO matching.match_run
        (id, posting_id, tenant, state, lane, reason, area, origin, traceparent)
    SELECT id, posting_id, tenant, 'queued', lane, reason, area, origin, traceparent
    FROM unnest(CAST(:ids AS uuid[]), CAST(:postings AS uuid[]),
        CAST(:tenants AS uuid[]), CAST(:lanes AS text[]), CAST(:reasons AS text[]),
        CAST(:areas AS integer[]), CAST(:origins AS uuid[]),
        CAST(:traceparents AS text[]))
        AS wanted (id, posting_id, tenant, lane, reason, area, origin, traceparent)
    ORDER BY posting_id
    ON CONFLICT (posting_id) WHERE state = 'queued' DO NOTHING
    """
)
CANCEL_QUEUED = text(
    """
    UPDATE matching.match_run SET state = 'cancelled', because = :because,
        finished_at = clock_timestamp()
    WHERE state = 'queued' AND posting_id = ANY(CAST(:postings AS uuid[]))
    """
)
STORE_DONE = text(
    f"""
    INSERT INTO matching.match_run (id, posting_id, tenant, state, lane, reason,
        origin, traceparent, finished_at, {", ".join(COLUMNS)})
    VALUES (:id, :posting_id, :tenant, 'done', 'interactive', :reason,
        CAST(:origin AS uuid), CAST(:traceparent AS text), clock_timestamp(),
        {", ".join(f"CAST(:{name} AS {type})" for name, type in COLUMNS.items())})
    RETURNING finished_at
    """
)


async def enqueue(session: AsyncSession, wanted: Sequence[Wanted]) -> list[UUID]:
    """Queue one run a posting; the ids of the waiting runs, in the order given.

    A posting whose run waits already keeps that one: it is raised to the more urgent
    lane and the greater needed position, and is due now. Ring the lane afterwards.
    """
    ids = []
    for want in wanted:
        values: dict[str, Any] = {
            "id": new_id(),
            "posting_id": want.posting_id,
            "tenant": want.tenant,
            "lane": want.lane,
            "reason": want.reason,
            "area": want.area,
            "origin": want.origin,
            "traceparent": want.traceparent,
        }
        for feed in FEEDS:
            position = want.needed.get(feed)
            values[f"needed_{feed}"] = position and [position.xid, position.id]
        ids.append((await session.execute(ENQUEUE, values)).scalar_one())
    return ids


async def enqueue_new(session: AsyncSession, wanted: Sequence[Wanted]) -> int:
    """Queue one run a posting, in one statement; how many were queued. A posting whose
    run waits already keeps that one as it is, in whichever lane."""
    lists: dict[str, list[Any]] = {
        "ids": [new_id() for _ in wanted],
        "postings": [want.posting_id for want in wanted],
        "tenants": [want.tenant for want in wanted],
        "lanes": [want.lane for want in wanted],
        "reasons": [want.reason for want in wanted],
        "areas": [want.area for want in wanted],
        "origins": [want.origin for want in wanted],
        "traceparents": [want.traceparent for want in wanted],
    }
    rows = await session.execute(ENQUEUE_NEW, lists)
    return int(rows.rowcount)  # type: ignore[attr-defined]


async def cancel_queued(
    session: AsyncSession, postings: Sequence[UUID], because: str
) -> int:
    """Call off the waiting runs of these postings; how many there were."""
    if not postings:
        return 0
    values = {"postings": list(postings), "because": because}
    rows = await session.execute(CANCEL_QUEUED, values)
    return int(rows.rowcount)  # type: ignore[attr-defined]


async def forget_needed_positions(session: AsyncSession, feed: str) -> None:
    """A new epoch counts anew: nothing would ever reach a position of the old one."""
    assert feed in FEEDS
    await session.execute(
        text(
            f"UPDATE matching.match_run SET needed_{feed} = NULL"
            f" WHERE state IN ('queued', 'running') AND needed_{feed} IS NOT NULL"
        )
    )


async def store_done(
    session: AsyncSession,
    posting_id: UUID,
    tenant: UUID,
    result: Result,
    origin: UUID | None = None,
) -> tuple[UUID, datetime]:
    """Keep a list that was made on request as a done run: its id, when it finished.

    `origin`: the run that this one ranks anew."""
    [result] = await without_the_removed(session, [result])
    run_id = new_id()
    named = {
        "id": run_id,
        "posting_id": posting_id,
        "tenant": tenant,
        "reason": "requested" if origin is None else RANKED_ANEW,
        "origin": origin,
        "traceparent": current_traceparent(),
    }
    row = await session.execute(STORE_DONE, named | result.stored())
    return run_id, row.scalar_one()
