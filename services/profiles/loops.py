"""What profiles does besides answering: follow the taxonomy, bring claims up to date,
send messages, forget what is old."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial

import httpx

from services.profiles.accounts.forgetting import forget_old_accounts
from services.profiles.accounts.secrets import AccountSecrets
from services.profiles.delivery.senders import senders
from services.profiles.delivery.sending import LOOK_EVERY, send_due
from services.profiles.models import audit, feed_cursor, known_concept, outbox
from services.profiles.workers.remapping import remap_all
from shared.audit.sealing import seal_audit
from shared.database import Database
from shared.follow import FeedClient, Follower
from shared.keys import InstallationSecret
from shared.loops import every, forget_old_events, forget_stored_answers
from shared.settings import Settings
from shared.stored_answers import StoredAnswers
from shared.tokens import service_token
from shared.vocabulary import Vocabulary

REMAP_EVERY = timedelta(seconds=10)
FORGET_EVERY = timedelta(minutes=5)


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Until `stop`; outages of the database or of matching are waited out."""
    database = Database(settings, "profiles")
    try:
        async with (
            httpx.AsyncClient(trust_env=False) as http,
            asyncio.TaskGroup() as loops,
        ):
            token = service_token(settings, "profiles")
            feed = FeedClient(http, settings.matching_url, "matching", token)
            follower = Follower(database, feed_cursor, feed, Vocabulary(known_concept))
            loops.create_task(follower.run(stop))
            remap = partial(remap_all, database)
            loops.create_task(every(REMAP_EVERY, remap, stop))
            loops.create_task(forget_old_events(database, outbox, stop))
            answers = StoredAnswers("profiles")
            loops.create_task(forget_stored_answers(database, answers, stop))
            secret = InstallationSecret.read_or_create(settings.secret_key_file)
            keys, sending = AccountSecrets(secret), senders(settings)
            send = partial(send_due, database, keys, sending)
            loops.create_task(every(LOOK_EVERY, send, stop))
            forget = partial(forget_old_accounts, database)
            loops.create_task(every(FORGET_EVERY, forget, stop))
            sealer = seal_audit(database, audit, settings.audit_dir, stop)
            loops.create_task(sealer)
    finally:
        await database.dispose()
