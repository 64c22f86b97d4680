"""Work that a process does again and again beside its requests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from sqlalchemy import Table

from shared.database import Database
from shared.feed import prune
from shared.stored_answers import StoredAnswers
from shared.values import now

log = structlog.get_logger(__name__)

EVENTS_KEPT = timedelta(days=7)
PRUNE_EVERY = timedelta(minutes=10)


async def every(
    period: timedelta, work: Callable[[], Awaitable[object]], stop: asyncio.Event
) -> None:
    """Do `work` at once and then periodically; a failure is logged and tried again.

    Several processes may run the same loop: what they do must be safe to do twice.
    """
    while not stop.is_set():
        try:
            await work()
        except Exception as error:
            log.warning("loop failed", work=repr(work), error=repr(error))
        try:
            await asyncio.wait_for(stop.wait(), period.total_seconds())
        except TimeoutError:
            continue


async def forget_old_events(
    database: Database, outbox: Table, stop: asyncio.Event
) -> None:
    """Prune a service's feed of what every consumer has had days to read."""
    await every(PRUNE_EVERY, lambda: prune(database, outbox, now() - EVENTS_KEPT), stop)


async def forget_stored_answers(
    database: Database, answers: StoredAnswers, stop: asyncio.Event
) -> None:
    """Prune answers whose Idempotency-Key has expired: a new request may use it."""

    async def prune_all() -> None:
        more = True
        while more and not stop.is_set():
            async with database.as_system() as session:
                more = await answers.prune(session)

    await every(PRUNE_EVERY, prune_all, stop)
