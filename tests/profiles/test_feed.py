"""What leaves profiles: the feed, and nothing that says who somebody is."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from services.profiles.organisations import state as organisations
from services.profiles.workers import state as workers
from shared.identity import Caller, Role
from shared.values import new_id
from tests.profiles.builders import a_row, a_worker, an_organisation
from tests.profiles.conftest import Api

CANARIES = {
    "display_name": "Canaryname",
    "email": "canarymail@example.org",
    "phone": "+44 999 13571357",
}
CANARY_LABEL = "canarylabel"
EXACT = {"lat": 51.5072468, "lon": -0.1275833}
PAPERS = {
    "birth_date": "2001-03-14",
    "right_to_work": [
        {"country": "GB", "basis": "citizen", "evidence": "canaryevidence"}
    ],
}
CANARY_CONTACT = {
    "name": "Canarycontact",
    "email": "canarydesk@example.org",
    "phone": "+44 999 24682468",
}
EVERY_TYPE = {
    workers.REGISTERED,
    workers.CHANGED,
    workers.REMOVED,
    organisations.REGISTERED,
    organisations.CHANGED,
}

STATE = {
    "active",
    "markets",
    "kinds",
    "skills",
    "places",
    "accepts_lodging",
    "accepts_remote",
    "zone",
    "weekly",
    "exceptions",
    "confirmed_at",
    "pay_floors",
    "certificates",
    "languages",
    "blocked_organisations",
    "last_active_at",
    "minor_until",
    "right_to_work",
    "id",
    "version",
}


async def snapshot_of(http: httpx.AsyncClient, limit: int) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        page = (await http.get("/v1/feeds/profiles/snapshot", params=query)).json()
        events += page["events"]
        if page["next"] is None:
            return events
        query["after"] = page["next"]


async def test_no_event_says_who_somebody_is(api: Api, somebody: Caller) -> None:
    place = EXACT | {"radius_km": 20, "label": CANARY_LABEL}
    body = a_worker(places=[place], **CANARIES)
    async with api.as_caller(somebody) as http:
        path = (await http.post("/v1/workers", json=body)).headers["Location"]
        await http.patch(path, json={"display_name": "Canaryname the Second"})
        await http.put(f"{path}/availability", json={"weekly": []})
        await http.post(f"{path}/availability/confirmations")
        await http.put(f"{path}/work-papers", json=PAPERS)
        await http.delete(path)
    async with api.as_operator() as http:
        row = a_row(1) | body | {"source": {"system": "desk", "id": "canarysource"}}
        await http.post("/v1/workers/batch", json={"workers": [row]})
        again = row | {"email": "canarymail2@example.org"}
        await http.post("/v1/workers/batch", json={"workers": [again]})
        answer = await http.post(
            "/v1/organisations", json=an_organisation(contact=CANARY_CONTACT)
        )
        changed = {"contact": CANARY_CONTACT | {"name": "Canarycontact the Second"}}
        await http.patch(answer.headers["Location"], json=changed)

    async with api.as_service() as http:
        snapshot = await snapshot_of(http, 10)
    events = await api.events()
    assert {event["type"] for event in events} == EVERY_TYPE
    assert len(snapshot) == 2
    published = json.dumps([events, snapshot], default=str).lower()
    for secret in (
        *("canary", "1357", "2468", "13571357", "51.507", "0.1275"),
        *("2001-03-14", "citizen"),
    ):
        assert secret not in published, secret


async def test_the_state_published_is_the_agreed_one(
    api: Api, somebody: Caller
) -> None:
    places = [
        EXACT | {"radius_km": 20, "label": "home"},
        {"lat": -33.8688, "lon": 151.2093, "radius_km": 5.5}
        | {"available_from": "2027-01-01", "available_until": "2027-02-01"},
        {"lat": 90, "lon": 180, "radius_km": 1},
    ]
    async with api.as_caller(somebody) as http:
        first = await http.post("/v1/workers", json=a_worker(places=places))
    (event,) = await api.events()
    data = event["data"]
    assert set(data) == STATE
    open_ended = {"available_from": None, "available_until": None}
    assert data["places"] == [
        {"lat": 51.505, "lon": -0.125, "radius_km": 20} | open_ended,
        {"lat": -33.865, "lon": 151.205, "radius_km": 5.5}
        | {"available_from": "2027-01-01", "available_until": "2027-02-01"},
        {"lat": 89.995, "lon": 179.995, "radius_km": 1} | open_ended,
    ]
    shown = first.json()
    assert (data["minor_until"], data["right_to_work"]) == (None, [])
    for name in STATE - {"places", "minor_until", "right_to_work"}:
        assert data[name] == shown[name], name


async def test_the_feed_is_for_services_alone(api: Api, somebody: Caller) -> None:
    callers = [somebody, Caller(new_id(), Role.EMPLOYER, new_id())]
    for caller in callers:
        async with api.as_caller(caller) as http:
            for path in ("", "/position", "/snapshot"):
                answer = await http.get(f"/v1/feeds/profiles{path}?after=1.0.0")
                assert answer.status_code == 403


async def test_a_snapshot_cursor_of_nobody_is_refused(api: Api) -> None:
    async with api.as_service() as http:
        answer = await http.get("/v1/feeds/profiles/snapshot?after=nonsense")
    assert answer.status_code == 422


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_the_snapshot_holds_workers_and_organisations_once(
    api: Api, limit: int
) -> None:
    ids = set()
    async with api.as_operator() as http:
        for number in range(3):
            for path, body in (
                ("/v1/workers", a_worker(id=str(new_id()))),
                ("/v1/organisations", an_organisation(name=f"N{number}")),
            ):
                ids.add((await http.post(path, json=body)).json()["id"])
    async with api.as_service() as http:
        events = await snapshot_of(http, limit)
    assert len(events) == 6
    assert {event["entity_id"] for event in events} == ids


HALF = 6 * 25 // 2


@dataclass
class Progress:
    rounds: int = 0


async def write_for_a_while(api: Api, seed: int, progress: Progress) -> None:
    """One of several writers of the same few workers and organisations."""
    chance = random.Random(seed)
    async with api.as_operator() as http:
        for _ in range(25):
            progress.rounds += 1
            number = chance.randrange(12)
            path = f"/v1/workers/{person(number)}"
            match chance.randrange(6):
                case 0:
                    await http.post("/v1/workers", json=a_worker(id=person(number)))
                case 1:
                    await http.patch(path, json={"active": chance.random() < 0.5})
                case 2:
                    await http.post(f"{path}/availability/confirmations")
                case 3:
                    await http.delete(path)
                case 4:
                    rows = [a_row(n, phone=f"+1 {seed:04}") for n in range(number, 20)]
                    await http.post("/v1/workers/batch", json={"workers": rows})
                case 5:
                    body = an_organisation(id=firm(number), name=f"{seed}-{number}")
                    await http.post("/v1/organisations", json=body)
                    patch = {"name": body["name"]}
                    await http.patch(f"/v1/organisations/{firm(number)}", json=patch)


def person(number: int) -> str:
    return f"0192f0c1-0000-7000-8000-{number:012}"


def firm(number: int) -> str:
    return f"0192f0c1-0000-7000-9000-{number:012}"


class Reader:
    """A consumer as the rules ask: the greater version wins, tombstones count."""

    def __init__(self) -> None:
        self.versions: dict[str, int] = {}
        self.state: dict[str, dict[str, Any]] = {}

    def apply(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            key, version = event["entity_id"], event["entity_version"]
            if self.versions.get(key, 0) >= version:
                continue
            self.versions[key] = version
            self.state[key] = event["data"]
            if event["type"] == workers.REMOVED:
                del self.state[key]


async def follow(http: httpx.AsyncClient, cursor: str, reader: Reader) -> str:
    """Apply all that is visible after the cursor; the cursor reached."""
    while True:
        query: dict[str, Any] = {"after": cursor, "limit": 40}
        batch = (await http.get("/v1/feeds/profiles", params=query)).json()
        reader.apply(batch["events"])
        cursor = batch["next"]
        if not batch["events"]:
            return cursor


async def test_snapshot_and_tail_equal_the_rows_under_concurrent_writers(
    api: Api,
) -> None:
    early, late = Reader(), Reader()
    async with api.as_service() as http:
        start = (await http.get("/v1/feeds/profiles/position")).json()["cursor"]
        progress = Progress()
        async with asyncio.TaskGroup() as group:
            for seed in range(6):
                group.create_task(write_for_a_while(api, seed, progress))
            cursor = start
            while progress.rounds < HALF:
                cursor = await follow(http, cursor, early)
            # in the middle of their writing a new consumer comes
            position = (await http.get("/v1/feeds/profiles/position")).json()
            late.apply(await snapshot_of(http, 7))
            joined_at = progress.rounds
        await follow(http, cursor, early)
        await follow(http, position["cursor"], late)
        assert joined_at < 2 * HALF
        now = Reader()
        now.apply(await snapshot_of(http, 1000))

    rows = {
        str(row["id"]): row
        for table in ("worker", "organisation")
        for row in await api.rows(table)
    }
    living = {key for key, row in rows.items() if not row.get("removed_at")}
    assert len(living) > 20
    assert set(now.state) == living
    assert early.state == now.state
    assert late.state == now.state
    assert {key: row["version"] for key, row in rows.items()} == early.versions
    # a version is published once
    published = [(e["entity_id"], e["entity_version"]) for e in await api.events()]
    assert len(published) == len(set(published)) == sum(early.versions.values())
