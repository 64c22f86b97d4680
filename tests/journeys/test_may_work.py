"""From a birth date recorded at the counter to what an employer and postings know."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from infra.onebox import Box
from shared.identity import Actor, Caller, Role
from shared.values import new_id
from tests.databases import execute, plain
from tests.journeys.people import (
    PATIENCE,
    Document,
    a_posting,
    a_profile,
    a_worker,
    an_employer,
    client_of,
    register,
)

BORN = 14
"""Years ago, tomorrow."""


def in_years(years: int) -> str:
    day = datetime.now(UTC).date() + timedelta(days=1)
    return str(day.replace(year=day.year + years, day=min(day.day, 28)))


@pytest.fixture(scope="module")
def worker(box: Box) -> UUID:
    """A minor whose papers a clerk has recorded, with their consent."""
    worker, _ = register(box, a_profile())
    clerk = Caller(worker, Role.WORKER, actor=Actor(new_id(), Role.CLERK))
    right = {"country": "GB", "basis": "permit", "expires_on": in_years(1)}
    papers = {"birth_date": in_years(-BORN), "right_to_work": [right]}
    with client_of(box, clerk) as client:
        answer = client.put(f"/v1/workers/{worker}/work-papers", json=papers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["papers"] is None
    return worker


def asked(box: Box, caller: Caller, worker: UUID, **changes: Any) -> Document:
    [shift] = a_posting()["shifts"]
    body = {"start": shift["start"], "end": shift["end"], "zone": "Europe/London"}
    with client_of(box, caller) as client:
        path = f"/v1/workers/{worker}/may-work"
        answer = client.post(path, json=body | {"country": "GB"} | changes)
    assert answer.status_code == 200, answer.text
    document: Document = answer.json()
    return document


def test_an_employer_is_told_yes_or_no_and_the_worker_why(
    box: Box, worker: UUID
) -> None:
    employer = an_employer()
    execute(
        box.settings.database_url,
        "INSERT INTO profiles.disclosure VALUES"
        f" ('{new_id()}', 1, '{worker}', '{employer.tenant}', 'application', now())",
    )
    assert asked(box, a_worker(worker), worker) == {
        "may_work": False,
        "reasons": [{"rule": "old_enough", "limit": 16}],
    }
    assert asked(box, employer, worker) == {
        "may_work": False,
        "reasons": [{"rule": "old_enough", "limit": None}],
    }
    # where the law is another the answer is, too
    there = asked(box, employer, worker, country="DE")["reasons"]
    assert [each["rule"] for each in there] == [
        "old_enough",
        "right_to_work_is_known",
    ]


def test_postings_know_until_when_the_worker_is_a_minor_and_then_no_more(
    box: Box, worker: UUID
) -> None:
    row = booking_worker(box, worker, lambda row: row and row["version"] == 2)
    assert str(row["minor_until"]) == in_years(18 - BORN)
    assert in_years(1) in row["right_to_work"]
    with client_of(box, a_worker(worker)) as client:
        assert client.delete(f"/v1/workers/{worker}").status_code == 204
    row = booking_worker(box, worker, lambda row: row["removed"])
    assert (row["minor_until"], row["zone"], row["right_to_work"]) == (None, None, "[]")


def booking_worker(box: Box, worker: UUID, reached: Any) -> Any:
    """The row that bookings will lock, once it is as expected."""
    url = plain(box.settings.database_url)

    async def look() -> Any:
        connection = await asyncpg.connect(url)
        try:
            query = "SELECT * FROM postings.booking_worker WHERE worker = $1"
            return await connection.fetchrow(query, worker)
        finally:
            await connection.close()

    deadline = time.monotonic() + PATIENCE
    while not reached(row := asyncio.run(look())):
        assert time.monotonic() < deadline, row
        time.sleep(0.05)
    return row
