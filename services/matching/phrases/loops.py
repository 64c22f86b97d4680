"""What keeps phrases and bindings going: in every API process, and once in a while."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial

import structlog

from services.matching.phrases.counting import tallied
from services.matching.phrases.queries import newest_bound
from services.matching.phrases.recording import (
    FORGOTTEN_AT_ONCE,
    forget_phrases,
    record_phrases,
)
from services.matching.phrases.understanding import Understanding
from services.matching.skills.taxonomy import load_taxonomy
from shared.database import Database
from shared.loops import every

log = structlog.get_logger(__name__)

EVERY = timedelta(seconds=1)
FORGET_EVERY = timedelta(minutes=1)


async def follow_bindings(
    database: Database, understanding: Understanding, stop: asyncio.Event
) -> None:
    """What operators bind is understood here a second later."""
    await every(EVERY, partial(refresh, database, understanding), stop)


async def write_counts(
    database: Database, understanding: Understanding, stop: asyncio.Event
) -> None:
    """Write once a second what was counted, and once more at the end."""
    await every(EVERY, partial(flush, database, understanding), stop)
    await flush(database, understanding)


async def forget_old_phrases(database: Database, stop: asyncio.Event) -> None:
    await every(FORGET_EVERY, partial(forget, database), stop)


async def refresh(database: Database, understanding: Understanding) -> None:
    """Take over the bindings, if they changed."""
    async with database.as_system() as session:
        bound = await newest_bound(session, understanding.bound, load_taxonomy())
    understanding.bound = bound


async def flush(database: Database, understanding: Understanding) -> None:
    """Write what was counted; if that fails it is kept for the next time."""
    counts, dropped = understanding.counter.take()
    if dropped:
        log.warning("unknown phrases not counted: too many at once", times=dropped)
    if not counts:
        return
    try:
        # folding thousands of phrases would hold up requests
        tallies = await asyncio.to_thread(tallied, counts)
        async with database.as_system() as session:
            await record_phrases(session, tallies)
    except BaseException:
        understanding.counter.give_back(counts)
        raise


async def forget(database: Database) -> None:
    while True:
        async with database.as_system() as session:
            if await forget_phrases(session) < FORGOTTEN_AT_ONCE:
                return
