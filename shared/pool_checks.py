"""Whether a pooled connection still lives, asked only where it cannot be known.

A server that ends closes its sockets: what the driver has not heard yet the socket
says. Only a connection that lay unused may have been lost without a word (a failover, a
firewall that forgot it), so only that one is asked: SQLAlchemy's `pool_pre_ping` asks
every time, in three round trips, which is more than most transactions take.
"""

from __future__ import annotations

import select
import time
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine

TRUSTED_SECONDS = 1.0
LAST_USED = "last used"


def check_before_use(engine: AsyncEngine) -> None:
    """A connection that is found dead is replaced, with all that are as old."""
    pool = engine.sync_engine.pool
    event.listen(pool, "connect", _note_use)
    event.listen(pool, "checkin", _note_use)

    def check(connection: Any, record: Any, _: Any) -> None:
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError
        trusted = time.monotonic() - record.info[LAST_USED] <= TRUSTED_SECONDS
        if trusted and not _is_told_something(connection.driver_connection):
            return
        dialect = engine.sync_engine.dialect
        try:
            dialect.do_ping(connection)
        except (dialect.loaded_dbapi.Error, OSError) as fault:
            raise InvalidatePoolError from fault

    event.listen(pool, "checkout", check)


def _is_told_something(connection: Any) -> bool:
    """Whether the server has written, or hung up, where nobody has asked it."""
    waiting = select.poll()
    waiting.register(connection._transport.get_extra_info("socket"), select.POLLIN)
    return bool(waiting.poll(0))


def _note_use(_: Any, record: Any) -> None:
    record.info[LAST_USED] = time.monotonic()
