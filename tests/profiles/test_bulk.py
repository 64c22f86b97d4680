from __future__ import annotations

import pytest

from services.profiles.work_papers.published import NOTHING_SAID
from services.profiles.workers.commands import MOST_ROWS, register_workers
from services.profiles.workers.state import published
from tests.profiles.builders import new_workers
from tests.profiles.conftest import Api


async def test_a_bulk_registration_writes_rows_and_events_alike(api: Api) -> None:
    workers = new_workers(MOST_ROWS)
    async with api.database.as_system() as session:
        versions = await register_workers(session, workers)
    assert versions == {worker.id: 1 for worker in workers}
    rows = await api.rows("worker")
    assert {row["id"] for row in rows} == set(versions)
    states = {event["entity_id"]: event["data"] for event in await api.events()}
    assert states == {str(row["id"]): published(row, NOTHING_SAID) for row in rows}


async def test_a_bulk_registration_leaves_living_profiles_alone(api: Api) -> None:
    workers = new_workers(3)
    async with api.database.as_system() as session:
        await register_workers(session, workers[:2])
    before = await api.rows("worker")
    async with api.database.as_system() as session:
        assert await register_workers(session, workers) == {workers[2].id: 1}
    assert (await api.rows("worker"))[:2] == before
    assert len(await api.events()) == 3


async def test_more_rows_than_a_transaction_should_hold_are_refused(api: Api) -> None:
    async with api.database.as_system() as session:
        with pytest.raises(ValueError, match="1000"):
            await register_workers(session, new_workers(MOST_ROWS + 1))
    assert await api.rows("worker") == []
