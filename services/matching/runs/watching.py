"""Watching the queue as it moves: one poller a process, any number of listeners.

Transitions are read as a feed is: in the order of (xid, id), and only of transactions
older than every one that still runs, so that none is passed over that commits late. A
listener that comes back with the last id it had is first told what it missed, from the
database, up to where the poller stands; from there on the poller tells it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress

import orjson
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.errors import TooManyListeners
from services.matching.runs.figure_schemas import Queues, TransitionTold
from services.matching.runs.figures import Figures, read_figures
from shared.database import Database
from shared.outbox import Position

log = structlog.get_logger(__name__)

FIGURES_SECONDS = 1.0
POLL_SECONDS = 0.2
HEARTBEAT_SECONDS = 5.0
MOST_LISTENERS = 32
MOST_UNREAD = 2_000
MOST_SILENT_SECONDS = 30.0
AT_ONCE = 500
HEARTBEAT = b": alive\n\n"

STANDS = text(
    """
    SELECT xid::text, id FROM matching.match_run_event
    WHERE xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY match_run_event.xid DESC, id DESC LIMIT 1
    """
)
NEXT_XID = text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
AFTER = text(
    f"""
    SELECT event.xid::text AS xid, event.id, run_id AS run, posting_id AS posting,
        event.lane, was, became, event.because, at
    FROM matching.match_run_event AS event JOIN matching.match_run AS run
        ON run.id = event.run_id
    WHERE (event.xid, event.id)
            > (CAST(CAST(:xid AS text) AS xid8), CAST(:id AS bigint))
        AND event.xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY event.xid, event.id LIMIT {AT_ONCE}
    """
)

Told = tuple[Position, bytes]


class _Listener:
    """What one listener has not read yet; too slow a one is let go, and comes back."""

    def __init__(self, start: Position, after: Position) -> None:
        self.start = start
        self.after = after
        self.let_go = False
        self._unread: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_UNREAD)
        self._read_at = time.monotonic()

    def tell(self, frame: bytes | None) -> None:
        """None: there will be no more."""
        try:
            self._unread.put_nowait(frame)
        except asyncio.QueueFull:
            self.let_go = True
        if time.monotonic() - self._read_at > MOST_SILENT_SECONDS:
            self.let_go = True

    def reads(self) -> None:
        self._read_at = time.monotonic()

    async def next(self) -> bytes | None:
        """The next frame, or a heartbeat; None when there will be no more."""
        self.reads()
        if self.let_go:
            return None
        try:
            return await asyncio.wait_for(self._unread.get(), HEARTBEAT_SECONDS)
        except TimeoutError:
            return HEARTBEAT


class Watch:
    """Reads for all listeners of one process, and only while there are any.

    `index_seq` is how far the process's own index has come.
    """

    def __init__(self, database: Database, index_seq: Callable[[], int]) -> None:
        self._database = database
        self._index_seq = index_seq
        self._listeners: set[_Listener] = set()
        self._position = Position(0, 0)
        self._polling: asyncio.Task[None] | None = None
        self._joining = asyncio.Lock()
        self._closed = False

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    async def join(self, after: Position | None) -> AsyncGenerator[bytes, None]:
        """Frames for a new listener: what came after this position, or from now on.

        Raises TooManyListeners at once, and database errors.
        """
        async with self._joining:
            if self._closed or len(self._listeners) >= MOST_LISTENERS:
                raise TooManyListeners(headers={"Retry-After": "5"})
            async with self._database.as_system() as session:
                if self._polling is None:
                    self._position = await _stands(session)
                # one of another life of the database, which lies ahead: from now on
                if after is not None and after.xid >= await _next_xid(session):
                    after = None
            listener = _Listener(self._position, after or self._position)
            self._listeners.add(listener)
            if self._polling is None:
                self._polling = asyncio.create_task(self._poll())
        return self._frames(listener)

    async def close(self) -> None:
        """Let everybody go, and nobody in any more."""
        self._closed = True
        for listener in self._listeners:
            listener.tell(None)
        await self._stop()

    async def _frames(self, listener: _Listener) -> AsyncGenerator[bytes, None]:
        try:
            reached = listener.after
            while reached < listener.start:
                async with self._database.as_system() as session:
                    missed = await _transitions(session, reached)
                for position, frame in missed:
                    if position > listener.start:
                        break
                    yield frame
                    listener.reads()
                reached = missed[-1][0] if missed else listener.start
            while (told := await listener.next()) is not None:
                yield told
        finally:
            self._listeners.discard(listener)
            if not self._listeners:
                await self._stop()

    async def _stop(self) -> None:
        polling, self._polling = self._polling, None
        if polling is not None:
            polling.cancel()
            with suppress(asyncio.CancelledError):
                await polling

    async def _poll(self) -> None:
        loop = asyncio.get_running_loop()
        figures_due = loop.time()
        while True:
            told: Sequence[Told] = ()
            try:
                async with self._database.as_system() as session:
                    told = await _transitions(session, self._position)
                    if loop.time() >= figures_due:
                        figures = await read_figures(session, self._index_seq())
                        self._tell(figures_frame(figures))
                        figures_due = loop.time() + FIGURES_SECONDS
            except (SQLAlchemyError, OSError) as error:
                log.warning("queue not watched", error=repr(error))
            for position, frame in told:
                self._position = position
                self._tell(frame, position)
            if len(told) < AT_ONCE:
                await asyncio.sleep(POLL_SECONDS)

    def _tell(self, frame: bytes, position: Position | None = None) -> None:
        for listener in self._listeners:
            # another process may have told it more already than this one has read
            if position is None or position > listener.after:
                listener.tell(frame)
        # also one that was never read: its client was gone before the first frame
        self._listeners = {each for each in self._listeners if not each.let_go}


def queues_view(figures: Figures) -> Queues:
    """The document that GET /v1/queues gives."""
    return Queues.model_validate(
        {
            "at": figures.at,
            "items": list(figures.lanes.values()),
            "workers": figures.workers,
            "feeds": figures.feeds,
            "writer": figures.writer,
            "index": figures.index,
        }
    )


def figures_frame(figures: Figures) -> bytes:
    data = queues_view(figures).model_dump(mode="json")
    return b"event: figures\ndata: " + orjson.dumps(data) + b"\n\n"


async def _stands(session: AsyncSession) -> Position:
    last = (await session.execute(STANDS)).first()
    return Position(int(last[0]), last[1]) if last else Position(0, 0)


async def _next_xid(session: AsyncSession) -> int:
    return int((await session.execute(NEXT_XID)).scalar_one())


async def _transitions(session: AsyncSession, after: Position) -> Sequence[Told]:
    """The next transitions as frames, each with its place."""
    values = {"xid": str(after.xid), "id": after.id}
    told = []
    for row in (await session.execute(AFTER, values)).mappings():
        position = Position(int(row["xid"]), row["id"])
        data = TransitionTold.model_validate(row).model_dump_json().encode()
        frame = b"event: run\nid: %s\ndata: %s\n\n" % (str(position).encode(), data)
        told.append((position, frame))
    return told
