from __future__ import annotations

import asyncio
from typing import Any

from services.profiles.workers.examples import BATCH, BATCH_RESULT
from services.profiles.workers.schemas import BatchResult
from shared.identity import Caller
from tests.profiles.builders import a_row, a_worker
from tests.profiles.conftest import Api

CONFIRMED = {"confirmed_at": "2026-11-20T08:00:00Z"}


async def send(api: Api, *rows: Any) -> list[dict[str, Any]]:
    async with api.as_operator() as http:
        answer = await http.post("/v1/workers/batch", json={"workers": rows})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    assert [result["index"] for result in results] == list(range(len(rows)))
    return results


def told(results: list[dict[str, Any]]) -> list[str]:
    return [result["result"] for result in results]


async def test_sending_the_same_rows_again_changes_nothing(api: Api) -> None:
    rows = [a_row(number, **CONFIRMED) for number in range(20)]
    first = await send(api, *rows)
    assert told(first) == ["created"] * 20
    before = await api.rows("worker")
    again = await send(api, *rows)
    assert told(again) == ["unchanged"] * 20
    assert [row["id"] for row in again] == [row["id"] for row in first]
    assert await api.rows("worker") == before
    assert len(await api.events()) == 20


async def test_a_changed_row_updates_its_worker(api: Api) -> None:
    first = await send(api, a_row(1), a_row(2))
    changed = a_row(2, skills=[{"skill": "cooking", "level": 1}])
    second = await send(api, a_row(1), changed)
    assert told(second) == ["unchanged", "updated"]
    assert (second[1]["id"], second[1]["version"]) == (first[1]["id"], 2)
    last = (await api.events())[-1]
    assert last["type"] == "WorkerChanged"
    assert [claim["skill"] for claim in last["data"]["skills"]] == ["cooking"]


async def test_valid_rows_land_and_bad_ones_are_reported(api: Api) -> None:
    bad = a_row(
        2,
        display_name="\0",
        skills=[{"skill": "flying", "level": 9}],
        weekly=[{"weekday": 0, "start": "09:00", "end": "09:00"}],
    )
    results = await send(
        api,
        a_row(1),
        bad,
        "not a row",
        a_row(1, display_name="Twice"),
        a_row(4, confirmed_at="2199-01-01T00:00:00Z"),
        a_row(5, certificates=[{"certificate": "licence-to-kill"}]),
        a_worker(),
    )
    assert told(results) == ["created"] + ["rejected"] * 5 + ["created"]
    pointers = [{e["pointer"] for e in result["errors"]} for result in results]
    assert pointers == [
        set(),
        {
            "/workers/1/display_name",
            "/workers/1/skills/0/skill",
            "/workers/1/skills/0/level",
            "/workers/1/weekly/0/end",
        },
        {"/workers/2"},
        {"/workers/3/source"},
        {"/workers/4/confirmed_at"},
        {"/workers/5/certificates/0/certificate"},
        set(),
    ]
    assert len(await api.rows("worker")) == 2
    assert len(await api.events()) == 2


async def test_an_import_does_not_confirm_hours(api: Api) -> None:
    await send(api, a_row(1), a_row(2, **CONFIRMED))
    confirmed = [event["data"]["confirmed_at"] for event in await api.events()]
    assert sorted(confirmed, key=str) == ["2026-11-20T08:00:00Z", None]


async def test_an_older_import_does_not_take_a_confirmation_back(api: Api) -> None:
    (row,) = await send(api, a_row(1))
    async with api.as_operator() as http:
        await http.post(f"/v1/workers/{row['id']}/availability/confirmations")
    results = await send(api, a_row(1, **CONFIRMED))
    assert told(results) == ["unchanged"]


async def test_a_worker_who_removed_the_profile_is_not_brought_back(api: Api) -> None:
    (row,) = await send(api, a_row(1))
    async with api.as_operator() as http:
        await http.delete(f"/v1/workers/{row['id']}")
    (again,) = await send(api, a_row(1))
    assert again["result"] == "rejected"
    assert again["errors"][0]["rule"] == "removed"
    (kept,) = await api.rows("worker")
    assert kept["sealed"] is None


async def test_two_imports_of_the_same_rows_at_once_create_each_worker_once(
    api: Api,
) -> None:
    rows = [a_row(number) for number in range(50)]
    both = await asyncio.gather(send(api, *rows), send(api, *reversed(rows)))
    assert sorted({*told(both[0]), *told(both[1])}) == ["created", "unchanged"]
    assert len(await api.rows("worker")) == 50
    assert len(await api.events()) == 50


async def test_500_rows_are_taken_and_501_refused(api: Api) -> None:
    rows = [a_row(number) for number in range(501)]
    assert set(told(await send(api, *rows[:500]))) == {"created"}
    async with api.as_operator() as http:
        answer = await http.post("/v1/workers/batch", json={"workers": rows})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/workers"
    assert len(await api.rows("worker")) == 500


async def test_a_worker_sends_no_batches(api: Api, somebody: Caller) -> None:
    async with api.as_caller(somebody) as http:
        answer = await http.post("/v1/workers/batch", json={"workers": [a_row(1)]})
    assert answer.status_code == 403


async def test_the_documented_batch_is_true(api: Api) -> None:
    assert told(await send(api, *BATCH["workers"])) == ["created"]
    assert BatchResult.model_validate(BATCH_RESULT).results
