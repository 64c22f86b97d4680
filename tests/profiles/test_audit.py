"""Whoever looks at or changes somebody else's profile is on the audit log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from shared.identity import Actor, Caller, Role
from shared.values import new_id
from tests.profiles.builders import a_row, a_worker, an_organisation
from tests.profiles.conftest import Api

OPERATOR = Caller(new_id(), Role.OPERATOR)


async def entries(api: Api) -> list[dict[str, Any]]:
    rows = await api.rows("audit_entry")
    return sorted(rows, key=lambda row: int(row["id"]))


async def actions(api: Api) -> list[str]:
    return [entry["action"] for entry in await entries(api)]


@pytest.fixture
async def worker(api: Api, somebody: Caller) -> UUID:
    """Somebody who has registered by themself."""
    async with api.as_caller(somebody) as http:
        answer = await http.post("/v1/workers", json=a_worker())
    assert answer.status_code == 201, answer.text
    return somebody.subject


async def test_what_a_worker_does_with_their_own_profile_is_not(
    api: Api, somebody: Caller, worker: UUID
) -> None:
    path = f"/v1/workers/{worker}"
    async with api.as_caller(somebody) as http:
        assert (await http.get(path)).is_success
        assert (await http.patch(path, json={"zone": "Europe/Paris"})).is_success
        assert (await http.put(f"{path}/availability", json={"weekly": []})).is_success
    assert await entries(api) == []


async def test_an_operator_who_looks_edits_and_removes_is(
    api: Api, worker: UUID
) -> None:
    path = f"/v1/workers/{worker}"
    async with api.as_caller(OPERATOR) as http:
        await http.get(path)
        await http.patch(path, json={"zone": "Europe/Paris", "phone": None})
        await http.put(f"{path}/availability", json={"weekly": []})
        await http.post(f"{path}/availability/confirmations")
        await http.delete(path)
    found = await entries(api)
    assert [entry["action"] for entry in found] == [
        "worker.read",
        "worker.edit",
        "worker.set_hours",
        "worker.confirm_hours",
        "worker.remove",
    ]
    for entry in found:
        assert (entry["actor"], entry["actor_role"]) == (OPERATOR.subject, "operator")
        assert (entry["subject_kind"], entry["subject_id"]) == ("worker", worker)
        assert entry["request_id"] is not None
    assert found[1]["detail"] == {"sections": ["phone", "zone"], "version": 1}


async def test_a_page_of_people_names_everybody_on_it(api: Api) -> None:
    async with api.as_caller(OPERATOR) as http:
        for _ in range(3):
            await http.post("/v1/workers", json=a_worker())
        shown = (await http.get("/v1/workers", params={"limit": 2})).json()["items"]
    entry = (await entries(api))[-1]
    assert (entry["action"], entry["subject_id"]) == ("worker.list", None)
    assert entry["detail"] == {"ids": [item["id"] for item in shown]}


async def test_a_clerk_at_the_counter_is_named_beside_the_worker(
    api: Api, somebody: Caller, worker: UUID
) -> None:
    clerk = Actor(new_id(), Role.CLERK)
    acting = Caller(worker, Role.WORKER, actor=clerk)
    async with api.as_caller(acting) as http:
        assert (await http.get(f"/v1/workers/{worker}")).is_success
    [entry] = await entries(api)
    assert (entry["action"], entry["actor"]) == ("worker.read", worker)
    assert entry["acting"]["subject"] == str(clerk.subject)


async def test_a_batch_is_one_entry_with_count_and_digest(api: Api) -> None:
    async with api.as_service() as http:
        body = {"workers": [a_row(number) for number in range(4)]}
        assert (await http.post("/v1/workers/batch", json=body)).is_success
        assert (await http.post("/v1/workers/batch", json=body)).is_success
    first, again = await entries(api)
    assert (first["action"], first["actor_role"]) == ("worker.import", "service")
    assert first["detail"]["count"] == 4
    assert len(first["detail"]["digest"]) == 64
    assert again["detail"] == first["detail"]


async def test_an_operator_s_hand_in_an_organisation_is_on_it(api: Api) -> None:
    member = Caller(new_id(), Role.EMPLOYER, tenant=new_id())
    async with api.as_caller(member) as http:
        made = await http.post("/v1/organisations", json=an_organisation())
        path = made.headers["Location"]
        assert (await http.patch(path, json={"name": "North"})).is_success
    assert await actions(api) == []
    async with api.as_caller(OPERATOR) as http:
        assert (await http.patch(path, json={"active": False})).is_success
    [entry] = await entries(api)
    assert (entry["action"], entry["subject_id"]) == (
        "organisation.edit",
        member.tenant,
    )
    assert entry["detail"] == {"fields": ["active"]}


async def test_what_is_refused_or_not_there_leaves_no_entry(
    api: Api, worker: UUID
) -> None:
    path = f"/v1/workers/{worker}"
    async with api.as_caller(OPERATOR) as http:
        assert (await http.get(f"/v1/workers/{new_id()}")).status_code == 404
        assert (await http.patch(path, json={"zone": "Nowhere"})).status_code == 422
        stale = {"If-Match": '"7"'}
        assert (await http.delete(path, headers=stale)).status_code == 412
    assert await actions(api) == []


async def test_an_entry_holds_nothing_that_a_person_said(api: Api) -> None:
    said = {
        "display_name": "Canary Name",
        "email": "canary@example.org",
        "phone": "+44 20 7946 0999",
    }
    async with api.as_caller(OPERATOR) as http:
        made = await http.post("/v1/workers", json=a_worker(**said))
        path = made.headers["Location"]
        await http.patch(path, json={"display_name": "Canary Again"})
        await http.get("/v1/workers")
        await http.delete(path)
    written = str(await entries(api)).lower()
    assert "worker.register" in written
    assert "canary" not in written
    assert "7946" not in written
