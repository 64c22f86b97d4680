"""What the database itself keeps true of runs: transitions, turns, history, counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.runs import leases
from services.matching.runs.claiming import claim, look
from services.matching.runs.commands import Wanted, enqueue
from services.matching.runs.lanes import LANES, Lane
from services.matching.runs.reaper import FOLD
from shared.database import Database
from shared.settings import Settings
from shared.values import new_id
from tests.faults.history import LAWFUL
from tests.matching.documents import an_empty_list

STATES = ("queued", "running", "done", "dead", "cancelled")
# what a row of each state has to have by the other constraints
BECOME = {
    "queued": "lease_until = NULL, finished_at = NULL",
    "running": "lease_until = now(), token = 1, worker = 'w', started_at = now(),"
    " finished_at = NULL",
    "done": "lease_until = NULL, finished_at = now(), ranked_at = now(), k = 1,"
    " posting_version = 1, engine_version = '1', taxonomy_version = '1',"
    " index_seq = 1, index_positions = '{}', funnel = '[]', matches = '[]',"
    " possible = '[]', inputs = '{}'",
    "dead": "lease_until = NULL, finished_at = now(), error = 'x'",
    "cancelled": "lease_until = NULL, finished_at = now()",
}
PATHS = {
    "queued": (),
    "running": ("running",),
    "done": ("running", "done"),
    "dead": ("running", "dead"),
    "cancelled": ("cancelled",),
}


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    opened = Database(settings, "test")
    yield opened
    await opened.dispose()


@pytest.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    async with database.as_system() as opened:
        yield opened


def a_run(
    lane: Lane = "refresh", tenant: Any = None, area: int | None = None
) -> Wanted:
    return Wanted(new_id(), tenant or new_id(), lane, "test", area=area)


async def become(session: AsyncSession, run: Any, state: str) -> None:
    await session.execute(
        text(
            f"UPDATE matching.match_run SET state = '{state}', {BECOME[state]}"
            " WHERE id = :id"
        ),
        {"id": run},
    )


@pytest.mark.parametrize("was", STATES)
@pytest.mark.parametrize("becomes", STATES)
async def test_only_lawful_transitions_are_possible(
    session: AsyncSession, was: str, becomes: str
) -> None:
    [run] = await enqueue(session, [a_run()])
    for state in PATHS[was]:
        await become(session, run, state)
    if was == becomes or (was, becomes) in LAWFUL:
        await become(session, run, becomes)
    else:
        with pytest.raises(IntegrityError, match=f"{was} does not become {becomes}"):
            await become(session, run, becomes)


@pytest.mark.parametrize("state", ["running", "dead", "cancelled"])
async def test_no_run_begins_but_queued_or_done(
    session: AsyncSession, state: str
) -> None:
    with pytest.raises(IntegrityError, match=f"new does not become {state}"):
        await session.execute(
            text(
                "INSERT INTO matching.match_run (id, posting_id, tenant, state, lane,"
                " reason) VALUES (gen_random_uuid(), gen_random_uuid(),"
                f" gen_random_uuid(), '{state}', 'bulk', 'test')"
            )
        )


async def claimed(session: AsyncSession, lane: Lane, limit: int = 100) -> list[Any]:
    queue = await look(session)
    return await claim(session, queue.lanes[lane], limit, "test")


async def test_one_tenant_s_thousand_do_not_stand_before_another_s_one(
    session: AsyncSession,
) -> None:
    hog, quiet, third = new_id(), new_id(), new_id()
    await enqueue(session, [a_run(tenant=hog) for _ in range(50)])
    assert len(await claimed(session, "refresh", 10)) == 10
    [one] = await enqueue(session, [a_run(tenant=quiet)])
    two = await enqueue(session, [a_run(tenant=third) for _ in range(2)])
    ids = [held.id for held in await claimed(session, "refresh", 5)]
    assert {one, two[0]} <= set(ids[:3])
    assert two[1] in ids


async def test_turns_share_a_lane_evenly(session: AsyncSession) -> None:
    """However much each tenant wants, the first runs are as many of each."""
    wants = {new_id(): 30, new_id(): 10, new_id(): 10}
    for tenant, count in wants.items():
        await enqueue(session, [a_run(tenant=tenant) for _ in range(count)])
    held = [run.id for run in await claimed(session, "refresh", 30)]
    rows = await session.execute(
        text("SELECT tenant FROM matching.match_run WHERE id = ANY(:ids)"),
        {"ids": held},
    )
    assert Counter(rows.scalars()) == dict.fromkeys(wants, 10)


async def test_a_run_that_comes_back_keeps_its_turn(session: AsyncSession) -> None:
    tenant = new_id()
    first, *_ = await enqueue(session, [a_run(tenant=tenant) for _ in range(5)])
    [held] = await claimed(session, "refresh", 1)
    assert held.id == first
    await leases.give_back(session, held, 0)
    assert [run.id for run in await claimed(session, "refresh", 1)] == [first]


async def test_a_paused_lane_gives_nothing_out(session: AsyncSession) -> None:
    await enqueue(session, [a_run()])
    pause = "UPDATE matching.match_lane SET mode = '{}' WHERE lane = 'refresh'"
    await session.execute(text(pause.format("paused")))
    assert await claimed(session, "refresh") == []
    await session.execute(text(pause.format("draining")))
    assert len(await claimed(session, "refresh")) == 1


async def test_a_limited_lane_never_runs_more_at_once(database: Database) -> None:
    async with database.as_system() as session:
        await session.execute(
            text("UPDATE matching.match_lane SET most_running = 3 WHERE lane = 'bulk'")
        )
        await enqueue(session, [a_run("bulk") for _ in range(10)])
    async with database.as_system() as one:
        held = await claimed(one, "bulk", 2)
    async with database.as_system() as other:
        assert len(await claimed(other, "bulk", 9)) == 1
        assert await claimed(other, "bulk", 9) == []
        await leases.finish(other, held[0], an_empty_list())
        assert len(await claimed(other, "bulk", 9)) == 1


async def test_a_worker_of_some_areas_takes_no_other(session: AsyncSession) -> None:
    runs = [a_run(area=area) for area in (7, 8, None)]
    seven, eight, anywhere = await enqueue(session, runs)
    lane = (await look(session)).lanes["refresh"]
    held = await claim(session, lane, 9, "test", areas=[7])
    assert [run.id for run in held] == [seven, anywhere]
    held = await claim(session, lane, 9, "test")
    assert [run.id for run in held] == [eight]


async def test_a_suspect_is_seen_only_where_it_can_be_taken(
    session: AsyncSession,
) -> None:
    await enqueue(session, [a_run(area=7)])
    await session.execute(text("UPDATE matching.match_run SET lost = 1"))
    assert (await look(session)).suspects == {"refresh"}
    assert (await look(session, [7])).suspects == {"refresh"}
    assert (await look(session, [8])).suspects == frozenset()
    await session.execute(
        text("UPDATE matching.match_lane SET mode = 'paused' WHERE lane = 'refresh'")
    )
    assert (await look(session)).suspects == frozenset()


async def test_the_history_tells_every_transition_and_why(
    session: AsyncSession,
) -> None:
    [run] = await enqueue(session, [a_run("bulk")])
    [held] = await claimed(session, "bulk")
    await leases.fail(session, held, "ValueError('x')", "Traceback …")
    await session.execute(text("UPDATE matching.match_run SET run_at = now()"))
    [held] = await claimed(session, "bulk")
    await leases.finish(session, held, an_empty_list())
    rows = await session.execute(
        text(
            "SELECT was, became, attempts, because, error, worker"
            " FROM matching.match_run_event WHERE run_id = :run ORDER BY id"
        ),
        {"run": run},
    )
    assert [tuple(row) for row in rows] == [
        (None, "queued", 0, "test", None, None),
        ("queued", "running", 1, None, None, "test"),
        ("running", "queued", 1, "failed", "ValueError('x')", "test"),
        ("queued", "running", 2, None, None, "test"),
        ("running", "done", 2, None, None, "test"),
    ]


ACTS = ("enqueue", "raise", "claim", "finish", "fail", "give back", "lose", "call off")
COUNTS = text(
    "SELECT lane, what, sum(n)::bigint AS n FROM matching.match_run_tally"
    " GROUP BY lane, what"
)
TRUTH = text("SELECT lane, state, count(*) AS n FROM matching.match_run GROUP BY 1, 2")


async def tallies(session: AsyncSession) -> dict[tuple[str, str], int]:
    rows = await session.execute(COUNTS)
    return {(row.lane, row.what): row.n for row in rows if row.n}


@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 2)), max_size=25))
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_counts_equal_the_rows_whatever_happens(
    database: Database, acts: list[tuple[str, int]]
) -> None:
    postings = [a_run(), a_run("bulk"), a_run("interactive")]
    held: list[Any] = []
    async with database.as_system() as session:
        await session.execute(text("DELETE FROM matching.match_run"))
        await session.execute(text("DELETE FROM matching.match_run_tally"))
        for act, which in acts:
            if act == "enqueue":
                await enqueue(session, [postings[which]])
            elif act == "raise":
                again = postings[which]
                urgent = Wanted(again.posting_id, again.tenant, "interactive", "again")
                await enqueue(session, [urgent])
            elif act == "claim":
                queue = await look(session)
                for lane in LANES:
                    taken = (session, queue.lanes[lane], 1, "test")
                    held += await claim(*taken, suspected=which == 2)
            elif held:
                one = held.pop(which % len(held))
                if act == "finish":
                    await leases.finish(session, one, an_empty_list())
                elif act == "fail":
                    await leases.fail(session, one, "x")
                elif act == "give back":
                    await leases.give_back(session, one, 0)
                elif act == "call off":
                    await leases.call_off(session, one, "x")
                else:
                    late = "UPDATE matching.match_run SET lease_until = now()"
                    await session.execute(
                        text(f"{late} - interval '1 s' WHERE id = :id"), {"id": one.id}
                    )
                    await leases.reap(session, 0)
            if which == 1:
                await session.execute(FOLD)
        counted = await tallies(session)
        truth = {
            (row.lane, f"are {row.state}"): row.n
            for row in await session.execute(TRUTH)
        }
        events = await session.execute(
            text(
                "SELECT count(*) FILTER (WHERE became = 'running') AS claimed,"
                " count(*) FILTER (WHERE became = 'done') AS done"
                " FROM matching.match_run_event"
            )
        )
        history = events.one()
    states = {key: n for key, n in counted.items() if key[1].startswith("are ")}
    assert states == truth
    for what in ("claimed", "done"):
        total = sum(n for key, n in counted.items() if key[1] == what)
        assert total == getattr(history, what)
