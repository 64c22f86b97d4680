"""What profiles does itself when somebody leaves, and how it sees the rest through."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from sqlalchemy import text

from services.matching.models import erased_person as in_matching
from services.matching.persons.registry import PERSONS as MATCHING
from services.postings.models import erased_person as in_postings
from services.postings.persons.registry import PERSONS as POSTINGS
from services.profiles.privacy.erasing import OtherServices, complete_erasures
from services.profiles.vault.sealing import open_sealed
from services.profiles.workers.sealed import PURPOSE
from shared.identity import Caller
from shared.persons.routes import persons_router
from shared.tokens import service_token
from shared.webapp import new_app
from tests.profiles.builders import a_worker
from tests.profiles.conftest import Api

Document = dict[str, Any]
COUNTS = {"match_run": 7}


class Elsewhere:
    """What postings and matching tell of persons, by their own routes and tables;
    a service that is not reachable is one without a server."""

    def __init__(self, api: Api) -> None:
        settings = dataclasses.replace(
            api.settings, postings_url="http://postings", matching_url="http://matching"
        )
        routers = {
            "postings": persons_router("/v1/postings", POSTINGS, in_postings),
            "matching": persons_router("/v1/matches", MATCHING, in_matching),
        }
        self.apps = {
            name: new_app(name, settings, [router], prefixes=[])
            for name, router in routers.items()
        }
        self.mounts: dict[str, httpx.AsyncBaseTransport | None] = {
            f"http://{name}": httpx.ASGITransport(app)
            for name, app in self.apps.items()
        }
        self._api = api
        self._settings = settings
        self.connect()

    def connect(self, *unreachable: str) -> None:
        mounts = {
            url: DOWN if url.endswith(unreachable or ("-",)) else transport
            for url, transport in self.mounts.items()
        }
        http = httpx.AsyncClient(mounts=mounts)
        token = service_token(self._settings, "profiles")
        self.others = OtherServices(http, self._settings, token)

    async def done(self, service: str, version: int) -> None:
        """As if the service had applied the tombstone of this version."""
        statement = text(
            f"INSERT INTO {service}.erased_person (worker, version, counts)"
            " SELECT id, CAST(:version AS integer), CAST(:counts AS jsonb)"
            " FROM profiles.worker"
            " ON CONFLICT (worker) DO UPDATE SET version = excluded.version"
        )
        values = {"version": version, "counts": orjson.dumps(COUNTS).decode()}
        async with self._api.database.as_system() as session:
            await session.execute(statement, values)

    async def holds(self, worker: Caller, removed: bool = False) -> None:
        """What matching's read model has of the worker."""
        statement = text(
            "INSERT INTO matching.worker (id, version, doc, removed)"
            " VALUES (:id, 2, '{}', :removed)"
            " ON CONFLICT (id) DO UPDATE SET removed = excluded.removed"
        )
        async with self._api.database.as_system() as session:
            values = {"id": worker.subject, "removed": removed}
            await session.execute(statement, values)

    async def close(self) -> None:
        for app in self.apps.values():
            await app.state.database.dispose()


DOWN = httpx.AsyncHTTPTransport(uds="/nowhere/rollcall.sock")


@pytest.fixture
async def elsewhere(api: Api) -> AsyncIterator[Elsewhere]:
    found = Elsewhere(api)
    try:
        yield found
    finally:
        await found.close()


async def leave(api: Api, worker: Caller) -> None:
    async with api.as_caller(worker) as http:
        answer = await http.delete(f"/v1/workers/{worker.subject}")
        assert answer.status_code == 204


async def state_of(api: Api, worker: Caller) -> Document:
    async with api.as_caller(worker) as http:
        answer = await http.get(f"/v1/workers/{worker.subject}/erasure")
    document: Document = answer.json()
    return document


async def test_the_key_goes_with_the_request_itself(
    api: Api, registered: Caller
) -> None:
    [row] = await api.rows("worker")
    assert row["sealed"]
    await leave(api, registered)
    assert await api.rows("subject_key") == []
    async with api.database.as_system() as session:
        opened = await open_sealed(session, registered.subject, PURPOSE, row["sealed"])
    assert opened is None


async def test_an_operator_says_why_in_a_code(api: Api, registered: Caller) -> None:
    path = f"/v1/workers/{registered.subject}/erasure"
    async with api.as_operator() as http:
        wrong = await http.post(path, json={"reason": "Amara asked me on the phone"})
        assert wrong.status_code == 422
        answer = await http.post(path, json={"reason": "duplicate"})
        assert answer.status_code == 202
        assert answer.headers["Location"] == path
        assert answer.json()["reason"] == "duplicate"
        assert (await http.post(path, json={})).status_code == 404


async def test_earlier_events_say_no_more_than_that_somebody_is_gone(
    api: Api, registered: Caller, elsewhere: Elsewhere
) -> None:
    await leave(api, registered)
    await complete_erasures(api.database, elsewhere.others)
    id = str(registered.subject)
    assert [
        (event["type"], event["entity_version"], event["data"])
        for event in await api.events()
    ] == [
        ("WorkerRemoved", version, {"id": id, "version": version}) for version in (1, 2)
    ]


async def test_it_is_complete_when_every_service_has_nothing_left(
    api: Api, registered: Caller, elsewhere: Elsewhere
) -> None:
    await leave(api, registered)
    database = api.database
    elsewhere.connect("postings")
    await elsewhere.holds(registered)
    await elsewhere.done("postings", 2)
    await elsewhere.done("matching", 1)  # of an earlier removal
    assert await complete_erasures(database, elsewhere.others) == 0
    await elsewhere.done("matching", 2)  # but something is left
    assert await complete_erasures(database, elsewhere.others) == 0
    await elsewhere.holds(registered, removed=True)
    assert await complete_erasures(database, elsewhere.others) == 0
    state = await state_of(api, registered)
    assert state["completed_at"] is None
    waiting = [one["service"] for one in state["services"] if not one["erased_at"]]
    assert waiting == ["postings"]
    elsewhere.connect()
    assert await complete_erasures(database, elsewhere.others) == 1
    state = await state_of(api, registered)
    assert state["completed_at"]
    assert state["services"][2]["counts"] == COUNTS
    assert await complete_erasures(database, elsewhere.others) == 0


async def test_whoever_comes_back_keeps_what_they_say_anew(
    api: Api, registered: Caller, elsewhere: Elsewhere
) -> None:
    await leave(api, registered)
    async with api.as_caller(registered) as http:
        await http.post("/v1/workers", json=a_worker(display_name="Back"))
        consent = f"/v1/workers/{registered.subject}/consents/notices"
        await http.put(consent, json={"version": 1})
    await elsewhere.holds(registered)
    for service in elsewhere.apps:
        await elsewhere.done(service, 2)
    assert await complete_erasures(api.database, elsewhere.others) == 1
    assert [row["kind"] for row in await api.rows("consent")] == ["notices"]
    async with api.as_caller(registered) as http:
        shown = await http.get(f"/v1/workers/{registered.subject}")
    assert shown.json()["display_name"] == "Back"
    kept = [event["type"] for event in await api.events()]
    assert kept == ["WorkerRemoved", "WorkerRemoved", "WorkerRegistered"]


async def test_a_tombstone_unheard_for_an_hour_is_told_again(
    api: Api, registered: Caller, elsewhere: Elsewhere
) -> None:
    await leave(api, registered)
    await complete_erasures(api.database, elsewhere.others)
    told = len(await api.events())
    await complete_erasures(api.database, elsewhere.others)
    assert len(await api.events()) == told
    async with api.database.as_system() as session:
        earlier = "UPDATE profiles.erasure SET told_at = told_at - interval '2 hours'"
        await session.execute(text(earlier))
    await complete_erasures(api.database, elsewhere.others)
    await complete_erasures(api.database, elsewhere.others)
    events = await api.events()
    assert len(events) == told + 1
    assert events[-1]["type"] == "WorkerRemoved"
    assert UUID(events[-1]["entity_id"]) == registered.subject
    assert events[-1]["entity_version"] == 2


async def test_an_export_is_whole_or_not_at_all(
    api: Api, registered: Caller, elsewhere: Elsewhere
) -> None:
    elsewhere.connect("matching")
    api.app.state.other_services = elsewhere.others
    async with api.as_caller(registered) as http:
        answer = await http.get(f"/v1/workers/{registered.subject}/export")
    assert answer.status_code == 503
    assert answer.json()["type"].endswith("service-unreachable")
