"""Recorded by the worker or for them, sealed, and read back by the worker alone."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.profiles.work_papers.ages import ADULT, birthday
from shared.identity import Actor, Caller, Role
from shared.values import new_id
from tests.profiles.builders import a_row, a_worker
from tests.profiles.conftest import Api
from tests.profiles.test_feed import snapshot_of
from tests.profiles.work_papers.conftest import born, papers, record, today

BORN = date(1987, 3, 19)
EVIDENCE = "share code W12 345 678"
FULL = papers(BORN, basis="permit", expires_on="2035-05-01", evidence=EVIDENCE)
OPERATOR = Caller(new_id(), Role.OPERATOR)


def clerk_for(worker: Caller) -> Caller:
    actor = Actor(new_id(), Role.CLERK)
    return Caller(worker.subject, Role.WORKER, actor=actor)


async def read(api: Api, caller: Caller, worker: Caller) -> Any:
    async with api.as_caller(caller) as http:
        answer = await http.get(f"/v1/workers/{worker.subject}/work-papers")
    return answer.json() if answer.status_code == 200 else answer.status_code


async def test_a_worker_reads_back_what_they_recorded(
    api: Api, registered: Caller
) -> None:
    answer = await record(api, registered, registered.subject, FULL)
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == '"2"'
    shown = await read(api, registered, registered)
    assert shown == answer.json()
    assert shown["papers"] == FULL
    assert shown["birth_date_recorded"]
    assert shown["right_to_work_recorded"]


async def test_before_anything_is_recorded_there_is_nothing(
    api: Api, registered: Caller
) -> None:
    shown = await read(api, registered, registered)
    assert shown["papers"] == {"birth_date": None, "right_to_work": []}
    assert shown["recorded_at"] is None
    assert not shown["birth_date_recorded"]
    assert await read(api, registered, Caller(new_id(), Role.WORKER)) == 404


@pytest.mark.parametrize("who", ["clerk", "operator"])
async def test_whoever_records_them_for_the_worker_does_not_read_them_back(
    api: Api, registered: Caller, who: str
) -> None:
    caller = clerk_for(registered) if who == "clerk" else OPERATOR
    answer = await record(api, caller, registered.subject, FULL)
    assert answer.status_code == 200, answer.text
    for told in (answer.text, json.dumps(await read(api, caller, registered))):
        assert json.loads(told)["papers"] is None
        assert json.loads(told)["birth_date_recorded"] is True
        assert "1987" not in told
        assert "W12" not in told
    mine = await read(api, registered, registered)
    assert mine["papers"] == FULL
    logged = [row["action"] for row in await api.rows("audit_entry")]
    assert logged == ["worker.record_papers", "worker.read_papers"]


async def test_organisations_do_not_get_at_them(
    api: Api, registered: Caller, employer: Caller
) -> None:
    await record(api, registered, registered.subject, FULL)
    assert await read(api, employer, registered) == 403
    answer = await record(api, employer, registered.subject, FULL)
    assert answer.status_code == 403
    stranger = Caller(new_id(), Role.WORKER)
    assert (await record(api, stranger, registered.subject, FULL)).status_code == 404
    assert await read(api, stranger, registered) == 404


async def test_an_edit_of_what_has_changed_meanwhile_is_refused(
    api: Api, registered: Caller
) -> None:
    path = f"/v1/workers/{registered.subject}/work-papers"
    async with api.as_caller(registered) as http:
        first = await http.put(path, json=FULL, headers={"If-Match": '"1"'})
        stale = await http.put(path, json=FULL, headers={"If-Match": '"1"'})
        same = await http.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, stale.status_code, same.status_code) == (200, 412, 304)


async def test_every_fault_is_told_at_once(api: Api, registered: Caller) -> None:
    body = {
        "birth_date": (today() + timedelta(days=2)).isoformat(),
        "right_to_work": [
            {"country": "GB", "basis": "citizen", "expires_on": "2035-05-01"},
            {"country": "GB", "basis": "permit"},
            {"country": "Germany", "basis": "citizen"},
        ],
    }
    answer = await record(api, registered, registered.subject, body)
    assert answer.status_code == 422
    found = {(fault["pointer"], fault["rule"]) for fault in answer.json()["errors"]}
    assert found >= {
        ("/birth_date", "future"),
        ("/right_to_work/0/expires_on", "no_end"),
        ("/right_to_work/1/country", "duplicate"),
        ("/right_to_work/1/expires_on", "missing"),
    }
    assert any(pointer == "/right_to_work/2/country" for pointer, _ in found)
    valid = body | {"right_to_work": body["right_to_work"][:2]}
    again = await record(api, registered, registered.subject, valid)
    assert len(again.json()["errors"]) == 4


async def test_the_table_holds_ciphertext_alone_and_so_does_everything_else(
    api: Api, registered: Caller
) -> None:
    await record(api, registered, registered.subject, FULL)
    async with api.as_service() as http:
        snapshot = await snapshot_of(http, 10)
    tables = ("work_papers", "worker", "outbox", "audit_entry", "idempotency_key")
    held = [str(row) for table in tables for row in await api.rows(table)]
    held.append(json.dumps(snapshot))
    for secret in ("1987-03-19", "datetime.date(1987, 3, 19)", "W12"):
        assert [row for row in held if secret in row] == []
    [row] = await api.rows("work_papers")
    assert set(row) == {"worker", "sealed", "recorded_at"}


async def test_the_wall_of_the_table_is_the_workers(
    api: Api, registered: Caller
) -> None:
    await record(api, registered, registered.subject, FULL)
    count = text("SELECT count(*) FROM profiles.work_papers")
    stranger, member = (
        Caller(new_id(), Role.WORKER),
        Caller(new_id(), Role.EMPLOYER, new_id()),
    )
    for caller, seen in ((registered, 1), (stranger, 0), (member, 0), (registered, 1)):
        async with api.database.as_caller(caller) as session:
            assert (await session.execute(count)).scalar_one() == seen
    async with api.database.as_nobody() as session:
        assert (await session.execute(count)).scalar_one() == 0
    moved = text("UPDATE profiles.work_papers SET worker = gen_random_uuid()")
    with pytest.raises(DBAPIError, match="row-level security"):
        async with api.database.as_caller(registered) as session:
            await session.execute(moved)


# -- what the feed says ----------------------------------------------------------------


async def last_event(api: Api) -> dict[str, Any]:
    event: dict[str, Any] = (await api.events())[-1]
    return event


async def test_the_feed_says_until_when_a_minor_is_one_and_of_adults_nothing(
    api: Api, registered: Caller
) -> None:
    minor = born(16)
    await record(api, registered, registered.subject, papers(minor))
    told = (await last_event(api))["data"]
    assert told["minor_until"] == birthday(minor, ADULT).isoformat()
    assert told["right_to_work"] == [{"country": "GB", "expires_on": None}]
    await record(api, registered, registered.subject, FULL)
    event = await last_event(api)
    assert event["data"]["minor_until"] is None
    assert event["data"]["right_to_work"] == [
        {"country": "GB", "expires_on": "2035-05-01"}
    ]
    assert event["entity_version"] == event["data"]["version"] == 3


async def test_every_later_event_and_the_snapshot_say_the_same(
    api: Api, registered: Caller
) -> None:
    await record(api, registered, registered.subject, papers(born(16)))
    said = {
        name: (await last_event(api))["data"][name]
        for name in ("minor_until", "right_to_work")
    }
    async with api.as_caller(registered) as http:
        path = f"/v1/workers/{registered.subject}"
        await http.patch(path, json={"active": False})
        await http.post(f"{path}/availability/confirmations")
    async with api.as_operator() as http:
        # somebody else, who has recorded nothing
        await http.post("/v1/workers/batch", json={"workers": [a_row(1)]})
    async with api.as_service() as http:
        snapshot = {e["entity_id"]: e["data"] for e in await snapshot_of(http, 10)}
    mine = str(registered.subject)
    told = [e["data"] for e in await api.events() if e["entity_id"] == mine][-2:]
    for data in (*told, snapshot.pop(mine)):
        assert {name: data[name] for name in said} == said
    [other] = snapshot.values()
    assert (other["minor_until"], other["right_to_work"]) == (None, [])


async def test_what_is_recorded_again_unchanged_by_an_operator_tells_nothing(
    api: Api, registered: Caller
) -> None:
    await record(api, OPERATOR, registered.subject, FULL)
    before = await api.events()
    answer = await record(api, OPERATOR, registered.subject, FULL)
    assert answer.headers["ETag"] == '"2"'
    assert await api.events() == before


# -- erased ----------------------------------------------------------------------------


async def test_they_go_with_the_profile_and_do_not_come_back_with_the_person(
    api: Api, registered: Caller
) -> None:
    await record(api, registered, registered.subject, papers(born(16)))
    async with api.as_caller(registered) as http:
        await http.delete(f"/v1/workers/{registered.subject}")
        assert await api.rows("work_papers") == []
        assert await read(api, registered, registered) == 404
        assert (await http.post("/v1/workers", json=a_worker())).status_code == 201
    event = await last_event(api)
    assert event["type"] == "WorkerRegistered"
    assert event["data"]["minor_until"] is None
    assert event["data"]["right_to_work"] == []
