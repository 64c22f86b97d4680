"""What the postings service does without being asked.

Deadlines are swept, candidacies of what is over ended, the taxonomy is followed and
what it replaced re-mapped, profiles is followed for who may put whom forward, for what
bookings ask of workers and for who leaves, old events are forgotten. Several processes
may run these loops at once: sweeping and re-mapping skip what another one has locked,
and the followers yield to whoever moved first.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial

from services.postings.bookings.workers import (
    BookingWorkers,
    forget_who_came_of_age,
)
from services.postings.hiring.ending import end_what_is_over
from services.postings.hiring.profiles_feed import HiringProjection
from services.postings.models import audit, feed_cursor, known_concept, outbox
from services.postings.persons.registry import erasing
from services.postings.postings.commands import SWEEP, expire_postings
from services.postings.postings.remapping import remap_all
from shared.audit.sealing import seal_audit
from shared.database import Database
from shared.follow import FeedClient, Follower
from shared.loops import every, forget_old_events, forget_stored_answers
from shared.outgoing import new_client
from shared.persons.erasing import Together
from shared.settings import Settings
from shared.stored_answers import StoredAnswers
from shared.tokens import service_token
from shared.vocabulary import Vocabulary

SWEEP_EVERY = timedelta(seconds=2)
REMAP_EVERY = timedelta(seconds=10)
FORGET_EVERY = timedelta(hours=1)


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Run every loop until `stop`."""
    database = Database(settings, "postings")
    try:
        async with (
            new_client() as http,
            asyncio.TaskGroup() as loops,
        ):
            token = service_token(settings, "postings")
            feed = FeedClient(http, settings.matching_url, "matching", token)
            follower = Follower(database, feed_cursor, feed, Vocabulary(known_concept))
            loops.create_task(follower.run(stop))
            profiles = FeedClient(http, settings.profiles_url, "profiles", token)
            people = Together(HiringProjection(), erasing(), BookingWorkers())
            follower = Follower(database, feed_cursor, profiles, people)
            loops.create_task(follower.run(stop))
            forget = partial(forget_who_came_of_age, database)
            loops.create_task(every(FORGET_EVERY, forget, stop))
            loops.create_task(every(SWEEP_EVERY, lambda: sweep(database), stop))
            ending = partial(end_what_is_over, database)
            loops.create_task(every(SWEEP_EVERY, ending, stop))
            remap = partial(remap_all, database)
            loops.create_task(every(REMAP_EVERY, remap, stop))
            loops.create_task(forget_old_events(database, outbox, stop))
            answers = StoredAnswers("postings")
            loops.create_task(forget_stored_answers(database, answers, stop))
            sealer = seal_audit(database, audit, settings.audit_dir, stop)
            loops.create_task(sealer)
    finally:
        await database.dispose()


async def sweep(database: Database) -> int:
    """Expire every posting whose deadline has passed; returns how many."""
    total = 0
    while True:
        async with database.as_system() as session:
            expired = await expire_postings(session)
        total += expired
        if expired < SWEEP:
            return total
