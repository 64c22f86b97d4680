"""The feed tells of an organisation's blocklist as a whole, by ids alone."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from services.postings.blocklist.commands import block_worker
from services.postings.persons.registry import PERSONS
from shared.identity import Caller
from tests.postings.conftest import Api, an_employer
from tests.postings.hiring import a_person, tell
from tests.postings.test_feed import snapshot

BLOCKS = "/applications/blocked-workers"


async def blocked(api: Api, organisation: Caller, *workers: UUID) -> None:
    for worker in workers:
        body = {"worker": str(worker)}
        answer = await api.call("POST", BLOCKS, body, by=organisation)
        assert answer.status_code == 201, answer.text


async def told(api: Api, organisation: Caller) -> list[dict[str, Any]]:
    """The list's events, oldest first."""
    events = await api.fetch(
        "SELECT entity_version, data FROM postings.outbox"
        " WHERE type = 'BlocklistChanged' AND entity_id = :id ORDER BY id",
        id=str(organisation.tenant),
    )
    for number, event in enumerate(events, start=1):
        assert event["entity_version"] == event["data"]["version"] == number
        assert event["data"].keys() == {"id", "version", "workers"}
    return [event["data"] for event in events]


def names(*workers: UUID) -> list[str]:
    return [str(worker) for worker in sorted(workers)]


async def test_every_change_is_told_once_with_the_whole_list(api: Api) -> None:
    employer, other = an_employer(), an_employer()
    first, second = a_person().subject, a_person().subject
    await blocked(api, employer, first, second, second)
    await blocked(api, other, first)
    path = f"{BLOCKS}/{first}"
    answer = await api.call("DELETE", path, by=employer)
    assert answer.headers["Feed-Position"].startswith("postings=")
    assert (await api.call("DELETE", path, by=employer)).status_code == 404
    assert [event["workers"] for event in await told(api, employer)] == [
        names(first),
        names(first, second),
        names(second),
    ]
    assert [event["workers"] for event in await told(api, other)] == [names(first)]


async def test_of_two_blocks_at_once_the_later_event_has_both(api: Api) -> None:
    employer = an_employer()
    workers = [a_person().subject for _ in range(6)]

    async def block(worker: UUID) -> None:
        async with api.database.as_caller(employer) as session:
            await block_worker(session, employer, worker)
            await asyncio.sleep(0.01)

    await asyncio.gather(*map(block, workers))
    events = await told(api, employer)
    assert [len(event["workers"]) for event in events] == [1, 2, 3, 4, 5, 6]


async def test_the_snapshot_tells_lists_too_and_those_emptied_again(
    lone_api: Api,
) -> None:
    api = lone_api
    employer, other = an_employer(), an_employer()
    worker = a_person().subject
    await blocked(api, employer, worker)
    await blocked(api, other, worker)
    await api.call("DELETE", f"{BLOCKS}/{worker}", by=other)
    await api.created(by=employer, publish=True)
    events = await snapshot(api, limit=1)
    lists = {e["entity_id"]: e for e in events if e["type"] == "BlocklistChanged"}
    assert len(events) == 3
    assert lists[str(employer.tenant)]["data"]["workers"] == [str(worker)]
    emptied = lists[str(other.tenant)]
    assert (emptied["entity_version"], emptied["data"]["workers"]) == (2, [])


async def test_a_merge_tells_the_lists_that_named_the_one_who_goes(api: Api) -> None:
    employer = an_employer()
    goes, stays = a_person(), a_person()
    await blocked(api, employer, goes.subject)
    await tell(api, "WorkerRemoved", goes.subject, 2, merged_into=str(stays.subject))
    events = await told(api, employer)
    assert str(stays.subject) in events[-1]["workers"]


async def test_an_export_shows_the_person_not_whom_else_a_list_names(api: Api) -> None:
    employer = an_employer()
    worker, other = a_person().subject, a_person().subject
    await blocked(api, employer, worker, other)
    async with api.database.as_system() as session:
        export = await PERSONS.export(session, worker)
    assert len(export["outbox"]) == 2
    assert str(other) not in str(export)
