"""A database that is away is waited for; what it refuses is not tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

log = structlog.get_logger(__name__)

OUTAGE_SECONDS = 0.5

T = TypeVar("T")


async def despite_outages(write: Callable[[], Awaitable[T]], waiting: str) -> T:
    """What `write` gives, as often as it takes; `waiting` is who waits, for the log.

    An answer may have been lost: what is written again must know whether it was. Raises
    what the database says of it; not that it is away.
    """
    while True:
        try:
            return await write()
        except (SQLAlchemyError, OSError) as error:
            if not is_outage(error):
                raise
            log.warning(f"{waiting} waits for the database", error=repr(error))
        await asyncio.sleep(OUTAGE_SECONDS)


def is_outage(error: BaseException) -> bool:
    """Whether the database was away or fell silent, rather than refused something."""
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""
        # 08: connection; 57: shut down or starting; 53: no resources; 40: try again
        return error.connection_invalidated or state[:2] in ("08", "57", "53", "40", "")
    return isinstance(error, PoolTimeout | OSError)
