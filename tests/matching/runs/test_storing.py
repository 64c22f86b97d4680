"""Lists stored together: one that the database refuses holds up no other."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy.exc import (
    InvalidRequestError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from services.matching.runs.claiming import claim, look
from services.matching.runs.commands import Wanted, enqueue
from services.matching.runs.outages import is_outage
from services.matching.runs.storing import Storing
from shared.values import new_id
from tests.matching.documents import an_empty_list
from tests.matching.market import Market

TOO_LARGE = 1 << 40


async def test_a_list_that_cannot_be_stored_is_refused_and_the_others_are_stored(
    market: Market,
) -> None:
    wanted = [Wanted(new_id(), new_id(), "refresh", "test") for _ in range(3)]
    async with market.database.as_system() as session:
        await enqueue(session, wanted)
        lane = (await look(session)).lanes["refresh"]
        good, bad, late = await claim(session, lane, 3, "test")
    store = Storing(market.database)
    unstorable = replace(an_empty_list(), k=TOO_LARGE)
    lost = replace(late, token=0)
    async with asyncio.timeout(10):
        stored, refused, not_ours = await asyncio.gather(
            store(good, an_empty_list()),
            store(bad, unstorable),
            store(lost, an_empty_list()),
            return_exceptions=True,
        )
    assert (stored, not_ours) == (True, False)
    assert isinstance(refused, SQLAlchemyError)
    states = {run["id"]: run["state"] for run in await market.runs()}
    assert states == {good.id: "done", bad.id: "running", late.id: "running"}


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (ConnectionResetError(), True),
        (PoolTimeout(), True),
        (StatementError("no such value", "UPDATE", {}, ValueError("x")), False),
        (InvalidRequestError("not like this"), False),
        (ValueError("x"), False),
    ],
    ids=lambda case: type(case).__name__,
)
def test_only_a_database_that_is_away_is_waited_for(
    error: Exception, away: bool
) -> None:
    assert is_outage(error) is away
