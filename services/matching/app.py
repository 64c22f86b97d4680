"""The API of the matching service: matches, runs, queues, skills, the taxonomy feed.

Every API process has an index of its own, loaded after the start: until then /readyz
says so and rankings answer 503.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI, Request

from services.matching.engine.warm import warm_up
from services.matching.extract.routes import router as extract_router
from services.matching.extract.warm import warm_understanding
from services.matching.insights.routes import router as insights_router
from services.matching.intake.replica import Replica
from services.matching.intake.taxonomy import shipped_taxonomy
from services.matching.matches.routes import router as matches_router
from services.matching.matches.search_checks import check_search, check_what_if
from services.matching.models import audit, erased_person, outbox
from services.matching.persons.registry import PERSONS
from services.matching.phrases.loops import follow_bindings, write_counts
from services.matching.phrases.routes import router as phrases_router
from services.matching.phrases.rules import binding_faults
from services.matching.phrases.understanding import Understanding
from services.matching.runs.doorbell import Doorbell
from services.matching.runs.listing_routes import router as run_listing_router
from services.matching.runs.metrics import queue_metrics
from services.matching.runs.queue_routes import router as queues_router
from services.matching.runs.routes import router as runs_router
from services.matching.runs.verb_routes import router as run_verbs_router
from services.matching.runs.watching import Watch
from services.matching.schemes.routes import router as schemes_router
from services.matching.skills.commands import load_taxonomy_tables
from services.matching.skills.queries import taxonomy_snapshot
from services.matching.skills.ranking.routes import router as titles_router
from services.matching.skills.routes import router as skills_router
from services.matching.supervision import Loop, pause, supervise
from shared.audit.routes import audit_router
from shared.feed import feed_router
from shared.persons.routes import persons_router
from shared.problems import Fault
from shared.settings import Settings
from shared.webapp import new_app

PREFIXES = ("/v1/matches", "/v1/runs", "/v1/queues", "/v1/skills", "/v1/insights")


def build(settings: Settings) -> FastAPI:
    return new_app(
        "matching",
        settings,
        [
            matches_router,
            runs_router,
            insights_router,
            run_listing_router,
            run_verbs_router,
            queues_router,
            phrases_router,  # before the concept of any id
            schemes_router,  # before the skills, whose /{concept_id} takes any word
            extract_router,
            titles_router,
            skills_router,
            persons_router("/v1/matches", PERSONS, erased_person),
            feed_router("matching", outbox, taxonomy_snapshot),
            audit_router(audit),
        ],
        prefixes=PREFIXES,
        lifespan=_lifespan,
        late_check=_late_check,
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    replica = Replica(
        settings.system_database_url,
        shipped_taxonomy(),
        settings.index_dir / "matching-api",
    )
    doorbell = Doorbell(settings.redis_url)
    understanding = Understanding()
    app.state.replica = replica
    app.state.doorbell = doorbell
    app.state.batch_turn = asyncio.Lock()
    app.state.understanding = understanding
    app.state.readiness = replica.readiness
    app.state.metrics = partial(queue_metrics, app.state.database)
    app.state.watch = Watch(app.state.database, lambda: replica.seq)
    stop = asyncio.Event()

    async def keep_index(stop: asyncio.Event) -> None:
        await asyncio.to_thread(warm_up)
        await replica.run(stop)

    async def publish_taxonomy(stop: asyncio.Event) -> None:
        async with app.state.database.as_system() as session:
            await load_taxonomy_tables(session)
        while not replica.loaded.is_set() and not stop.is_set():
            await pause(stop, 0.05)  # the index is waited for more
        if settings.understand_ahead:
            await asyncio.to_thread(warm_understanding, stop.is_set)
        # what was loaded stays as long as the process: no collection looks at it again
        gc.freeze()
        await stop.wait()

    database = app.state.database
    loops: dict[str, Loop] = {
        "index": keep_index,
        "taxonomy": publish_taxonomy,
        "bindings": partial(follow_bindings, database, understanding),
        "phrases": partial(write_counts, database, understanding),
    }

    async def let_listeners_go() -> None:
        await app.state.closing.wait()
        await app.state.watch.close()

    running = asyncio.create_task(supervise(loops, stop))
    closing = asyncio.create_task(let_listeners_go())
    try:
        yield
    finally:
        stop.set()
        closing.cancel()
        await app.state.watch.close()
        await running
        await doorbell.close()


async def _late_check(request: Request, body: Any) -> Sequence[Fault]:
    """Unknown skills and broken rules are told together with the schema's faults."""
    if request.url.path in ("/v1/matches/search", "/v1/matches/count"):
        return check_search(body)
    if request.url.path == "/v1/matches/what-if":
        return check_what_if(body)
    if request.url.path == "/v1/skills/phrases/bindings":
        return binding_faults(body)
    return ()
