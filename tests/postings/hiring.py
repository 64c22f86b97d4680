"""Agencies, people and what profiles' feed brings of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx

from services.postings.hiring.profiles_feed import HiringProjection
from services.postings.persons.registry import erasing
from shared.feed import Event
from shared.identity import Caller, Role
from shared.persons.erasing import Together
from shared.values import new_id, now
from tests.postings.conftest import Api


def an_agency() -> Caller:
    return Caller(new_id(), Role.AGENCY, new_id())


def a_person() -> Caller:
    return Caller(new_id(), Role.WORKER)


async def tell(api: Api, type: str, id: UUID, version: int, **data: Any) -> None:
    """What profiles' feed brings, applied as the follower does."""
    event = Event(
        type=type,
        entity_id=str(id),
        entity_version=version,
        occurred_at=now(),
        data={"id": str(id), "version": version} | data,
    )
    async with api.database.as_system() as session:
        await Together(HiringProjection(), erasing()).apply(session, [event])


async def a_mandate(api: Api, client: Caller, agency: Caller, **changes: Any) -> UUID:
    given = {
        "client": str(client.tenant),
        "agency": str(agency.tenant),
        "purposes": ["hiring"],
        "starts_at": "2026-01-01T00:00:00Z",
        "ends_at": None,
        "ended_at": None,
    }
    id = new_id()
    await tell(api, "MandateGranted", id, 1, **given | changes)
    return id


def a_right(worker: Caller, agency: Caller, **changes: Any) -> dict[str, Any]:
    return {
        "worker": str(worker.subject),
        "agency": str(agency.tenant),
        "client": None,
        "ends_at": None,
        "ended_at": None,
    } | changes


async def represented(api: Api, worker: Caller, agency: Caller, **more: Any) -> UUID:
    id = new_id()
    await tell(api, "RepresentationGranted", id, 1, **a_right(worker, agency, **more))
    return id


async def submit(
    api: Api, agency: Caller, worker: Caller, posting: dict[str, Any]
) -> httpx.Response:
    body = {"posting": posting["id"], "worker": str(worker.subject)}
    return await api.call("POST", "/submittals", body, by=agency)


async def applied(api: Api, worker: Caller, posting: dict[str, Any]) -> dict[str, Any]:
    body = {"posting": posting["id"]}
    answer = await api.call("POST", "/applications", body, by=worker)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def ready(api: Api) -> tuple[dict[str, Any], Caller, Caller]:
    """An open posting, an agency with a mandate, and a worker it represents."""
    posting = await api.created(publish=True)
    agency, worker = an_agency(), a_person()
    await a_mandate(api, api.employer, agency)
    await represented(api, worker, agency)
    return posting, agency, worker


def kind(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rsplit(":", 1)[1]


async def candidacies(api: Api, worker: Caller) -> dict[str, tuple[str, str | None]]:
    """Id → status and reason of all that the worker is or was up for."""
    rows = await api.fetch(
        "SELECT id, status, reason FROM postings.candidacy WHERE worker = :worker",
        worker=worker.subject,
    )
    return {str(row["id"]): (row["status"], row["reason"]) for row in rows}


async def profile(api: Api, worker: Caller, version: int, *blocked: Caller) -> None:
    """What profiles tells of a worker who blocks some organisations."""
    ids = [str(caller.tenant) for caller in blocked]
    await tell(api, "WorkerChanged", worker.subject, version, blocked_organisations=ids)
