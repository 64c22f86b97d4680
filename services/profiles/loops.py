"""What profiles does besides answering: follow the taxonomy and bring claims up to
date, follow candidacies for whom they disclose, see erasures through, send messages,
forget what is old."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial

from services.profiles.accounts.forgetting import forget_old_accounts
from services.profiles.delivery.senders import senders
from services.profiles.delivery.sending import LOOK_EVERY, Sending
from services.profiles.models import audit, feed_cursor, known_concept, outbox
from services.profiles.privacy.disclosing import DisclosureProjection
from services.profiles.privacy.erasing import OtherServices, complete_erasures
from services.profiles.privacy.retention import apply_retention
from services.profiles.workers.remapping import remap_all
from shared.audit.sealing import seal_audit
from shared.database import Database
from shared.follow import FeedClient, Follower
from shared.loops import every, forget_old_events, forget_stored_answers
from shared.outgoing import new_client
from shared.settings import Settings
from shared.stored_answers import StoredAnswers
from shared.tokens import service_token
from shared.vocabulary import Vocabulary

REMAP_EVERY = timedelta(seconds=10)
FORGET_EVERY = timedelta(minutes=5)
ERASE_EVERY = timedelta(seconds=1)
RETAIN_EVERY = timedelta(hours=1)


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Until `stop`; outages of the database or of matching are waited out."""
    database = Database(settings, "profiles")
    try:
        async with (
            new_client() as http,
            asyncio.TaskGroup() as loops,
        ):
            token = service_token(settings, "profiles")
            feed = FeedClient(http, settings.matching_url, "matching", token)
            follower = Follower(database, feed_cursor, feed, Vocabulary(known_concept))
            loops.create_task(follower.run(stop))
            postings = FeedClient(http, settings.postings_url, "postings", token)
            disclosing = Follower(
                database, feed_cursor, postings, DisclosureProjection()
            )
            loops.create_task(disclosing.run(stop))
            others = OtherServices(http, settings, token)
            erase = partial(complete_erasures, database, others)
            loops.create_task(every(ERASE_EVERY, erase, stop))
            retain = partial(apply_retention, database)
            loops.create_task(every(RETAIN_EVERY, retain, stop))
            remap = partial(remap_all, database)
            loops.create_task(every(REMAP_EVERY, remap, stop))
            loops.create_task(forget_old_events(database, outbox, stop))
            answers = StoredAnswers("profiles")
            loops.create_task(forget_stored_answers(database, answers, stop))
            send = Sending(database, senders(settings))
            loops.create_task(every(LOOK_EVERY, send, stop))
            forget = partial(forget_old_accounts, database)
            loops.create_task(every(FORGET_EVERY, forget, stop))
            sealer = seal_audit(database, audit, settings.audit_dir, stop)
            loops.create_task(sealer)
    finally:
        await database.dispose()
