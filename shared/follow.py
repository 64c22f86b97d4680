"""Following another service's feed: exactly-once effect, rebuilt when the epoch turns.

Applying a batch, queueing what it causes and moving the cursor are one transaction, and
the cursor row is locked in it: of two processes that follow the same feed one waits and
then finds that the other has already moved on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any, Protocol

import httpx
import structlog
from sqlalchemy import Column, DateTime, MetaData, Table, Text, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import Database
from shared.feed import Batch, Event, FeedCursor, SnapshotPage
from shared.tracing import headers_to_send

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 2.0


class FeedIsElsewhere(Exception):
    """The feed answered 410: our cursor is of another epoch or no longer kept."""


class Projection(Protocol):
    """What a consumer makes of a feed, inside the caller's transaction."""

    async def begin_rebuild(self, session: AsyncSession) -> None:
        """Forget the versions held: a restored source may have smaller ones."""

    async def apply(self, session: AsyncSession, events: Sequence[Event]) -> None:
        """Apply events in feed order; only a version above the one held counts."""

    async def end_rebuild(self, session: AsyncSession) -> None:
        """Drop what the snapshot did not mention."""


class FeedClient:
    """Reads one service's feed over HTTP."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        service: str,
        token: Callable[[], str],
    ) -> None:
        self.service = service
        self._http = http
        self._url = f"{base_url}/v1/feeds/{service}"
        self._token = token

    async def position(self) -> str:
        page = await self._get("/position", {})
        return FeedCursor.model_validate_json(page).cursor

    async def pull(self, after: str, limit: int = 500, wait: float = 20) -> Batch:
        """Raises FeedIsElsewhere and httpx errors."""
        query: dict[str, str | float] = {"after": after, "limit": limit, "wait": wait}
        return Batch.model_validate_json(await self._get("", query))

    async def snapshot(self, limit: int = 500) -> AsyncIterator[list[Event]]:
        query: dict[str, str | float] = {"limit": limit}
        while True:
            page = SnapshotPage.model_validate_json(await self._get("/snapshot", query))
            yield page.events
            if page.next is None:
                return
            query["after"] = page.next

    async def _get(self, path: str, query: dict[str, str | float]) -> bytes:
        response = await self._http.get(
            self._url + path,
            params=query,
            headers={
                "Authorization": f"Bearer {self._token()}",
                **headers_to_send(),
            },
            timeout=httpx.Timeout(10, read=40),
        )
        if response.status_code == 410:
            raise FeedIsElsewhere(self.service)
        response.raise_for_status()
        return response.content


def cursor_table(metadata: MetaData) -> Table:
    """Where a service keeps how far it has followed each feed."""
    return Table(
        "feed_cursor",
        metadata,
        Column("feed", Text, primary_key=True),
        # null while a rebuild is under way: a crash then starts it again
        Column("cursor", Text),
        Column(
            "moved_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=func.now(),
        ),
    )


class Follower:
    """Keeps one projection up to date with one feed."""

    def __init__(
        self,
        database: Database,
        cursors: Table,
        feed: FeedClient,
        projection: Projection,
    ) -> None:
        self._database = database
        self._cursors = cursors
        self.feed = feed
        self._projection = projection

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until `stop`; an outage is waited out, never an exit."""
        while not stop.is_set():
            try:
                await _unless(stop, self.step())
            except Exception as error:
                log.warning(
                    "feed not followed", feed=self.feed.service, error=repr(error)
                )
                await _unless(stop, asyncio.sleep(PATIENCE_SECONDS / 4))

    async def step(self, wait: float = 20) -> int:
        """Apply what comes next, rebuilding first if need be; how many events came."""
        async with self._database.as_system() as session:
            cursor = await self._cursor(session)
        if cursor is None:
            await self._rebuild()
            return 0
        try:
            batch = await self.feed.pull(cursor, wait=wait)
        except FeedIsElsewhere:
            await self._rebuild()
            return 0
        if batch.next == cursor:
            return 0
        async with self._database.as_system() as session:
            if await self._cursor(session, lock=True) != cursor:
                return 0  # another process was here first
            await self._projection.apply(session, batch.events)
            await self._move(session, batch.next)
        return len(batch.events)

    async def _rebuild(self) -> None:
        log.info("feed rebuild", feed=self.feed.service)
        position = await self.feed.position()
        async with self._database.as_system() as session:
            await self._move(session, None)
            await self._projection.begin_rebuild(session)
        async for events in self.feed.snapshot():
            async with self._database.as_system() as session:
                await self._cursor(session, lock=True)
                await self._projection.apply(session, events)
        async with self._database.as_system() as session:
            await self._cursor(session, lock=True)
            await self._projection.end_rebuild(session)
            await self._move(session, position)

    async def _cursor(self, session: AsyncSession, lock: bool = False) -> str | None:
        table = self._cursors
        query = select(table.c.cursor).where(table.c.feed == self.feed.service)
        if lock:
            query = query.with_for_update()
        return (await session.execute(query)).scalar_one_or_none()

    async def _move(self, session: AsyncSession, cursor: str | None) -> None:
        table = self._cursors
        row = insert(table).values(feed=self.feed.service, cursor=cursor)
        await session.execute(
            row.on_conflict_do_update(
                index_elements=["feed"],
                set_={"cursor": row.excluded.cursor, "moved_at": func.now()},
            )
        )


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, object]) -> None:
    """Await `work` but leave at once when `stop` is set."""
    task = asyncio.create_task(work)
    waiting = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        task.cancel()
        await asyncio.gather(task, waiting, return_exceptions=True)
    if not task.cancelled():
        task.result()
