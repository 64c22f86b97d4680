"""The figures of the queue, as the API and Prometheus are told them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.intake.following import followers
from services.matching.intake.marks import mark
from services.matching.models import match_run
from services.matching.runs import leases
from services.matching.runs.claiming import Claim, claim, look
from services.matching.runs.commands import Wanted, cancel_queued, enqueue
from services.matching.runs.figures import (
    BOUNDS,
    STATES,
    Figures,
    read_figures,
    sample_counts,
)
from services.matching.runs.lanes import LANES, Lane
from services.matching.runs.metrics import queue_metrics
from services.matching.runs.reaper import FOLD
from shared.database import Database
from shared.telemetry import metrics_page
from shared.values import new_id
from tests.databases import plain
from tests.matching.documents import a_posting, a_worker, an_empty_list
from tests.matching.market import Market, until
from tests.matching.matches.conftest import EMPLOYER, OPERATOR, Api, api
from tests.matching.runs.test_state_machine import BECOME
from tests.prometheus import Samples, samples_of

__all__ = ["api"]


async def figures_of(market: Market) -> Figures:
    async with market.database.as_system() as session:
        return await read_figures(session)


async def execute(market: Market, statement: str, **values: object) -> None:
    async with market.database.as_system() as session:
        await session.execute(text(statement), values)


async def queue(market: Market, lane: Lane = "interactive", count: int = 1) -> None:
    async with market.database.as_system() as session:
        tenant = new_id()
        wanted = [Wanted(new_id(), tenant, lane, "requested") for _ in range(count)]
        await enqueue(session, wanted)


async def scraped(api: Api) -> Samples:
    page = await api.get("/metrics", OPERATOR)
    assert page.status_code == 200
    return samples_of(page.text)


def of_lane(samples: Samples, name: str, **labels: str) -> float:
    return samples[(name, frozenset(labels.items()))]


async def test_what_a_lane_s_figures_say(market: Market) -> None:
    empty = (await figures_of(market)).lanes["interactive"]
    assert (empty["queued"], empty["oldest_ready_seconds"]) == (0, None)
    assert "wait_seconds" not in empty

    await queue(market, count=4)
    await queue(market, "bulk", count=2)
    async with market.database.as_system() as session:
        lanes = (await look(session)).lanes
        first, second = await claim(session, lanes["interactive"], 2, "w-1")
        await leases.fail(session, first, "it broke")
        assert first != second
    await execute(
        market,
        "UPDATE matching.match_run SET lease_until = clock_timestamp() - interval '1 s'"
        " WHERE state = 'running'",
    )
    told = (await figures_of(market)).lanes
    lane = told["interactive"]
    assert (lane["queued"], lane["running"]) == (3, 1)
    assert (lane["later"], lane["stalled"]) == (1, 1)
    assert lane["events"]["failed"] == 1  # type: ignore[index]
    assert lane["events"]["arrived"] == 4  # type: ignore[index]
    assert 0 < lane["oldest_ready_seconds"] < 60  # type: ignore[operator]
    assert told["bulk"]["queued"] == 2
    assert told["refresh"]["queued"] == 0


async def test_percentiles_are_exact_over_the_lane_s_last_thousand(
    market: Market,
) -> None:
    """An older, slower past does not count, nor what was ranked on request."""
    done = dict(part.split(" = ") for part in BECOME["done"].split(", "))
    del done["finished_at"]
    names, values = ", ".join(done), ", ".join(done.values())
    insert = (
        "INSERT INTO matching.match_run (id, posting_id, tenant, state, lane, reason,"
        f" {names}, run_at, started_at, finished_at) SELECT gen_random_uuid(),"
        f" gen_random_uuid(), gen_random_uuid(), 'done', 'refresh', 'test', {values},"
    )
    for when, waited, ran, count in (
        (timedelta(days=2), "900.0", "900.0", 500),
        (timedelta(hours=1), "n / 1000.0", "n / 500.0", 1_000),
    ):
        await execute(
            market,
            f"{insert} moment, moment + make_interval(secs => {waited}),"
            f" moment + make_interval(secs => {waited} + {ran})"
            f" FROM (SELECT n, now() - CAST(:ago AS interval) AS moment"
            f"   FROM generate_series(1, {count}) AS n) AS runs",
            ago=when,
        )
    await execute(market, f"{insert} now(), NULL, now() FROM generate_series(1, 50)")
    lane = (await figures_of(market)).lanes["refresh"]
    wait, run = lane["wait_seconds"], lane["run_seconds"]
    assert isinstance(wait, Mapping)
    assert isinstance(run, Mapping)
    assert wait["runs"] == 1_000
    for told, p50, p95, p99 in ((wait, 0.5, 0.95, 0.99), (run, 1.0, 1.9, 1.98)):
        assert told["p50"] == pytest.approx(p50)
        assert told["p95"] == pytest.approx(p95)
        assert told["p99"] == pytest.approx(p99)


async def test_rates_are_over_the_time_since_the_counts_were_kept(
    market: Market,
) -> None:
    await queue(market, count=3)
    lane = (await figures_of(market)).lanes["interactive"]
    assert "arrivals_per_second" not in lane, "nobody has counted yet"
    async with market.database.as_system() as session:
        await sample_counts(session)
    await execute(
        market, "UPDATE matching.match_lane_sample SET at = at - interval '50 s'"
    )
    await queue(market, count=10)
    lane = (await figures_of(market)).lanes["interactive"]
    assert lane["arrivals_per_second"] == pytest.approx(0.2, rel=0.2)
    assert lane["completions_per_second"] == 0
    await execute(
        market, "UPDATE matching.match_lane_sample SET at = at - interval '1 hour'"
    )
    lane = (await figures_of(market)).lanes["interactive"]
    assert "arrivals_per_second" not in lane, "too long ago to say anything of now"


async def test_dead_letters_are_told_with_their_age(market: Market) -> None:
    await queue(market)
    for _ in range(leases.MOST_LOST):
        async with market.database.as_system() as session:
            [held] = await claim(
                session,
                (await look(session)).lanes["interactive"],
                1,
                "w-1",
                suspected=bool(_),
            )
            assert held.lost == _
        await execute(
            market,
            "UPDATE matching.match_run SET lease_until = now() - interval '1 s'",
        )
        async with market.database.as_system() as session:
            assert await leases.reap(session, grace=0) == 1
    await execute(
        market,
        "UPDATE matching.match_run SET finished_at = finished_at - interval '2 days'",
    )
    lane = (await figures_of(market)).lanes["interactive"]
    assert (lane["dead"], lane["quarantined"]) == (1, 1)
    assert lane["events"]["lost"] == 2  # type: ignore[index]
    assert lane["oldest_dead_seconds"] == pytest.approx(2 * 86_400, abs=60)


async def test_a_feed_s_lag_is_counted_from_the_first_that_was_not_applied(
    market: Market,
) -> None:
    _, postings = followers(
        market.settings, market.database, market.http, market.doorbell
    )
    assert await postings.step(wait=0) == 0
    await mark(market.database, postings.feed)

    async def lag() -> float:
        [feed] = (await figures_of(market)).feeds
        assert feed["feed"] == "postings"
        lag: float = feed["lag_seconds"]
        return lag

    await execute(
        market,
        "UPDATE matching.feed_mark SET first_at = now() - interval '9 minutes'",
    )
    assert await lag() < 5, "all was applied when the feed was last asked"

    await market.postings.publish("PostingOpened", a_posting())
    await mark(market.database, postings.feed)
    await execute(
        market,
        "UPDATE matching.feed_mark SET first_at = first_at - interval '5 minutes'",
    )
    await market.postings.publish("PostingOpened", a_posting())
    await mark(market.database, postings.feed)
    assert await lag() == pytest.approx(300, abs=10), "one is fresh, one is not"

    assert await postings.step(wait=0) == 2
    assert await lag() < 5
    await mark(market.database, postings.feed)
    # nobody asks any more: what was applied gets older
    await execute(
        market,
        "UPDATE matching.feed_mark SET last_at = last_at - interval '1 minute'",
    )
    assert await lag() == pytest.approx(60, abs=5)


async def test_whoever_holds_the_feeds_back_is_named(market: Market) -> None:
    assert (await figures_of(market)).writer is None
    holding = await asyncpg.connect(plain(market.settings.database_url))
    try:
        await holding.execute("SET application_name = 'a long import'")
        async with holding.transaction():
            await holding.execute("SELECT pg_current_xact_id()")
            await asyncio.sleep(0.05)
            writer = (await figures_of(market)).writer
    finally:
        await holding.close()
    assert writer is not None
    assert writer["application"] == "a long import"
    assert writer["pid"] > 0
    assert 0.04 < writer["open_seconds"] < 30


async def test_an_index_is_behind_by_what_it_has_not_applied(
    market: Market, api: Api
) -> None:
    market.runner._index_seq = lambda: 0
    market.start("claims")
    await market.knows(a_worker(), a_worker())
    await api.in_step(market)

    document: dict[str, Any] = {}

    async def told() -> object:
        document.update((await api.get("/v1/queues", OPERATOR)).json())
        return document["workers"]

    await until(told)
    assert document["index"]["behind_changes"] == 0
    [worker] = document["workers"]
    assert (worker["name"], worker["state"]) == (market.runner.name, "starting")
    assert worker["index"]["behind_changes"] == document["index"]["newest"] > 0
    assert worker["index"]["behind_seconds"] > 0
    samples = await scraped(api)
    behind = of_lane(samples, "rollcall_index_behind_changes")
    assert behind == worker["index"]["behind_changes"]
    assert of_lane(samples, "rollcall_workers", state="starting") == 1
    assert of_lane(samples, "rollcall_worker_slots") == worker["slots"]


async def test_one_not_seen_for_long_is_told_as_missing(
    market: Market, api: Api
) -> None:
    await execute(
        market,
        "INSERT INTO matching.match_worker (name, state, lanes, slots, busy, seen_at,"
        " engine_version) VALUES ('gone:1', 'working', '{bulk}', 4, 2,"
        " clock_timestamp() - interval '1 minute', '1')",
    )
    document = (await api.get("/v1/queues", OPERATOR)).json()
    assert [worker["live"] for worker in document["workers"]] == [False]
    assert [lane["slots"] for lane in document["items"]] == [0, 0, 0]
    samples = await scraped(api)
    assert of_lane(samples, "rollcall_workers_missing") == 1
    assert of_lane(samples, "rollcall_worker_slots") == 0


COUNTS = """
    SELECT lane, state, count(*) AS n FROM matching.match_run GROUP BY lane, state
"""
DO = st.sampled_from(
    ["arrive", "claim", "finish", "fail", "give back", "cancel", "fold"]
)


@given(steps=st.lists(st.tuples(DO, st.sampled_from(LANES)), max_size=20))
@tried(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_at_any_quiet_moment_the_metrics_are_what_a_count_would_say(
    market: Market, steps: list[tuple[str, Lane]]
) -> None:
    held: list[Claim] = []
    for step, lane in steps:
        async with market.database.as_system() as session:
            await _do(session, step, lane, held)
    async with market.database.as_system() as session:
        found = await queue_metrics(market.database)
        rows = (await session.execute(text(COUNTS))).all()
    samples = samples_of(metrics_page(found)[0].decode())
    counted = {(row.lane, row.state): row.n for row in rows}
    for lane in LANES:
        for state in STATES:
            told = of_lane(samples, "rollcall_runs", lane=lane, state=state)
            assert told == counted.get((lane, state), 0)
        waited = of_lane(samples, "rollcall_run_wait_seconds_count", lane=lane)
        events = partial(of_lane, samples, "rollcall_run_events_total", lane=lane)
        assert waited == events(event="claimed")
        ran = of_lane(samples, "rollcall_run_seconds_count", lane=lane)
        assert ran == events(event="done")


async def _do(session: AsyncSession, step: str, lane: Lane, held: list[Claim]) -> None:
    if step == "arrive":
        await enqueue(session, [Wanted(new_id(), new_id(), lane, "test")])
    elif step == "claim":
        held += await claim(session, (await look(session)).lanes[lane], 2, "w-1")
    elif step == "cancel":
        every = select(match_run.c.posting_id).where(match_run.c.state == "queued")
        [*waiting] = (await session.execute(every.limit(2))).scalars()
        await cancel_queued(session, waiting, "the posting is gone")
    elif step == "fold":
        await session.execute(FOLD)
    elif held and step == "finish":
        await leases.finish(session, held.pop(), an_empty_list())
    elif held and step == "fail":
        await leases.fail(session, held.pop(), "it broke")
    elif held and step == "give back":
        await leases.give_back(session, held.pop(), 0.0)


async def test_a_killed_process_takes_no_count_with_it(market: Market) -> None:
    """Whoever asks next, from another process, is told the same."""
    await queue(market, count=3)
    before = samples_of(metrics_page(await queue_metrics(market.database))[0].decode())
    another = Database(market.settings, "another")
    after = samples_of(metrics_page(await queue_metrics(another))[0].decode())
    await another.dispose()
    for name in ("rollcall_runs", "rollcall_run_events_total"):
        told = {key: value for key, value in before.items() if key[0] == name}
        assert told
        assert told == {key: value for key, value in after.items() if key[0] == name}


async def test_with_the_database_away_the_page_still_comes(market: Market) -> None:
    gone = replace(
        market.settings,
        system_database_url="postgresql://nobody@127.0.0.1:1/nothing",
    )
    database = Database(gone, "test")
    samples = samples_of(metrics_page(await queue_metrics(database))[0].decode())
    await database.dispose()
    assert of_lane(samples, "rollcall_queue_read") == 0
    assert not [name for name, _ in samples if name == "rollcall_runs"]


async def test_only_who_may_is_told(api: Api) -> None:
    assert (await api.get("/v1/queues", EMPLOYER)).status_code == 403
    assert (await api.get("/metrics", EMPLOYER)).status_code == 403


async def test_the_bounds_are_those_that_the_database_counts_by(
    market: Market,
) -> None:
    async with market.database.as_system() as session:
        source = await session.execute(
            text("SELECT prosrc FROM pg_proc WHERE proname = 'note_run_changes'")
        )
        bounds = re.findall(r"ARRAY\[([\d., ]+)\]::float", source.scalar_one())
    assert {tuple(map(float, each.split(","))) for each in bounds} == {BOUNDS}
