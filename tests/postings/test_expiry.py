"""Deadlines: readers know at once, the sweep follows, loops stop when told."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from services.postings import loops
from services.postings.postings.commands import expire_postings
from tests.databases import execute
from tests.postings.builders import a_posting, in_days
from tests.postings.conftest import OPERATOR, WORKER, Api


async def status(api: Api, posting: str) -> str:
    answer = await api.call("GET", f"/postings/{posting}")
    return str(answer.json()["status"])


async def test_a_passed_deadline_is_expired_before_the_sweep_comes(api: Api) -> None:
    made = await api.created(publish=True)
    api.let_the_deadline_pass(made["id"])
    assert await status(api, made["id"]) == "expired"
    assert (await api.row(made["id"]))["status"] == "open"
    answer = await api.call("GET", f"/postings/{made['id']}", by=WORKER)
    assert answer.status_code == 404
    for wanted, found in (("expired", 1), ("open", 0)):
        answer = await api.call("GET", "/postings", params={"status": wanted})
        assert len(answer.json()["items"]) == found
    answer = await api.step(made["id"], "fill")
    assert answer.json()["posting_status"] == "expired"


async def test_the_sweep_expires_what_is_open_or_held_and_overdue(
    lone_api: Api,
) -> None:
    api = lone_api
    overdue = [await api.created(publish=True), await api.created(hold="look")]
    left = [await api.created(), await api.created(publish=True)]
    for posting in (*overdue, left[0]):
        api.let_the_deadline_pass(posting["id"])
    assert await loops.sweep(api.database) == 2
    assert await loops.sweep(api.database) == 0
    for posting in overdue:
        row = await api.row(posting["id"])
        assert (row["status"], row["version"]) == ("expired", 2)
        event = (await api.events(posting["id"]))[-1]
        assert (event["type"], event["entity_version"]) == ("PostingExpired", 2)
        assert event["data"]["status"] == "expired"
    assert await status(api, left[0]["id"]) == "draft"
    assert await status(api, left[1]["id"]) == "open"


async def test_sweeps_at_the_same_time_expire_everything_once(lone_api: Api) -> None:
    api = lone_api
    rows = [
        a_posting(source={"system": "x", "id": str(number)}, publish=True)
        for number in range(60)
    ]
    await api.call("POST", "/postings/batch", {"postings": rows})
    execute(
        api.settings.database_url,
        "UPDATE postings.posting SET expires_at = now() - interval '1 second'",
    )

    async def some() -> int:
        async with api.database.as_system() as session:
            return await expire_postings(session, limit=25)

    counts = [await asyncio.gather(some(), some(), some()) for _ in range(3)]
    assert sum(map(sum, counts)) == 60
    found = await api.fetch(
        "SELECT entity_id FROM postings.outbox WHERE type = 'PostingExpired'"
    )
    assert len(found) == len({row["entity_id"] for row in found}) == 60


async def test_a_draft_past_its_deadline_cannot_open(api: Api) -> None:
    made = await api.created()
    api.let_the_deadline_pass(made["id"])
    answer = await api.step(made["id"], "publish")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/expires_at"
    path = f"/postings/{made['id']}"
    answer = await api.call("PATCH", path, {"expires_at": in_days(9)})
    assert answer.status_code == 200
    assert (await api.step(made["id"], "publish")).status_code == 200


async def test_a_posting_without_a_deadline_does_not_expire(lone_api: Api) -> None:
    made = await lone_api.created(publish=True, expires_at=None)
    assert await loops.sweep(lone_api.database) == 0
    assert await status(lone_api, made["id"]) == "open"


async def test_the_loops_sweep_until_they_are_told_to_stop(
    lone_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = lone_api
    monkeypatch.setattr(loops, "SWEEP_EVERY", loops.SWEEP_EVERY / 40)
    # nobody answers there: the follower waits it out and stops nothing else
    settings = dataclasses.replace(api.settings, matching_url="http://127.0.0.1:9")
    stop = asyncio.Event()
    running = asyncio.create_task(loops.run(settings, stop))
    made = await api.created(publish=True)
    api.let_the_deadline_pass(made["id"])
    for _ in range(500):
        if (await api.row(made["id"]))["status"] == "expired":
            break
        await asyncio.sleep(0.02)
    assert (await api.row(made["id"]))["status"] == "expired"
    stop.set()
    await asyncio.wait_for(running, 5)


async def test_an_operator_reads_what_expired(api: Api) -> None:
    made = await api.created(publish=True)
    api.let_the_deadline_pass(made["id"])
    answer = await api.call("GET", f"/postings/{made['id']}", by=OPERATOR)
    assert answer.json()["status"] == "expired"
