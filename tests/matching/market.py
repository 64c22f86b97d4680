"""A market in one process: two sources, intake, an index, the queue."""

from __future__ import annotations

import asyncio
import dataclasses
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy import RowMapping, select

from services.matching.engine.taxonomy import RelatedSkills
from services.matching.engine.warm import warm_up
from services.matching.intake.following import followers
from services.matching.intake.postings import PostingProjection
from services.matching.intake.replica import Replica
from services.matching.intake.taxonomy import Taxonomy
from services.matching.intake.workers import WorkerProjection
from services.matching.models import feed_cursor, match_run
from services.matching.runs.doorbell import Doorbell, listen
from services.matching.runs.ranker import ranker
from services.matching.runs.reaper import reap
from services.matching.runs.runner import Runner
from services.matching.supervision import Loop, supervise
from shared.database import Database
from shared.feed import Event
from shared.settings import Settings
from shared.tokens import TokenKey
from shared.values import now
from tests.matching.sources import Source, create_rows, network

TAXONOMY = Taxonomy(
    "test", RelatedSkills({"forklift-driving": {"reach-truck-driving": 0.8}})
)


def report(figure: str) -> None:
    """Print a measured figure; `pytest -s` shows it."""
    sys.stdout.write(f"\n{figure}\n")


async def until(
    condition: Callable[[], Awaitable[object]], seconds: float = 15
) -> None:
    """Wait for something that can only be looked at."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@dataclass
class Market:
    """`start` brings up loops by name; all end with the test."""

    settings: Settings
    http: httpx.AsyncClient
    profiles: Source
    postings: Source
    database: Database
    doorbell: Doorbell
    replica: Replica
    runner: Runner
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    running: list[asyncio.Task[None]] = field(default_factory=list)

    def loops(self) -> dict[str, Loop]:
        settings = self.settings
        profiles, postings = followers(
            settings, self.database, self.http, self.doorbell
        )

        async def hear(stop: asyncio.Event) -> None:
            await listen(settings.redis_url, self.runner.wake, stop)

        return {
            "profiles": profiles.run,
            "postings": postings.run,
            "index": self.replica.run,
            "claims": self.runner.work,
            "reaper": partial(reap, self.database, self.runner.wake),
            "doorbell": hear,
        }

    def start(self, *names: str) -> None:
        loops = {name: loop for name, loop in self.loops().items() if name in names}
        assert loops.keys() == set(names)
        self.running.append(asyncio.create_task(supervise(loops, self.stop)))

    async def knows(self, *docs: Mapping[str, Any], type: str | None = None) -> None:
        """Put documents into the read model as a snapshot would; open postings are
        queued in the refresh lane."""
        posting = "organisation" in docs[0]
        projection = PostingProjection(self.doorbell) if posting else WorkerProjection()
        type = type or ("PostingOpened" if posting else "WorkerChanged")
        events = [
            Event(
                type=type,
                entity_id=doc["id"],
                entity_version=doc["version"],
                occurred_at=now(),
                data=dict(doc),
            )
            for doc in docs
        ]
        async with self.database.as_system() as session:
            await projection.apply(session, events)

    async def runs(self, **wanted: object) -> list[RowMapping]:
        """The runs whose columns have these values, oldest first."""
        query = select(match_run).order_by(match_run.c.queued_at, match_run.c.id)
        for name, value in wanted.items():
            query = query.where(match_run.c[name] == value)
        async with self.database.as_system() as session:
            return list((await session.execute(query)).mappings())

    async def follows(self) -> None:
        """Wait until both feeds are followed: what is published now comes as events."""
        query = select(feed_cursor.c.feed).where(feed_cursor.c.cursor.is_not(None))

        async def followed() -> bool:
            async with self.database.as_system() as session:
                return len((await session.execute(query)).all()) == 2

        await until(followed)

    async def ended(self, count: int, seconds: float = 20) -> None:
        """Wait until so many runs are done."""

        async def enough() -> bool:
            return len(await self.runs(state="done")) >= count

        await until(enough, seconds)

    async def seen(self, **positions: object) -> None:
        """Wait until the index has these positions of the feeds."""
        assert await self.replica.reached(positions, 10)  # type: ignore[arg-type]


def a_replica(settings: Settings, taxonomy: Taxonomy = TAXONOMY) -> Replica:
    """With its file where every other of these settings has it."""
    file = settings.index_dir / "test"
    return Replica(settings.system_database_url, taxonomy, file)


@asynccontextmanager
async def open_market(settings: Settings) -> AsyncIterator[Market]:
    settings = dataclasses.replace(
        settings, profiles_url="http://profiles", postings_url="http://postings"
    )
    TokenKey.read_or_create(settings.token_key_file)
    profiles, postings = Source(settings, "profiles"), Source(settings, "postings")
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(network(profiles, postings))
        database = Database(settings, "matching worker")
        stack.push_async_callback(database.dispose)
        doorbell = Doorbell(settings.redis_url)
        stack.push_async_callback(doorbell.close)
        replica = a_replica(settings)
        runner = Runner(
            database, ranker(replica), replica.loaded, doorbell, drain_seconds=5
        )
        market = Market(
            settings, http, profiles, postings, database, doorbell, replica, runner
        )
        try:
            yield market
        finally:
            market.stop.set()
            await asyncio.gather(*market.running)


@pytest.fixture
async def market(settings: Settings) -> AsyncIterator[Market]:
    warm_up()
    create_rows(settings)
    async with open_market(settings) as opened:
        yield opened
