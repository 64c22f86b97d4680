"""A follower applies every event once, alone or beside another, and rebuilds."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence

from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import Database
from shared.feed import Event
from shared.follow import FeedClient, Follower, cursor_table
from shared.outbox import NewEvent, record_events
from shared.settings import Settings
from shared.tokens import service_token
from tests.shared.notes import SERVICE, client, new_notes_app, outbox

cursors = cursor_table(MetaData(schema=SERVICE))
NOTHING = "00000000-0000-0000-0000-000000000000"


class Latest:
    """Keeps the greatest version of each entity, and counts what it was given."""

    def __init__(self) -> None:
        self.versions: dict[str, int] = {}
        self.given: Counter[str] = Counter()
        self.rebuilds = 0

    async def begin_rebuild(self, session: AsyncSession) -> None:
        self.rebuilds += 1
        self.versions.clear()

    async def apply(self, session: AsyncSession, events: Sequence[Event]) -> None:
        for event in events:
            self.given[event.position or "snapshot"] += 1
            held = self.versions.get(event.entity_id, 0)
            self.versions[event.entity_id] = max(held, event.entity_version)

    async def end_rebuild(self, session: AsyncSession) -> None:
        pass


async def test_followers_side_by_side_apply_each_event_once(
    notes_settings: Settings,
) -> None:
    """Eight writers whose transactions overlap, linger and roll back."""
    app = new_notes_app(notes_settings)
    database = Database(notes_settings, "test")
    written: dict[str, int] = {}
    async with client(app) as http:
        feed = FeedClient(
            http, "http://notes", SERVICE, service_token(notes_settings, "matching")
        )
        projection = Latest()
        followers = [
            Follower(app.state.database, cursors, feed, projection) for _ in range(2)
        ]
        await followers[0].step()
        stop = asyncio.Event()
        running = [asyncio.create_task(follower.run(stop)) for follower in followers]

        async def writer(number: int) -> None:
            chance = random.Random(number)
            for turn in range(25):
                lost = chance.random() < 0.2
                try:
                    async with database.as_system() as session:
                        name = f"{number}-{chance.randrange(5)}"
                        version = turn + 1
                        event = NewEvent("NoteCreated", name, version, {})
                        await record_events(session, outbox, [event])
                        await asyncio.sleep(chance.random() * 0.02)
                        if lost:
                            raise LookupError
                    written[name] = max(version, written.get(name, 0))
                except LookupError:
                    pass

        await asyncio.gather(*(writer(number) for number in range(8)))
        end = await feed.position()
        async with asyncio.timeout(20):
            await until(lambda: projection.versions == written)
        stop.set()
        await asyncio.wait_for(asyncio.gather(*running), 5)
        count = len((await feed.pull(end.split(".")[0] + ".0.0", limit=1000)).events)
    await database.dispose()
    assert set(projection.given.values()) == {1}
    assert len(projection.given) == count


async def until(reached: Callable[[], bool]) -> None:
    while not reached():  # noqa: ASYNC110 - what is awaited lives in other tasks
        await asyncio.sleep(0.05)


async def test_a_new_epoch_makes_a_follower_rebuild(notes_settings: Settings) -> None:
    app = new_notes_app(notes_settings)
    async with client(app) as http:
        feed = FeedClient(
            http, "http://notes", SERVICE, service_token(notes_settings, "matching")
        )
        database: Database = app.state.database
        async with database.as_system() as session:
            await session.execute(
                text(
                    f"INSERT INTO notes.note VALUES ('{NOTHING}', '{NOTHING}', 'n', 4)"
                )
            )
        projection = Latest()
        follower = Follower(database, cursors, feed, projection)
        await follower.step()
        assert projection.versions == {NOTHING: 4}
        async with database.as_system() as session:
            await session.execute(
                text("UPDATE notes.feed_cursor SET cursor = 'other-1.5.5'")
            )
            await session.execute(
                text("UPDATE notes.note SET id = gen_random_uuid(), version = 2")
            )
        await follower.step()
        await follower.step(wait=0)
    assert projection.rebuilds == 2
    assert list(projection.versions.values()) == [2]
