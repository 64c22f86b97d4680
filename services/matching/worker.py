"""The matching worker process: intake, the index, the queue."""

from __future__ import annotations

import asyncio
from functools import partial

from services.matching.engine.warm import warm_up
from services.matching.intake.following import followers
from services.matching.intake.marks import keep_marks
from services.matching.intake.replica import Replica
from services.matching.intake.taxonomy import shipped_taxonomy
from services.matching.models import audit, outbox
from services.matching.persons.retention import forget_old_lists
from services.matching.phrases.loops import forget_old_phrases
from services.matching.probes import answer_probes
from services.matching.runs.areas import named_areas
from services.matching.runs.doorbell import Doorbell, listen
from services.matching.runs.lanes import LANES
from services.matching.runs.ranker import ranker
from services.matching.runs.reaper import reap
from services.matching.runs.runner import Runner
from services.matching.supervision import Loop, supervise
from shared.audit.sealing import seal_audit
from shared.database import Database
from shared.loops import forget_old_events, forget_stored_answers
from shared.outgoing import new_client
from shared.settings import Settings
from shared.stored_answers import StoredAnswers


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Work until `stop`, then drain; no outage ends it."""
    await asyncio.to_thread(warm_up)
    database = Database(settings, "matching worker")
    doorbell = Doorbell(settings.redis_url)
    replica = Replica(
        settings.system_database_url,
        shipped_taxonomy(),
        settings.index_dir / "matching-worker",
    )
    answers = StoredAnswers("matching")
    working = settings.working
    runner = Runner(
        database,
        ranker(replica),
        replica.loaded,
        doorbell,
        slots=working.concurrency,
        lanes=[lane for lane in LANES if lane in working.lanes],
        areas=named_areas(working.areas),
        index_seq=lambda: replica.seq,
    )
    try:
        async with new_client() as http:
            profiles, postings = followers(settings, database, http, doorbell)
            feeds = [profiles.feed, postings.feed]
            loops: dict[str, Loop] = {
                "profiles feed": profiles.run,
                "postings feed": postings.run,
                "feed marks": partial(keep_marks, database, feeds),
                "index": replica.run,
                "claims": runner.work,
                "reaper": partial(reap, database, runner.wake),
                "old events": partial(forget_old_events, database, outbox),
                "old answers": partial(forget_stored_answers, database, answers),
                "audit": partial(seal_audit, database, audit, settings.audit_dir),
                "old lists": partial(forget_old_lists, database),
                "old phrases": partial(forget_old_phrases, database),
                "doorbell": partial(listen, settings.redis_url, runner.wake),
            }
            if working.probes is not None:
                loops["probes"] = partial(answer_probes, settings, replica.readiness)
            await supervise(loops, stop)
    finally:
        await doorbell.close()
        await database.dispose()
