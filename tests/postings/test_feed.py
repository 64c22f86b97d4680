"""The feed: snapshot and tail make a read model that equals the rows."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any

from services.matching.engine.facts import posting_facts
from services.postings.postings.commands import create_posting
from services.postings.postings.queries import feed_snapshot
from tests.postings.builders import a_posting, a_row, a_shift, a_weekly_posting
from tests.postings.conftest import OPERATOR, SERVICE, WORKER, Api, an_employer

FEED = "/feeds/postings"


class ReadModel:
    """What a consumer keeps: of each posting the greatest version it has seen."""

    def __init__(self) -> None:
        self.states: dict[str, dict[str, Any]] = {}
        self.versions: dict[str, int] = {}
        self.applied: set[tuple[str, int]] = set()

    def apply(self, events: Sequence[dict[str, Any]]) -> None:
        for event in events:
            name, version = event["entity_id"], event["entity_version"]
            if version > self.versions.get(name, 0):
                assert (name, version) not in self.applied
                self.applied.add((name, version))
                self.versions[name] = version
                self.states[name] = event["data"]


async def cursor(api: Api) -> str:
    answer = await api.call("GET", f"{FEED}/position", by=SERVICE)
    return str(answer.json()["cursor"])


async def snapshot(api: Api, limit: int = 20) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        answer = await api.call("GET", f"{FEED}/snapshot", params=query, by=SERVICE)
        page = answer.json()
        events += page["events"]
        if page["next"] is None:
            return events
        query["after"] = page["next"]


async def tail(api: Api, after: str, wait: float = 0) -> tuple[list[Any], str]:
    query = {"after": after, "limit": 100, "wait": wait}
    answer = await api.call("GET", FEED, params=query, by=SERVICE)
    assert answer.status_code == 200, answer.text
    return answer.json()["events"], answer.json()["next"]


async def states_of_rows(api: Api) -> dict[str, dict[str, Any]]:
    async with api.database.as_system() as session:
        events = await feed_snapshot(session, None, 1000)
    return {event.entity_id: event.data for event in events}


async def live(api: Api, seed: int) -> None:
    """Create, edit, move, import and fail, as one organisation does in a day."""
    chance = random.Random(seed)
    employer = an_employer()
    mine: list[str] = []
    for number in range(25):
        match chance.randrange(6):
            case 0 | 1:
                made = await api.created(by=employer, publish=chance.random() < 0.7)
                mine.append(made["id"])
            case 2 if mine:
                changes = {
                    "title": f"Title {number}",
                    "shifts": [a_shift(10 + chance.randrange(3)), a_shift(14)],
                }
                path = f"/postings/{chance.choice(mine)}"
                await api.call("PATCH", path, changes, by=employer)
            case 3 if mine:
                verb = chance.choice(["hold", "release", "close", "fill", "publish"])
                await api.step(chance.choice(mine), verb, by=OPERATOR)
            case 4:
                rows = [a_row(n, title=f"Row {number}") for n in range(3)]
                body = {"postings": [*rows, {"title": "rejected"}]}
                await api.call("POST", "/postings/batch", body, by=employer)
            case _:
                answer = await api.call(
                    "POST", "/postings", a_posting(headcount=0), by=employer
                )
                assert answer.status_code == 422


async def test_snapshot_and_tail_equal_the_rows_under_concurrent_writers(
    lone_api: Api,
) -> None:
    api = lone_api
    model = ReadModel()
    await live(api, 0)
    position = await cursor(api)
    writers = asyncio.gather(*(live(api, seed) for seed in range(1, 7)))

    async def roll_back() -> None:
        """Transactions that write rows and events and then come to nothing."""
        for number in range(10):
            try:
                async with api.database.as_caller(employer := an_employer()) as session:
                    await create_posting(session, employer, a_posting())
                    await asyncio.sleep(0.01)
                    raise RuntimeError(number)
            except RuntimeError:
                continue

    failing = asyncio.create_task(roll_back())
    model.apply(await snapshot(api))
    while not writers.done():
        events, position = await tail(api, position)
        model.apply(events)
    await writers
    await failing
    while True:
        events, position = await tail(api, position, wait=0.2)
        if not events:
            break
        model.apply(events)
    rows = await states_of_rows(api)
    assert len(rows) > 50
    assert model.states == rows
    count = await api.fetch("SELECT count(*) AS n FROM postings.posting")
    assert count[0]["n"] == len(rows)


async def test_every_command_records_one_event_with_the_next_version(
    lone_api: Api,
) -> None:
    await live(lone_api, 3)
    events = await lone_api.fetch(
        "SELECT entity_id, entity_version FROM postings.outbox"
        " ORDER BY entity_id, entity_version"
    )
    versions: dict[str, list[int]] = {}
    for event in events:
        versions.setdefault(event["entity_id"], []).append(event["entity_version"])
    for numbers in versions.values():
        assert numbers == list(range(1, len(numbers) + 1))


async def test_no_event_carries_free_text_beyond_the_title(lone_api: Api) -> None:
    api = lone_api
    secret = "mother's maiden name"
    made = await api.created(description=secret, hold=secret)
    await api.step(made["id"], "release", by=OPERATOR)
    await api.call("PATCH", f"/postings/{made['id']}", {"description": secret + "!"})
    await api.call(
        "POST", f"/postings/{made['id']}/close", {"reason": secret}, by=OPERATOR
    )
    events = await api.fetch("SELECT data::text AS data FROM postings.outbox")
    assert len(events) == 4
    assert not any(secret in event["data"] for event in events)
    shown = await snapshot(api)
    assert secret not in str(shown)


async def test_the_engine_can_read_every_event_of_an_open_posting(
    lone_api: Api,
) -> None:
    api = lone_api
    kinds: list[dict[str, Any]] = [
        {},
        {"shifts": [], "expires_at": None, "pay": None},
        {"place": None, "zone": None, "remote": True, "shifts": []},
        {"commitment": {"kind": "at_least", "count": 2}},
        {"occupation": None, "languages": [], "certificates": [], "radius_km": None},
    ]
    for changes in kinds:
        await api.created(publish=True, **changes)
    body = a_weekly_posting(publish=True, starts_on="2035-02-01")
    await api.call("POST", "/postings", body)
    events = await snapshot(api)
    assert len(events) == 6
    for event in events:
        facts = posting_facts(event["data"])
        assert str(facts.id) == event["entity_id"]
        assert facts.version == event["entity_version"]


async def test_the_snapshot_tells_each_state_by_its_event(lone_api: Api) -> None:
    api = lone_api
    expected = {}
    for verb in ("fill", "close", "cancel"):
        made = await api.created(publish=True)
        await api.step(made["id"], verb)
        expected[made["id"]] = {
            "fill": "PostingFilled",
            "close": "PostingClosed",
            "cancel": "PostingCancelled",
        }[verb]
    expected[(await api.created())["id"]] = "PostingDrafted"
    expected[(await api.created(hold="look"))["id"]] = "PostingHeld"
    expected[(await api.created(publish=True))["id"]] = "PostingOpened"
    events = await snapshot(api, limit=2)
    assert {event["entity_id"]: event["type"] for event in events} == expected


async def test_only_services_read_the_feed(api: Api) -> None:
    for caller in (WORKER, OPERATOR, api.employer):
        for path in ("", "/snapshot", "/position"):
            answer = await api.call(
                "GET", FEED + path, params={"after": "1.2"}, by=caller
            )
            assert answer.status_code == 403


async def test_a_snapshot_after_something_that_is_no_id(api: Api) -> None:
    query = {"after": "no-id"}
    answer = await api.call("GET", f"{FEED}/snapshot", params=query, by=SERVICE)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "after"
