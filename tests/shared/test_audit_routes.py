"""GET /v1/audit/{service}."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import DBAPIError

from shared.identity import Actor, Caller, Role
from shared.settings import Settings
from shared.values import new_id
from tests.shared.audited import OPERATOR, Audited, audited
from tests.shared.notes import audit, client, new_notes_app, token

ADA, GRACE = new_id(), new_id()
URL = "/v1/audit/notes"


@pytest.fixture
async def log(notes_settings: Settings) -> AsyncIterator[Audited]:
    async with audited(notes_settings) as log:
        yield log


@pytest.fixture
async def http(log: Audited) -> AsyncIterator[httpx.AsyncClient]:
    app = new_notes_app(log.settings)
    async with client(app, token(log.settings, Role.AUDITOR)) as http:
        yield http


async def looked(http: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await http.get(URL, params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def wrote(log: Audited, action: str, **more: Any) -> None:
    caller = more.pop("caller", OPERATOR)
    async with log.database.as_caller(caller) as session:
        await audit(session, caller, action, **more)


async def test_the_newest_come_first_page_by_page(
    log: Audited, http: httpx.AsyncClient
) -> None:
    for number in range(5):
        await wrote(log, "note.read", detail={"number": number})
    answer = await http.get(URL, params={"limit": 2, "action": "note.read"})
    seen = [item["detail"]["number"] for item in answer.json()["items"]]
    while answer.json()["next"]:
        answer = await http.get(answer.links["next"]["url"])
        seen += [item["detail"]["number"] for item in answer.json()["items"]]
    assert seen == [4, 3, 2, 1, 0]


async def test_reading_the_log_is_on_the_log(
    log: Audited, http: httpx.AsyncClient
) -> None:
    assert await looked(http, subject=str(ADA)) == []
    [entry] = await looked(http)
    assert (entry["action"], entry["actor_role"]) == ("audit.read", "auditor")
    assert entry["detail"] == {"subject": str(ADA)}
    assert entry["request_id"] is not None


async def test_a_person_is_found_where_they_were_one_of_many_on_a_page(
    log: Audited, http: httpx.AsyncClient
) -> None:
    await wrote(log, "worker.read", subject=("worker", ADA))
    await wrote(log, "worker.read", subject=("worker", GRACE))
    await wrote(log, "worker.list", detail={"ids": [str(GRACE), str(ADA)]})
    await wrote(log, "worker.list", detail={"ids": [str(GRACE)]})
    found = await looked(http, subject=str(ADA))
    assert [item["action"] for item in found] == ["worker.list", "worker.read"]


async def test_who_acts_for_another_is_found_too(
    log: Audited, http: httpx.AsyncClient
) -> None:
    clerk = Actor(new_id(), Role.CLERK, None)
    worker = Caller(ADA, Role.WORKER, actor=clerk)
    await wrote(log, "worker.edit", caller=worker, subject=("worker", ADA))
    [entry] = await looked(http, actor=str(clerk.subject))
    assert entry["actor"] == str(ADA)
    assert entry["acting"] == {
        "subject": str(clerk.subject),
        "role": "clerk",
        "tenant": None,
    }


async def test_a_span_of_time_is_half_open(
    log: Audited, http: httpx.AsyncClient
) -> None:
    await wrote(log, "note.read")
    [entry] = await looked(http, action="note.read")
    at = entry["at"]
    assert len(await looked(http, action="note.read", since=at)) == 1
    assert await looked(http, action="note.read", until=at) == []


async def test_an_entry_shows_its_place_in_the_chain_once_it_is_sealed(
    log: Audited, http: httpx.AsyncClient
) -> None:
    await wrote(log, "note.read")
    [before] = await looked(http, action="note.read")
    await log.sealer().seal_all()
    [after] = await looked(http, action="note.read")
    assert (before["position"], after["position"]) == (None, 1)


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "nonsense"},
        {"action": "Everything!"},
        {"since": "yesterday"},
        {"actor": "somebody"},
    ],
)
async def test_a_malformed_question_is_refused(
    http: httpx.AsyncClient, query: dict[str, str]
) -> None:
    answer = await http.get(URL, params=query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == next(iter(query))


async def test_only_operators_and_auditors_read_it(log: Audited) -> None:
    app = new_notes_app(log.settings)
    for role in Role:
        tenant = new_id() if role in (Role.EMPLOYER, Role.AGENCY) else None
        async with client(app, token(log.settings, role, tenant)) as http:
            status = (await http.get(URL)).status_code
        allowed = role in (Role.OPERATOR, Role.AUDITOR)
        assert status == (200 if allowed else 403), role
        app = new_notes_app(log.settings)


async def test_the_app_login_cannot_write_in_another_s_name(log: Audited) -> None:
    worker, other = Caller(new_id(), Role.WORKER), Caller(new_id(), Role.WORKER)
    with pytest.raises(DBAPIError, match="row-level security"):
        async with log.database.as_caller(worker) as session:
            await audit(session, other, "note.read")
    async with log.database.as_nobody() as session:
        await audit(session, None, "account.refuse")
