"""Stand-ins for profiles and postings: an outbox, its feed, and the rows behind it.

They use the real outbox tables and the real feed; only the rows are simpler.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
from sqlalchemy import Integer, MetaData, Text, bindparam, column, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import Database
from shared.feed import Event, feed_router
from shared.outbox import Position, outbox_table, record_event
from shared.settings import SYSTEM_LOGIN, Settings
from shared.values import now
from shared.webapp import new_app
from tests.databases import execute

REMOVED = {"profiles": "WorkerRemoved", "postings": "PostingCancelled"}
SNAPSHOT = {"profiles": "WorkerChanged", "postings": "PostingOpened"}


def create_rows(settings: Settings) -> None:
    for schema in REMOVED:
        execute(
            settings.database_url,
            f"CREATE TABLE {schema}.source_row (id text PRIMARY KEY,"
            " version integer NOT NULL, doc jsonb NOT NULL)",
            f"GRANT ALL ON {schema}.source_row TO {SYSTEM_LOGIN}",
        )


class Source:
    """One service that publishes; `publish` keeps the row and tells of it."""

    def __init__(self, settings: Settings, service: str) -> None:
        self.service = service
        self.outbox = outbox_table(MetaData(schema=service))
        router = feed_router(service, self.outbox, self._snapshot)
        self.app = new_app(service, settings, [router], prefixes=[])
        self.database: Database = self.app.state.database

    async def publish(self, type: str, *docs: Mapping[str, Any]) -> Position:
        async with self.database.as_system() as session:
            for doc in docs:
                position = await self.tell(session, type, doc)
        return position

    async def tell(
        self, session: AsyncSession, type: str, doc: Mapping[str, Any]
    ) -> Position:
        await session.execute(
            text(
                f"INSERT INTO {self.service}.source_row VALUES (:id, :version, :doc)"
                " ON CONFLICT (id) DO UPDATE SET version = excluded.version,"
                " doc = excluded.doc"
            ).bindparams(bindparam("doc", type_=JSONB)),
            {"id": doc["id"], "version": doc["version"], "doc": doc},
        )
        return await record_event(
            session, self.outbox, type, doc["id"], doc["version"], doc
        )

    async def _snapshot(
        self, session: AsyncSession, after: str | None, limit: int
    ) -> Sequence[Event]:
        rows = await session.execute(
            text(
                f"SELECT id, version, doc FROM {self.service}.source_row"
                " WHERE id > :after ORDER BY id LIMIT :limit"
            ).columns(
                column("id", Text), column("version", Integer), column("doc", JSONB)
            ),
            {"after": after or "", "limit": limit},
        )
        return [
            Event(
                type=SNAPSHOT[self.service],
                entity_id=row.id,
                entity_version=row.version,
                occurred_at=now(),
                data=row.doc,
            )
            for row in rows
        ]


@asynccontextmanager
async def network(*sources: Source) -> AsyncIterator[httpx.AsyncClient]:
    """A client that finds each source at http://<its name>."""
    mounts = {
        f"http://{source.service}": httpx.ASGITransport(source.app)
        for source in sources
    }
    async with httpx.AsyncClient(mounts=mounts) as http:
        try:
            yield http
        finally:
            for source in sources:
                await source.database.dispose()
