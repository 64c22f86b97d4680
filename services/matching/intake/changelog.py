"""Reading the change log and the documents behind it, on a connection of its own.

The connection outlives transactions of any length: it only reads, and a reader without
a transaction id holds back no feed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import make_url

from services.matching.intake.changes import CHANNEL, Entity
from services.matching.intake.positions import Positions, of_cursors
from services.matching.intake.turned_away import RANKABLE
from shared.feed import EPOCH

LOADED_AT_ONCE = 1_000
# applying a batch holds up the loop: some 10 to 20 ms
TAILED_AT_ONCE = 200

CURSORS = (
    "(SELECT COALESCE(jsonb_object_agg(feed, cursor), '{}') FROM matching.feed_cursor)"
)

# the cursors come with every row so that a batch without rows has them too
AFTER = f"""
WITH changed AS (
    SELECT seq, entity, entity_id FROM matching.change
    WHERE seq > $1 ORDER BY seq LIMIT $2
)
SELECT {CURSORS} AS cursors, changed.seq, changed.entity, changed.entity_id AS id,
    CASE changed.entity
        WHEN 'worker' THEN (
            SELECT doc FROM matching.worker
            WHERE id = changed.entity_id AND NOT removed
        )
        ELSE (
            SELECT {RANKABLE} FROM matching.posting
            WHERE id = changed.entity_id AND NOT removed AND status = 'open'
        )
    END AS doc
FROM (VALUES (1)) AS one (row) LEFT JOIN changed ON true
ORDER BY changed.seq
"""
STAND = f"""
SELECT last.seq, last.entity_id AS mark, {CURSORS} AS cursors
FROM (VALUES (1)) AS one (row)
LEFT JOIN (
    SELECT seq, entity_id FROM matching.change ORDER BY seq DESC LIMIT 1
) AS last ON true
"""
MARK = "SELECT entity_id FROM matching.change WHERE seq = $1"
WORKERS = "SELECT id, doc FROM matching.worker WHERE NOT removed"
POSTINGS = (
    f"SELECT id, {RANKABLE} AS doc FROM matching.posting"
    " WHERE NOT removed AND status = 'open'"
)


class Document(NamedTuple):
    """The last state of an entity; None when the index is to hold it no more."""

    entity: Entity
    id: UUID
    content: dict[str, Any] | None

    @property
    def gone(self) -> bool:
        return self.content is None


@dataclass(frozen=True, slots=True)
class ChangedDocuments:
    """`complete` says that nothing was left behind in the snapshot that was read.

    `mark` is the id of the entity that changed at `seq`, None if nothing has.
    """

    documents: Sequence[Document]
    seq: int
    mark: str | None
    positions: Positions
    complete: bool


class Snapshot:
    """The whole read model at one moment."""

    def __init__(
        self, connection: asyncpg.Connection, seq: int, mark: str, positions: Positions
    ) -> None:
        self.seq = seq
        self.mark = mark
        self.positions = positions
        self._connection = connection

    async def documents(self) -> AsyncIterator[list[Document]]:
        sources: tuple[tuple[Entity, str], ...] = (
            ("worker", WORKERS),
            ("posting", POSTINGS),
        )
        for entity, query in sources:
            cursor = await self._connection.cursor(query)
            # the server makes the next batch while this one is read
            fetching = asyncio.create_task(cursor.fetch(LOADED_AT_ONCE))
            try:
                while rows := await fetching:
                    fetching = asyncio.create_task(cursor.fetch(LOADED_AT_ONCE))
                    await asyncio.sleep(0)
                    yield [
                        Document(entity, row["id"], orjson.loads(row["doc"]))
                        for row in rows
                    ]
            finally:
                fetching.cancel()


class ChangeLog:
    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._notified = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def connect(cls, database_url: str) -> AsyncIterator[ChangeLog]:
        url = make_url(database_url).set(drivername="postgresql")
        connection = await asyncpg.connect(
            url.render_as_string(hide_password=False),
            timeout=10,
            server_settings={
                "application_name": "rollcall matching index",
                "transaction_timeout": "0",
            },
        )
        try:
            changes = cls(connection)
            await connection.add_listener(CHANNEL, changes.wake)
            connection.add_termination_listener(changes.wake)
            yield changes
        finally:
            connection.terminate()

    async def epoch(self) -> str:
        return str(await self._connection.fetchval(EPOCH.text))

    async def goes_on_from(self, seq: int, mark: str) -> bool:
        """Whether `mark` is what changed at `seq`, so that all later changes are
        there."""
        return str(await self._connection.fetchval(MARK, seq)) == mark

    async def after(self, seq: int) -> ChangedDocuments:
        """The documents changed after `seq`, up to a batch, each once and as it is
        now."""
        self._notified.clear()
        rows = await self._connection.fetch(AFTER, seq, TAILED_AT_ONCE, timeout=10)
        changed = {(row["entity"], row["id"]): row["doc"] for row in rows if row["seq"]}
        return ChangedDocuments(
            documents=[
                Document(entity, id, None if doc is None else orjson.loads(doc))
                for (entity, id), doc in changed.items()
            ],
            seq=rows[-1]["seq"] or seq,
            mark=str(rows[-1]["id"]) if rows[-1]["seq"] else None,
            positions=of_cursors(orjson.loads(rows[0]["cursors"])),
            complete=len(rows) < TAILED_AT_ONCE,
        )

    async def wait(self, seconds: float) -> None:
        """Until the next notification, or for `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._notified.wait()
        except TimeoutError:
            return

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        async with self._connection.transaction(
            isolation="repeatable_read", readonly=True
        ):
            stand = await self._connection.fetchrow(STAND)
            assert stand is not None
            positions = of_cursors(orjson.loads(stand["cursors"]))
            mark = str(stand["mark"])
            yield Snapshot(self._connection, stand["seq"] or 0, mark, positions)

    def wake(self, *_: object) -> None:
        """End a wait; what PostgreSQL calls for each notification."""
        self._notified.set()
