"""Whoever was removed while a list was made is not on it when it is stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.runs.result import Result

# waits for an erasure under way, and holds back the next to the end of the transaction
REMOVED_AMONG = text("SELECT matching.removed_among(CAST(:workers AS uuid[]))")


async def removed_among(session: AsyncSession, workers: Iterable[str]) -> set[str]:
    """Those of these workers whose tombstone the read model has."""
    asked = {"workers": [UUID(worker) for worker in workers]}
    rows = await session.execute(REMOVED_AMONG, asked)
    return {str(worker) for worker in rows.scalars()}


async def without_the_removed(
    session: AsyncSession, results: Sequence[Result]
) -> Sequence[Result]:
    """The results as they may be stored in this transaction; the ranks close up."""
    listed = {
        entry["worker"]
        for result in results
        for entry in (*result.matches, *result.possible)
    }
    gone = await removed_among(session, listed) if listed else set()
    return [_without(result, gone) for result in results] if gone else results


def _without(result: Result, gone: set[str]) -> Result:
    staying = [entry for entry in result.matches if entry["worker"] not in gone]
    workers = [one for one in result.inputs["workers"] if one["id"] not in gone]
    return replace(
        result,
        matches=[
            {**entry, "rank": rank} for rank, entry in enumerate(staying, start=1)
        ],
        possible=[entry for entry in result.possible if entry["worker"] not in gone],
        inputs={**result.inputs, "workers": workers},
    )
