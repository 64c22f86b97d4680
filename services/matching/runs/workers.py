"""The processes that work the queue, as each tells of itself with every heartbeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import RowMapping, delete, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.engine.pipeline import ENGINE_VERSION
from services.matching.models import match_worker
from services.matching.runs.lanes import Lane

LOST_SECONDS = 15

LIVE = f"seen_at > clock_timestamp() - interval '{LOST_SECONDS} s'"
"""SQL: whether a worker has told of itself lately."""

KNOWN = text(
    f"""
    SELECT name, state, started_at, seen_at, lanes, areas, slots, busy, index_seq,
        engine_version, {LIVE} AS live
    FROM matching.match_worker ORDER BY name
    """
)
REPORT = text(
    """
    INSERT INTO matching.match_worker AS held
        (name, state, lanes, areas, slots, busy, index_seq, engine_version)
    VALUES (:name, :state, CAST(:lanes AS text[]), CAST(:areas AS integer[]),
        :slots, :busy, CAST(:index_seq AS bigint), :engine)
    ON CONFLICT (name) DO UPDATE SET state = excluded.state,
        seen_at = clock_timestamp(), lanes = excluded.lanes, areas = excluded.areas,
        slots = excluded.slots, busy = excluded.busy, index_seq = excluded.index_seq,
        engine_version = excluded.engine_version
    """
)


WORKER_STATES = ("starting", "working", "draining")


@dataclass(frozen=True, slots=True)
class WorkerNow:
    """A worker process: starting, working or draining; `busy` of its `slots` are."""

    name: str
    state: str
    lanes: Sequence[Lane]
    areas: Sequence[int] | None
    slots: int
    busy: int
    index_seq: int | None


async def report(session: AsyncSession, worker: WorkerNow) -> None:
    """Note how a worker stands, and that it was seen now."""
    values = asdict(worker) | {
        "lanes": list(worker.lanes),
        "areas": None if worker.areas is None else list(worker.areas),
        "engine": ENGINE_VERSION,
    }
    await session.execute(REPORT, values)


async def leave(session: AsyncSession, name: str) -> None:
    """A worker that has drained is gone."""
    await session.execute(delete(match_worker).where(match_worker.c.name == name))


async def known_workers(session: AsyncSession) -> Sequence[RowMapping]:
    """Every process that was seen within the last hour, by name; not `live` are those
    that have been silent for LOST_SECONDS."""
    return (await session.execute(KNOWN)).mappings().all()
