"""Marks of where the followed feeds stand, by which it is known how far behind we are.

The follower itself cannot tell: it hears nothing while it waits, and nothing of what it
has not read yet. So each feed is asked for its position again and again, and what it
said is kept with when. What the cursor has not reached of it is what we are behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx
import structlog
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from services.matching.supervision import pause
from shared.database import Database
from shared.feed import parse_cursor
from shared.follow import FeedClient, FeedIsElsewhere

log = structlog.get_logger(__name__)

ASK_SECONDS = 1.0
MOST_MARKS = 1_000

# of the marks that the cursor has passed only the newest one is of use; beyond so many
# it is the first of those ahead that says how far behind we are
MARK = text(
    f"""
    INSERT INTO matching.feed_mark AS held (feed, xid, id)
    SELECT :feed, CAST(CAST(:xid AS text) AS xid8), CAST(:id AS bigint)
    WHERE (SELECT count(*) FROM matching.feed_mark WHERE feed = :feed) < {MOST_MARKS}
        OR EXISTS (SELECT FROM matching.feed_mark WHERE feed = :feed
            AND xid = CAST(CAST(:xid AS text) AS xid8) AND id = CAST(:id AS bigint))
    ON CONFLICT (feed, xid, id) DO UPDATE SET last_at = clock_timestamp()
    """
)
FORGET = text(
    """
    DELETE FROM matching.feed_mark AS mark USING matching.feed_cursor AS held
    WHERE mark.feed = :feed AND held.feed = mark.feed AND cursor IS NOT NULL
        AND (mark.xid, mark.id) < (
            SELECT reached.xid, reached.id FROM matching.feed_mark AS reached
            WHERE reached.feed = mark.feed AND (reached.xid, reached.id) <= (
                CAST(split_part(cursor, '.', 2) AS xid8),
                CAST(split_part(cursor, '.', 3) AS bigint))
            ORDER BY reached.xid DESC, reached.id DESC LIMIT 1)
    """
)
# another epoch counts anew
FORGET_ALL = text("DELETE FROM matching.feed_mark WHERE feed = :feed")
CURSOR = text("SELECT cursor FROM matching.feed_cursor WHERE feed = :feed")


async def keep_marks(
    database: Database, feeds: Sequence[FeedClient], stop: asyncio.Event
) -> None:
    """Ask each feed where it stands, every second until `stop`; an outage shows as a
    feed that was last heard of long ago."""
    while not stop.is_set():
        for feed in feeds:
            try:
                await mark(database, feed)
            except (
                httpx.HTTPError,
                FeedIsElsewhere,
                ValidationError,
                SQLAlchemyError,
                OSError,
            ) as error:
                log.info("feed not marked", feed=feed.service, error=repr(error))
        await pause(stop, ASK_SECONDS)


async def mark(database: Database, feed: FeedClient) -> None:
    """Note where a feed stands now. Raises httpx and database errors."""
    epoch, position = parse_cursor(await feed.position())
    name = {"feed": feed.service}
    values = {**name, "xid": str(position.xid), "id": position.id}
    async with database.as_system() as session:
        cursor: str | None = (await session.execute(CURSOR, name)).scalar_one_or_none()
        if cursor is not None and parse_cursor(cursor)[0] != epoch:
            await session.execute(FORGET_ALL, name)
        await session.execute(MARK, values)
        await session.execute(FORGET, name)
