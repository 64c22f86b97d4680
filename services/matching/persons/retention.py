"""Lists and what was noted upon them go when their time is up."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Mapping
from datetime import timedelta
from functools import cache, partial
from importlib.resources import files
from typing import Any

import structlog
from sqlalchemy import text

from shared.database import Database
from shared.loops import every

log = structlog.get_logger(__name__)

FORGET_EVERY = timedelta(hours=1)
AT_ONCE = 500

# notes first: a run that is noted upon stays as long as they do
FORGET = {
    "match_feedback": text(
        f"""
        DELETE FROM matching.match_feedback WHERE id IN (
            SELECT id FROM matching.match_feedback
            WHERE noted_at < now() - make_interval(days => :days)
            LIMIT {AT_ONCE:d} FOR UPDATE SKIP LOCKED
        )
        """
    ),
    "match_run": text(
        f"""
        DELETE FROM matching.match_run WHERE id IN (
            SELECT id FROM matching.match_run AS run
            WHERE finished_at < now() - make_interval(days => :days)
            AND NOT EXISTS (
                SELECT FROM matching.match_feedback WHERE run_id = run.id
            )
            LIMIT {AT_ONCE:d} FOR UPDATE SKIP LOCKED
        )
        """
    ),
}


@cache
def kept_days() -> Mapping[str, int]:
    """Table → days, from the file beside this one."""
    content = files(__package__).joinpath("data", "retention.csv").read_text("utf-8")
    rows = csv.DictReader(content.splitlines())
    return {row["what"]: int(row["keep_days"]) for row in rows}


async def apply_retention(
    database: Database, days: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Delete what is older than its days; table → how many rows went."""
    days = kept_days() if days is None else days
    forgotten = dict.fromkeys(FORGET, 0)
    for table, statement in FORGET.items():
        gone = AT_ONCE
        while gone == AT_ONCE:
            async with database.as_system() as session:
                done: Any = await session.execute(statement, {"days": days[table]})
                gone = int(done.rowcount)
            forgotten[table] += gone
    if any(forgotten.values()):
        log.info("retention", **forgotten)
    return forgotten


async def forget_old_lists(database: Database, stop: asyncio.Event) -> None:
    await every(FORGET_EVERY, partial(apply_retention, database), stop)
