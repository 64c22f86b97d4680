"""The life of a run in the database, transition by transition."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.models import match_run
from services.matching.runs import leases
from services.matching.runs.claiming import Claim, look
from services.matching.runs.claiming import claim as claim_runs
from services.matching.runs.commands import Wanted, cancel_queued, enqueue
from services.matching.runs.lanes import LANES, Lane, lottery
from shared.database import Database
from shared.identity import Caller, Role
from shared.outbox import Position
from shared.settings import Settings
from shared.values import new_id
from tests.matching.documents import an_empty_list

TENANT = new_id()


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    opened = Database(settings, "test")
    yield opened
    await opened.dispose()


@pytest.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    async with database.as_system() as opened:
        yield opened


def wanted(
    posting: UUID | None = None, lane: Lane = "refresh", **values: Any
) -> Wanted:
    return Wanted(
        posting_id=posting or new_id(),
        tenant=values.get("tenant", TENANT),
        lane=lane,
        reason=values.get("reason", "test"),
        needed=values.get("needed", {}),
    )


async def claim(
    session: AsyncSession,
    limit: int = 1,
    lanes: Sequence[Lane] = LANES,
    *,
    suspected: bool = False,
) -> list[Claim]:
    """From these lanes in this order."""
    queue = await look(session)
    claims: list[Claim] = []
    for lane in lanes:
        left = limit - len(claims)
        claims += await claim_runs(
            session, queue.lanes[lane], left, "test", suspected=suspected
        )
    return claims


async def row(session: AsyncSession, run: UUID) -> Any:
    query = select(match_run).where(match_run.c.id == run)
    return (await session.execute(query)).one()


async def expire(session: AsyncSession) -> None:
    await session.execute(
        text(
            "UPDATE matching.match_run SET lease_until = now() - interval '1 s'"
            " WHERE state = 'running'"
        )
    )


async def test_asking_again_raises_the_waiting_run(session: AsyncSession) -> None:
    posting = new_id()
    low, high = Position(5, 1), Position(6, 1)
    [first] = await enqueue(
        session, [wanted(posting, "bulk", needed={"profiles": low})]
    )
    await session.execute(
        text("UPDATE matching.match_run SET run_at = now() + interval '1 h'")
    )
    assert await claim(session) == []
    more = wanted(
        posting, "interactive", needed={"profiles": high}, reason="posting edited"
    )
    again = await enqueue(session, [more, wanted(posting, "bulk", needed={})])
    assert again == [first, first]
    [claimed] = await claim(session)
    assert claimed.lane == "interactive"
    assert claimed.needed == {"profiles": high}


async def test_a_run_may_wait_while_one_of_its_posting_runs(
    session: AsyncSession,
) -> None:
    posting = new_id()
    [first] = await enqueue(session, [wanted(posting)])
    await claim(session)
    [second] = await enqueue(session, [wanted(posting)])
    assert second != first
    assert (await row(session, first)).state == "running"


async def test_runs_are_claimed_oldest_first_in_the_order_of_the_lanes(
    session: AsyncSession,
) -> None:
    lanes: Sequence[Lane] = ("bulk", "refresh", "bulk", "interactive", "refresh")
    ids = await enqueue(session, [wanted(lane=lane) for lane in lanes])
    claims = await claim(session, 4, ["refresh", "interactive", "bulk"])
    assert [one.id for one in claims] == [ids[1], ids[4], ids[3], ids[0]]
    assert [one.id for one in await claim(session, 9)] == [ids[2]]


async def test_two_workers_never_claim_the_same_run(database: Database) -> None:
    async with database.as_system() as session:
        await enqueue(session, [wanted() for _ in range(6)])
    async with database.as_system() as one, database.as_system() as other:
        first, second = await claim(one, 4), await claim(other, 4)
    assert len(first) == 4
    assert len(second) == 2
    assert not {run.id for run in first} & {run.id for run in second}


def test_every_lane_goes_first_as_often_as_its_weight_says() -> None:
    random = Random(1)
    weights: dict[Lane, int] = {"interactive": 16, "refresh": 4, "bulk": 1}
    first = [lottery(random, weights)[0] for _ in range(20_000)]
    for lane in LANES:
        share = first.count(lane) / len(first)
        assert share == pytest.approx(weights[lane] / 21, abs=0.01)


async def test_finishing_stores_the_list_and_ends_the_lease(
    session: AsyncSession,
) -> None:
    [run] = await enqueue(session, [wanted()])
    [held] = await claim(session)
    assert await leases.finish(session, held, an_empty_list())
    ended = await row(session, run)
    assert (ended.state, ended.matches, ended.lease_until) == ("done", [], None)


LATE: dict[str, Callable[[AsyncSession, Claim], Any]] = {
    "finish": lambda session, old: leases.finish(session, old, an_empty_list()),
    "fail": lambda session, old: leases.fail(session, old, "late"),
    "give back": lambda session, old: leases.give_back(session, old, 0),
    "call off": lambda session, old: leases.call_off(session, old, "late"),
}


@pytest.mark.parametrize("late", LATE)
async def test_a_worker_that_lost_its_lease_changes_nothing(
    session: AsyncSession, late: str
) -> None:
    [run] = await enqueue(session, [wanted()])
    [old] = await claim(session)
    await expire(session)
    assert await leases.reap(session, 0) == 1
    [new] = await claim(session, suspected=True)
    assert new.token > old.token
    before = await row(session, run)
    assert await LATE[late](session, old) is False
    assert await leases.beat(session, [old]) == 0
    assert await row(session, run) == before
    assert await leases.finish(session, new, an_empty_list())
    assert await LATE[late](session, new) is False


async def test_a_heartbeat_keeps_a_run_from_the_reaper(session: AsyncSession) -> None:
    await enqueue(session, [wanted()])
    [held] = await claim(session)
    await expire(session)
    assert await leases.beat(session, [held]) == 1
    assert await leases.reap(session, 0) == 0


async def test_a_run_that_loses_three_workers_is_laid_aside(
    session: AsyncSession,
) -> None:
    [run] = await enqueue(session, [wanted()])
    for lost in range(3):
        assert len(await claim(session, suspected=lost > 0)) == 1
        await expire(session)
        assert await leases.reap(session, 0) == 1
    dead = await row(session, run)
    assert (dead.state, dead.because, dead.lost) == ("dead", "quarantined", 3)
    assert dead.reason == "test"
    assert dead.error == "the lease of test expired"
    assert await claim(session) == []


async def test_a_failed_run_waits_longer_before_each_attempt(
    session: AsyncSession,
) -> None:
    [run] = await enqueue(session, [wanted()])
    waits = []
    for _ in range(2):
        [held] = await claim(session)
        assert await leases.fail(session, held, "ValueError('x')")
        again = await row(session, run)
        assert (again.state, again.error) == ("queued", "ValueError('x')")
        clock = text("SELECT clock_timestamp()")
        at = (await session.execute(clock)).scalar_one()
        waits.append((again.run_at - at).total_seconds())
        await session.execute(
            text("UPDATE matching.match_run SET run_at = clock_timestamp()")
        )
    assert 1.4 < waits[0] < 2.6
    assert 2.9 < waits[1] < 5.1
    [held] = await claim(session)
    await leases.fail(session, held, "ValueError('x')")
    assert (await row(session, run)).state == "dead"


async def test_a_run_given_back_has_not_been_attempted(session: AsyncSession) -> None:
    [run] = await enqueue(session, [wanted()])
    for _ in range(5):
        [held] = await claim(session)
        assert await leases.give_back(session, held, 0)
    waiting = await row(session, run)
    assert (waiting.state, waiting.attempts, waiting.token) == ("queued", 0, None)


async def test_a_run_given_back_yields_to_the_one_that_waits_already(
    session: AsyncSession,
) -> None:
    posting = new_id()
    [first] = await enqueue(session, [wanted(posting, "interactive")])
    [held] = await claim(session)
    [second] = await enqueue(session, [wanted(posting, "bulk")])
    assert await leases.give_back(session, held, 0)
    ended = await row(session, first)
    assert (ended.state, ended.because) == ("cancelled", "a later run took over")
    assert (await row(session, second)).lane == "interactive"


async def test_waiting_runs_of_a_posting_can_be_called_off(
    session: AsyncSession,
) -> None:
    posting, other = new_id(), new_id()
    first, second = await enqueue(session, [wanted(posting), wanted(other)])
    assert await cancel_queued(session, [posting], "closed") == 1
    assert (await row(session, first)).state == "cancelled"
    assert (await row(session, second)).state == "queued"


async def test_an_organisation_sees_and_queues_only_its_own_runs(
    database: Database,
) -> None:
    own = Caller(new_id(), Role.EMPLOYER, TENANT)
    async with database.as_system() as session:
        await enqueue(session, [wanted(), wanted(tenant=new_id())])
    async with database.as_caller(own) as session:
        rows = (await session.execute(select(match_run.c.tenant))).scalars().all()
        assert rows == [TENANT]
        await enqueue(session, [wanted()])
    with pytest.raises(Exception, match="row-level security"):
        async with database.as_caller(own) as session:
            await enqueue(session, [wanted(tenant=new_id())])


async def test_a_claim_that_nobody_heard_of_is_given_back_uncounted(
    session: AsyncSession,
) -> None:
    first, second, third = await enqueue(session, [wanted() for _ in range(3)])
    held = await claim(session, 2)
    queue = await look(session)
    await claim_runs(session, queue.lanes["refresh"], 1, "another")
    assert await leases.give_back_unheard(session, "test", held[:1]) == 1
    again = await row(session, second)
    assert (again.state, again.attempts, again.lost) == ("queued", 0, 0)
    assert (await row(session, first)).state == "running"
    assert (await row(session, third)).worker == "another"
