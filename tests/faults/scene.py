"""One scenario's place: a fresh database, its processes, and looks at both."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from services.matching.intake.postings import PostingProjection
from services.matching.intake.workers import WorkerProjection
from services.matching.runs.doorbell import Doorbell
from shared.database import Database
from shared.feed import Event
from shared.settings import Settings
from shared.values import now
from tests.databases import fresh_database, plain
from tests.directories import temporary_directory
from tests.faults.ground import Ground
from tests.faults.history import History, load
from tests.faults.processes import Child
from tests.matching.documents import a_posting, a_worker

AT_ONCE = 500


async def until(condition: Callable[[], Awaitable[object]], seconds: float) -> float:
    """Wait for something that can only be looked at; the seconds it took."""
    begun = time.monotonic()
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return time.monotonic() - begun


@dataclass
class Scene:
    """A market of matching alone, or of all services where `apis` run at `port`."""

    ground: Ground
    settings: Settings
    directory: Path
    database: Database
    doorbell: Doorbell
    children: list[Child] = field(default_factory=list)

    def child(
        self,
        kind: str,
        port: int = 0,
        *,
        settings: Settings | None = None,
        rank: str | None = None,
        preload: Mapping[str, str] | None = None,
    ) -> Child:
        """A process of the scene that has yet to be started; it ends with the scene."""
        made = Child(
            settings or self.settings,
            self.ground.guard,
            self.directory / f"{kind}-{len(self.children)}.log",
            kind,
            port,
            rank=rank,
            preload=preload,
        )
        self.children.append(made)
        return made

    async def looks_at(self, settings: Settings) -> None:
        """From now on the looks are at another place; the processes are left alone."""
        await self.database.dispose()
        self.settings, self.database = settings, Database(settings, "faults")

    def worker(self, **how: Any) -> Child:
        return self.child("worker", **how)

    async def knows_workers(self, count: int) -> None:
        await self._apply(
            WorkerProjection(), "WorkerChanged", [a_worker() for _ in range(count)]
        )

    async def opens(
        self, count: int, *, organisation: UUID | None = None, **changes: Any
    ) -> list[UUID]:
        """So many postings are known and open, each with a waiting run of the refresh
        lane; their ids."""
        owner = {} if organisation is None else {"organisation": str(organisation)}
        docs = [a_posting(**owner | changes) for _ in range(count)]
        await self._apply(PostingProjection(self.doorbell), "PostingOpened", docs)
        return [UUID(doc["id"]) for doc in docs]

    async def _apply(
        self,
        projection: PostingProjection | WorkerProjection,
        type: str,
        docs: Sequence[dict[str, Any]],
    ) -> None:
        for first in range(0, len(docs), AT_ONCE):
            events = [
                Event(
                    type=type,
                    entity_id=doc["id"],
                    entity_version=doc["version"],
                    occurred_at=now(),
                    data=doc,
                )
                for doc in docs[first : first + AT_ONCE]
            ]
            async with self.database.as_system() as session:
                await projection.apply(session, events)

    async def fetch(self, query: str, *values: object) -> list[asyncpg.Record]:
        """On a connection of its own, so that no outage before matters."""
        connection = await asyncpg.connect(plain(self.settings.database_url))
        try:
            rows: list[asyncpg.Record] = await connection.fetch(query, *values)
            return rows
        finally:
            await connection.close()

    async def count(self, query: str, *values: object) -> int:
        [[number]] = await self.fetch(f"SELECT count(*) FROM {query}", *values)
        return int(number)

    async def runs_that_are(self, *states: str) -> int:
        return await self.count(
            "matching.match_run WHERE state = ANY($1::text[])", list(states)
        )

    async def until_ended(self, seconds: float) -> float:
        """Wait until no run waits or runs; the seconds it took."""

        async def ended() -> bool:
            return await self.runs_that_are("queued", "running") == 0

        return await until(ended, seconds)

    async def until_done(self, count: int, seconds: float) -> float:
        async def done() -> bool:
            return await self.runs_that_are("done") >= count

        return await until(done, seconds)

    async def history(self) -> History:
        return await load(plain(self.settings.database_url))


@asynccontextmanager
async def open_scene(
    ground: Ground, *, port: int = 1, database_url: str | None = None
) -> AsyncIterator[Scene]:
    """A scene on this ground; all its processes end with it."""
    ground.forget_rings()
    with (
        temporary_directory() as directory,
        fresh_database(ground.template_url) as url,
    ):
        settings = ground.settings(database_url or url, directory, port)
        database = Database(settings, "faults")
        doorbell = Doorbell(settings.redis_url)
        scene = Scene(ground, settings, directory, database, doorbell)
        try:
            yield scene
        finally:
            for child in scene.children:
                child.end()
            await doorbell.close()
            await scene.database.dispose()
