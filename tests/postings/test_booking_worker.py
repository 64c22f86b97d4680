"""The row that bookings will lock: as profiles publishes a worker, and no longer."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.postings.bookings.workers import BookingWorkers, forget_who_came_of_age
from services.postings.models import feed_cursor
from services.postings.persons.registry import PERSONS, erasing
from shared.database import Database
from shared.follow import FeedClient, Follower
from shared.identity import Caller, Role
from shared.persons.erasing import Together
from shared.settings import Settings
from shared.tokens import service_token
from shared.values import new_id
from tests.matching.documents import a_worker
from tests.matching.sources import Source, create_rows, network

Row = dict[str, Any]
TODAY = "SELECT current_date"


@dataclass
class Following:
    """Profiles' feed, and postings that follow it when told to."""

    profiles: Source
    follower: Follower
    database: Database

    async def hears(self, *docs: Row, type: str = "WorkerChanged") -> None:
        await self.profiles.publish(type, *docs)
        await self.catches_up()

    async def catches_up(self) -> None:
        while await self.follower.step(wait=0):
            pass

    async def loses(self, *docs: Row) -> None:
        """As profiles does: the tombstone is published, the snapshot names none."""
        gone = [{"id": doc["id"], "version": doc["version"]} for doc in docs]
        async with self.profiles.database.as_system() as session:
            for each in gone:
                await self.profiles.tell(session, "WorkerRemoved", each)
                ids = {"id": each["id"]}
                deleted = "DELETE FROM profiles.source_row WHERE id = :id"
                await session.execute(text(deleted), ids)
        await self.catches_up()

    async def rows(self) -> dict[UUID, Row]:
        query = text("SELECT * FROM postings.booking_worker")
        async with self.database.as_system() as session:
            found = [dict(row) for row in (await session.execute(query)).mappings()]
        return {row.pop("worker"): row for row in found}

    async def row(self, doc: Row) -> Row:
        return (await self.rows())[UUID(doc["id"])]


@pytest.fixture
async def following(settings: Settings) -> AsyncIterator[Following]:
    settings = dataclasses.replace(settings, profiles_url="http://profiles")
    create_rows(settings)
    source = Source(settings, "profiles")
    database = Database(settings, "postings")
    async with network(source) as http:
        token = service_token(settings, "postings")
        feed = FeedClient(http, settings.profiles_url, "profiles", token)
        people = Together(erasing(), BookingWorkers())
        follower = Follower(database, feed_cursor, feed, people)
        await follower.step()
        yield Following(source, follower, database)
    await database.dispose()


def told(**changes: Any) -> Row:
    """A worker's state, as profiles publishes it of a minor with a permit."""
    return (
        a_worker(
            version=1,
            certificates=[
                {"certificate": "forklift-licence", "expires_on": "2035-05-01"}
            ],
        )
        | {
            "minor_until": "2031-02-28",
            "right_to_work": [{"country": "GB", "expires_on": "2030-12-31"}],
        }
        | changes
    )


async def test_a_worker_is_kept_as_bookings_need_them(following: Following) -> None:
    worker = told()
    await following.hears(worker)
    assert await following.row(worker) == {
        "version": 1,
        "removed": False,
        "zone": worker["zone"],
        "minor_until": date(2031, 2, 28),
        "right_to_work": [{"country": "GB", "expires_on": "2030-12-31"}],
        "certificates": worker["certificates"],
        "stale": False,
    }


async def test_only_a_greater_version_counts(following: Following) -> None:
    worker = told(version=3)
    await following.hears(worker)
    await following.hears(worker | {"version": 2, "zone": "UTC"})
    await following.hears(worker | {"zone": "UTC"})
    assert (await following.row(worker))["zone"] == worker["zone"]
    await following.hears(worker | {"version": 4, "minor_until": None})
    row = await following.row(worker)
    assert (row["version"], row["minor_until"]) == (4, None)


async def test_of_several_events_of_one_batch_the_newest_counts(
    following: Following,
) -> None:
    worker = told()
    later = worker | {"version": 3, "zone": "UTC"}
    await following.hears(later, worker | {"version": 2}, worker)
    assert (await following.row(worker))["zone"] == "UTC"


async def test_events_of_organisations_pass_by(following: Following) -> None:
    firm = {"id": str(new_id()), "version": 1, "zone": "UTC"}
    await following.hears(firm, type="OrganisationChanged")
    assert await following.rows() == {}


async def test_what_was_published_before_there_were_papers_says_nothing_of_them(
    following: Following,
) -> None:
    worker = told()
    del worker["minor_until"], worker["right_to_work"]
    await following.hears(worker)
    row = await following.row(worker)
    assert (row["minor_until"], row["right_to_work"]) == (None, [])


async def test_the_row_moves_with_the_cursor_or_not_at_all(
    following: Following,
) -> None:
    """A batch that cannot be applied leaves no half of it, and comes again."""
    first, broken = told(), told(zone=None)
    with pytest.raises(DBAPIError, match="emptied_when_removed"):
        await following.hears(first, broken)
    assert await following.rows() == {}
    async with following.profiles.database.as_system() as session:
        mended = 'UPDATE profiles.outbox SET data = data || \'{"zone": "UTC"}\''
        await session.execute(text(mended))
    await following.catches_up()
    assert len(await following.rows()) == 2


# -- erased ----------------------------------------------------------------------------


async def test_the_row_is_emptied_with_the_person_and_does_not_come_back(
    following: Following,
) -> None:
    worker = told()
    await following.hears(worker)
    async with following.database.as_system() as session:
        held = await PERSONS.export(session, UUID(worker["id"]))
        assert held["booking_worker"][0]["minor_until"] == date(2031, 2, 28)
    await following.loses(worker | {"version": 3})
    await following.hears(worker | {"version": 2})
    assert await following.row(worker) == {
        "version": 3,
        "removed": True,
        "zone": None,
        "minor_until": None,
        "right_to_work": [],
        "certificates": [],
        "stale": False,
    }
    async with following.database.as_system() as session:
        assert await PERSONS.held(session, UUID(worker["id"])) == {}
        held = await PERSONS.export(session, UUID(worker["id"]))
        assert held["booking_worker"] == []


async def test_a_tombstone_that_comes_late_leaves_whoever_came_back(
    following: Following,
) -> None:
    worker = told(version=3)
    await following.hears(worker)
    gone = {"id": worker["id"], "version": 2}
    await following.hears(gone, type="WorkerRemoved")
    row = await following.row(worker)
    assert (row["version"], row["removed"]) == (3, False)


# -- rebuilt ---------------------------------------------------------------------------


async def test_a_rebuild_from_the_snapshot_equals_following(
    following: Following,
) -> None:
    chance = random.Random(7)
    people = [told() for _ in range(30)]
    for _ in range(150):
        doc = chance.choice(people)
        doc["version"] += 1
        if chance.random() < 0.1:
            await following.loses(doc)
            continue
        doc["zone"] = chance.choice(("UTC", "Europe/London", "Asia/Tokyo"))
        doc["minor_until"] = chance.choice((None, "2031-02-28", "2030-01-01"))
        doc["right_to_work"] = [{"country": "GB", "expires_on": None}]
        await following.hears(doc)
    followed = await following.rows()
    async with following.database.as_system() as session:
        await session.execute(feed_cursor.update().values(cursor="other.99999.1"))
    await following.follower.step()
    rebuilt = await following.rows()
    assert any(row["removed"] for row in followed.values())
    assert rebuilt.keys() == followed.keys()
    for worker, row in followed.items():
        if row["removed"]:  # another epoch counts its versions anew
            row["version"] = 0
        assert rebuilt[worker] == row
    # and after it the feed goes on
    await following.hears(told(id=str(next(iter(followed))), version=500, zone="UTC"))
    assert (await following.rows())[next(iter(followed))]["version"] == 500


async def test_whom_the_snapshot_does_not_name_is_emptied(
    following: Following,
) -> None:
    stays, goes = told(version=7), told(version=7)
    await following.hears(stays, goes)
    async with following.profiles.database.as_system() as session:
        await session.execute(text("DELETE FROM profiles.source_row"))
        await session.execute(text("DELETE FROM profiles.outbox"))
        await following.profiles.tell(session, "Restored", stays | {"version": 2})
    async with following.database.as_system() as session:
        await session.execute(feed_cursor.update().values(cursor="other.99999.1"))
    await following.catches_up()
    await following.follower.step()
    kept, gone = await following.row(stays), await following.row(goes)
    assert (kept["version"], kept["removed"]) == (2, False)
    assert (gone["removed"], gone["minor_until"], gone["zone"]) == (True, None, None)


# -- seen ------------------------------------------------------------------------------


async def test_of_whoever_has_come_of_age_the_day_is_forgotten(
    following: Following,
) -> None:
    async with following.database.as_system() as session:
        today: date = (await session.execute(text(TODAY))).scalar_one()
    days = {-400: None, -2: None, -1: -1, 0: 0, 1: 1, 700: 700}
    people = {n: told(minor_until=str(today + timedelta(days=n))) for n in days}
    await following.hears(*people.values())
    assert await forget_who_came_of_age(following.database) == 2
    for n, left in days.items():
        row = await following.row(people[n])
        held = row["minor_until"] and (row["minor_until"] - today).days
        assert held == left, n
    assert await forget_who_came_of_age(following.database) == 0


async def test_for_the_app_login_the_table_does_not_exist(
    following: Following,
) -> None:
    worker = told()
    await following.hears(worker)
    callers = (
        Caller(UUID(worker["id"]), Role.WORKER),
        Caller(new_id(), Role.EMPLOYER, new_id()),
    )
    for caller in callers:
        with pytest.raises(DBAPIError, match="permission denied"):
            async with following.database.as_caller(caller) as session:
                await session.execute(text("SELECT 1 FROM postings.booking_worker"))
