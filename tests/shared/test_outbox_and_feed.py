"""The outbox is the feed: nothing shown too early, nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from shared.database import Database
from shared.feed import prune
from shared.follow import FeedClient, FeedIsElsewhere
from shared.identity import Role
from shared.outbox import NewEvent, Position, record_events
from shared.settings import Settings
from shared.tokens import service_token
from shared.values import new_id, now
from tests.shared.notes import SERVICE, client, new_notes_app, outbox, token


@asynccontextmanager
async def feed_of(settings: Settings) -> AsyncIterator[tuple[FeedClient, Database]]:
    app = new_notes_app(settings)
    database = Database(settings, "test")
    async with client(app) as http:
        yield feed_client(http, settings), database
    await database.dispose()


def feed_client(http: httpx.AsyncClient, settings: Settings) -> FeedClient:
    return FeedClient(
        http, "http://notes", SERVICE, service_token(settings, "matching")
    )


async def write(database: Database, *names: str) -> Position:
    async with database.as_system() as session:
        events = [NewEvent("NoteCreated", name, 1, {"id": name}) for name in names]
        return await record_events(session, outbox, events)


async def test_events_come_in_order_and_go_on_from_the_cursor(
    notes_settings: Settings,
) -> None:
    async with feed_of(notes_settings) as (feed, database):
        start = await feed.position()
        await write(database, "a", "b")
        await write(database, "c")
        first = await feed.pull(start, limit=2, wait=0)
        second = await feed.pull(first.next, limit=2, wait=0)
        third = await feed.pull(second.next, limit=2, wait=0)
    assert [event.entity_id for event in first.events] == ["a", "b"]
    assert [event.entity_id for event in second.events] == ["c"]
    assert third.events == []
    assert third.next == second.next


async def test_an_event_is_not_shown_while_an_older_transaction_is_open(
    notes_settings: Settings,
) -> None:
    """Reading by `id > cursor` would show the younger one and lose the older."""
    async with feed_of(notes_settings) as (feed, database):
        start = await feed.position()
        async with database.as_system() as older:
            await record_events(older, outbox, [NewEvent("NoteCreated", "a", 1, {})])
            await write(database, "b")
            early = await feed.pull(start, wait=0)
        late = await feed.pull(early.next, wait=0)
    assert early.events == []
    assert [event.entity_id for event in late.events] == ["a", "b"]


async def test_a_rolled_back_event_never_shows(notes_settings: Settings) -> None:
    async with feed_of(notes_settings) as (feed, database):
        start = await feed.position()
        async with database.as_system() as session:
            events = [NewEvent("NoteCreated", "lost", 1, {})]
            await record_events(session, outbox, events)
            await session.rollback()
        await write(database, "kept")
        batch = await feed.pull(start, wait=0)
    assert [event.entity_id for event in batch.events] == ["kept"]


async def test_a_waiting_reader_is_answered_as_soon_as_something_comes(
    notes_settings: Settings,
) -> None:
    async with feed_of(notes_settings) as (feed, database):
        reading = asyncio.create_task(feed.pull(await feed.position(), wait=20))
        await asyncio.sleep(0.1)
        assert not reading.done()
        await write(database, "a")
        batch = await asyncio.wait_for(reading, 5)
    assert len(batch.events) == 1


async def test_a_cursor_of_another_cluster_is_turned_away(
    notes_settings: Settings,
) -> None:
    async with feed_of(notes_settings) as (feed, _):
        with pytest.raises(FeedIsElsewhere):
            await feed.pull("1234-1.0.0", wait=0)


async def test_a_cursor_beyond_the_numbers_of_postgresql_is_a_fault(
    notes_settings: Settings,
) -> None:
    app = new_notes_app(notes_settings)
    async with client(app, token(notes_settings, Role.SERVICE)) as http:
        here = (await http.get("/v1/feeds/notes/position")).json()["cursor"]
        epoch = here.partition(".")[0]
        after = {"after": f"{epoch}.1.{2**63}"}
        answer = await http.get("/v1/feeds/notes", params=after)
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert (fault["parameter"], fault["rule"]) == ("after", "cursor")


async def test_a_cursor_before_pruned_events_is_turned_away(
    notes_settings: Settings,
) -> None:
    async with feed_of(notes_settings) as (feed, database):
        start = await feed.position()
        await write(database, "a", "b")
        behind = (await feed.pull(start, limit=1, wait=0)).next
        up_to_date = (await feed.pull(start, wait=0)).next
        gone = await prune(database, outbox, now() + timedelta(hours=1))
        assert gone == 2
        with pytest.raises(FeedIsElsewhere):
            await feed.pull(behind, wait=0)
        assert (await feed.pull(up_to_date, wait=0)).events == []


async def test_only_services_read_feeds(notes_settings: Settings) -> None:
    app = new_notes_app(notes_settings)
    async with client(app, token(notes_settings, Role.EMPLOYER, new_id())) as http:
        for path in ("", "/position", "/snapshot"):
            answer = await http.get(f"/v1/feeds/notes{path}?after=1-1.0.0")
            assert answer.status_code == 403


async def test_a_command_answers_with_the_position_of_its_event(
    notes_settings: Settings,
) -> None:
    app = new_notes_app(notes_settings)
    async with client(app, token(notes_settings, Role.EMPLOYER, new_id())) as http:
        feed = feed_client(http, notes_settings)
        start = await feed.position()
        answer = await http.post("/v1/notes", json={"title": "one"})
        batch = await feed.pull(start, wait=0)
    assert answer.headers["feed-position"] == f"notes={batch.events[0].position}"


async def test_the_snapshot_pages_through_every_entity(
    notes_settings: Settings,
) -> None:
    app = new_notes_app(notes_settings)
    async with client(app, token(notes_settings, Role.EMPLOYER, new_id())) as http:
        for number in range(5):
            await http.post("/v1/notes", json={"title": f"note {number}"})
        feed = feed_client(http, notes_settings)
        pages = [page async for page in feed.snapshot(limit=2)]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert {event.data["title"] for page in pages for event in page} == {
        f"note {number}" for number in range(5)
    }


@pytest.mark.parametrize(
    "wrong", ["", "1", "1.", ".1", "-1.2", "1.2.3", "x.y", "٣.٤", f"1.{2**63}"]
)
def test_only_two_numbers_are_a_position(wrong: str) -> None:
    with pytest.raises(ValueError, match="no feed position"):
        Position.parse(wrong)


async def test_with_nothing_set_walled_rows_are_invisible_and_the_outbox_closed(
    notes_settings: Settings,
) -> None:
    app = new_notes_app(notes_settings)
    async with client(app, token(notes_settings, Role.EMPLOYER, new_id())) as http:
        await http.post("/v1/notes", json={"title": "one"})
        database: Database = app.state.database
        # the same pooled connection that just worked for a tenant
        async with database.as_nobody() as session:
            setting = await session.scalar(
                text("SELECT current_setting('rollcall.tenant', true)")
            )
            rows = (await session.execute(text("SELECT * FROM notes.note"))).all()
        fresh = Database(notes_settings, "fresh")
        async with fresh.as_nobody() as session:
            rows = [
                *rows,
                *(await session.execute(text("SELECT * FROM notes.note"))).all(),
            ]
        with pytest.raises(Exception, match="permission denied"):
            async with fresh.as_nobody() as session:
                await session.execute(text("SELECT data FROM notes.outbox"))
        await fresh.dispose()
    assert setting == ""
    assert rows == []


async def test_a_tenant_sees_and_changes_only_its_own_rows(
    notes_settings: Settings,
) -> None:
    mine, theirs = new_id(), new_id()
    app = new_notes_app(notes_settings)
    async with client(app) as http:
        headers = {tenant: bearer(notes_settings, tenant) for tenant in (mine, theirs)}
        created = await http.post(
            "/v1/notes", json={"title": "mine"}, headers=headers[mine]
        )
        path = f"/v1/notes/{created.json()['id']}"
        seen = await http.get("/v1/notes", headers=headers[theirs])
        edit = await http.put(path, json={"title": "x"}, headers=headers[theirs])
    assert seen.json()["items"] == []
    assert edit.status_code == 404


def bearer(settings: Settings, tenant: UUID) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(settings, Role.EMPLOYER, tenant)}"}
