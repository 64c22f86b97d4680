"""Mandates and rights to represent: who gives, who ends, who sees."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.profiles.privacy.registry import PERSONS
from services.profiles.snapshot import snapshot
from shared.identity import Actor, Caller, Role
from shared.values import new_id
from tests.profiles.builders import a_worker, an_organisation
from tests.profiles.conftest import Api

UNTIL = "2100-01-01T00:00:00Z"


async def an_org(api: Api, role: Role) -> Caller:
    member = Caller(new_id(), role, new_id())
    async with api.as_caller(member) as http:
        body = an_organisation(kind=role.value)
        assert (await http.post("/v1/organisations", json=body)).status_code == 201
    return member


async def a_person(api: Api) -> Caller:
    worker = Caller(new_id(), Role.WORKER)
    async with api.as_caller(worker) as http:
        assert (await http.post("/v1/workers", json=a_worker())).status_code == 201
    return worker


async def granted(
    api: Api, by: Caller, agency: UUID | None, **more: Any
) -> dict[str, Any]:
    """A mandate of a client's, or a right of a worker's."""
    if by.role is Role.WORKER:
        path = f"/v1/workers/{by.subject}/representations"
    else:
        path = f"/v1/organisations/{by.tenant}/mandates"
        more = {"purposes": ["hiring"]} | more
    async with api.as_caller(by) as http:
        answer = await http.post(path, json={"agency": str(agency)} | more)
    assert answer.status_code == 201, answer.text
    return {"path": answer.headers["Location"], **answer.json()}


async def test_a_client_gives_a_mandate_that_both_sides_see(api: Api) -> None:
    client, agency = await an_org(api, Role.EMPLOYER), await an_org(api, Role.AGENCY)
    stranger = await an_org(api, Role.AGENCY)
    made = await granted(
        api, client, agency.tenant, purposes=["postings", "hiring"], ends_at=UNTIL
    )
    assert made["purposes"] == ["hiring", "postings"]
    assert made["granted_by"] == str(client.subject)
    for side in (client, agency):
        async with api.as_caller(side) as http:
            path = f"/v1/organisations/{side.tenant}/mandates"
            listed = (await http.get(path)).json()["items"]
            assert [one["id"] for one in listed] == [made["id"]]
            read = await http.get(f"{path}/{made['id']}")
            assert (read.json(), read.headers["etag"]) == (listed[0], '"1"')
    async with api.as_caller(stranger) as http:
        path = f"/v1/organisations/{stranger.tenant}/mandates"
        assert (await http.get(path)).json()["items"] == []
        assert (await http.get(f"{path}/{made['id']}")).status_code == 404
        assert (await http.post(f"{path}/{made['id']}/end")).status_code == 404
        assert (await http.get(made["path"])).status_code == 404
    event = (await api.events())[-1]
    assert event["type"] == "MandateGranted"
    assert event["data"] == {
        "id": made["id"],
        "version": 1,
        "client": str(client.tenant),
        "agency": str(agency.tenant),
        "purposes": ["hiring", "postings"],
        "starts_at": event["data"]["starts_at"],
        "ends_at": UNTIL,
        "ended_at": None,
    }


@pytest.mark.parametrize("side", ["client", "agency"])
async def test_either_side_ends_a_mandate_once(api: Api, side: str) -> None:
    client, agency = await an_org(api, Role.EMPLOYER), await an_org(api, Role.AGENCY)
    made = await granted(api, client, agency.tenant)
    ending = client if side == "client" else agency
    path = f"/v1/organisations/{ending.tenant}/mandates/{made['id']}/end"
    async with api.as_caller(ending) as http:
        late = await http.post(path, headers={"If-Match": '"7"'})
        ended = await http.post(path, headers={"If-Match": '"1"'})
        again = await http.post(path)
    assert late.status_code == 412
    assert (ended.status_code, ended.headers["etag"]) == (200, '"2"')
    assert ended.json()["ended_by"] == str(ending.subject)
    assert again.json()["type"].endswith("mandate-has-ended")
    event = (await api.events())[-1]
    assert (event["type"], event["entity_version"]) == ("MandateEnded", 2)
    anew = await granted(api, client, agency.tenant)
    assert anew["id"] != made["id"]


async def test_one_mandate_of_a_client_at_a_time(api: Api) -> None:
    client, agency = await an_org(api, Role.EMPLOYER), await an_org(api, Role.AGENCY)
    made = await granted(api, client, agency.tenant)
    body = {"agency": str(agency.tenant), "purposes": ["matches"]}
    async with api.as_caller(client) as http:
        path = f"/v1/organisations/{client.tenant}/mandates"
        again = await http.post(path, json=body)
        assert again.json()["type"].endswith("mandate-exists")
    await api.execute(
        "UPDATE profiles.mandate SET starts_at = now() - interval '2 days',"
        " ends_at = now() - interval '1 day'"
    )
    # one that has run out makes room, and says that it is over
    await granted(api, client, agency.tenant)
    types = [event["type"] for event in await api.events()][-2:]
    assert types == ["MandateEnded", "MandateGranted"]
    (over,) = [one for one in await api.rows("mandate") if str(one["id"]) == made["id"]]
    assert over["ended_at"] == over["ends_at"]


async def test_only_an_agency_is_given_a_mandate_or_a_right(api: Api) -> None:
    client, other = await an_org(api, Role.EMPLOYER), await an_org(api, Role.EMPLOYER)
    worker = await a_person(api)
    for agency in (other.tenant, client.tenant, new_id()):
        body = {"agency": str(agency), "purposes": ["hiring"]}
        async with api.as_caller(client) as http:
            path = f"/v1/organisations/{client.tenant}/mandates"
            answer = await http.post(path, json=body)
        assert answer.json()["errors"][0]["rule"] == "unknown_agency"
        async with api.as_caller(worker) as http:
            path = f"/v1/workers/{worker.subject}/representations"
            answer = await http.post(path, json={"agency": str(agency)})
        assert answer.json()["errors"][0]["rule"] == "unknown_agency"


async def test_an_agency_gives_itself_neither(api: Api) -> None:
    client, agency = await an_org(api, Role.EMPLOYER), await an_org(api, Role.AGENCY)
    worker = await a_person(api)
    body = {"agency": str(agency.tenant)}
    mandate = body | {"purposes": ["hiring"]}
    mandates = f"/v1/organisations/{client.tenant}/mandates"
    rights = f"/v1/workers/{worker.subject}/representations"
    async with api.as_caller(agency) as http:
        assert (await http.post(mandates, json=mandate)).status_code == 404
        assert (await http.post(rights, json=body)).status_code == 403
    hand = Actor(agency.subject, Role.AGENCY, agency.tenant)
    acting = Caller(client.subject, Role.EMPLOYER, client.tenant, actor=hand)
    async with api.as_caller(acting) as http:
        assert (await http.post(mandates, json=mandate)).status_code == 403
    for actor in (hand, Actor(new_id(), Role.CLERK, agency.tenant)):
        posing = Caller(worker.subject, Role.WORKER, actor=actor)
        async with api.as_caller(posing) as http:
            assert (await http.post(rights, json=body)).status_code == 403
    assert await api.rows("mandate") == await api.rows("representation") == []


async def test_a_worker_gives_and_takes_the_right_to_represent(api: Api) -> None:
    worker, agency = await a_person(api), await an_org(api, Role.AGENCY)
    client, other = await an_org(api, Role.EMPLOYER), await an_org(api, Role.AGENCY)
    for_all = await granted(api, worker, agency.tenant, ends_at=UNTIL)
    for_one = await granted(api, worker, agency.tenant, client=str(client.tenant))
    await granted(api, worker, other.tenant)
    async with api.as_caller(worker) as http:
        path = f"/v1/workers/{worker.subject}/representations"
        twice = await http.post(path, json={"agency": str(agency.tenant)})
        assert twice.json()["type"].endswith("representation-exists")
        nowhere = {"agency": str(agency.tenant), "client": str(new_id())}
        refused = (await http.post(path, json=nowhere)).json()["errors"]
        assert refused[0]["pointer"] == "/client"
        assert len((await http.get(path)).json()["items"]) == 3
    async with api.as_caller(agency) as http:
        mine = f"/v1/organisations/{agency.tenant}/representations"
        seen = (await http.get(mine)).json()["items"]
        assert [one["id"] for one in seen] == [for_all["id"], for_one["id"]]
        theirs = f"/v1/organisations/{other.tenant}/representations"
        assert (await http.get(theirs)).status_code == 404
    async with api.as_caller(worker) as http:
        ended = await http.post(f"{for_all['path']}/end")
        assert (ended.status_code, ended.headers["etag"]) == (200, '"2"')
        again = await http.post(f"{for_all['path']}/end")
        assert again.json()["type"].endswith("representation-has-ended")
    event = (await api.events())[-1]
    assert event["type"] == "RepresentationEnded"
    assert event["data"]["worker"] == str(worker.subject)
    assert event["data"]["client"] is None


async def test_another_worker_neither_sees_nor_ends_it(api: Api) -> None:
    worker, agency = await a_person(api), await an_org(api, Role.AGENCY)
    made = await granted(api, worker, agency.tenant)
    other = await a_person(api)
    async with api.as_caller(other) as http:
        own = f"/v1/workers/{other.subject}/representations"
        assert (await http.post(f"{made['path']}/end")).status_code == 404
        assert (await http.post(f"{own}/{made['id']}/end")).status_code == 404
        assert (await http.get(own)).json()["items"] == []


async def test_nobody_represents_who_has_left(api: Api) -> None:
    worker, agency = await a_person(api), await an_org(api, Role.AGENCY)
    await granted(api, worker, agency.tenant)
    async with api.as_caller(worker) as http:
        await http.delete(f"/v1/workers/{worker.subject}")
    async with api.database.as_system() as session:
        await PERSONS.erase(session, worker.subject)
    assert await api.rows("representation") == []
    again = {"agency": str(agency.tenant)}
    async with api.as_caller(worker) as http:
        path = f"/v1/workers/{worker.subject}/representations"
        assert (await http.post(path, json=again)).status_code == 404


async def test_an_operator_grants_for_others_and_it_is_on_the_log(api: Api) -> None:
    worker, agency = await a_person(api), await an_org(api, Role.AGENCY)
    body = {"agency": str(agency.tenant)}
    async with api.as_operator() as http:
        path = f"/v1/workers/{worker.subject}/representations"
        assert (await http.post(path, json=body)).status_code == 201
    noted = [row["action"] for row in await api.rows("audit_entry")]
    assert "representation.grant" in noted


async def test_the_snapshot_has_what_stands_and_not_what_has_ended(api: Api) -> None:
    client, agency = await an_org(api, Role.EMPLOYER), await an_org(api, Role.AGENCY)
    worker = await a_person(api)
    right = await granted(api, worker, agency.tenant)
    mandate = await granted(api, client, agency.tenant)
    async with api.as_caller(client) as http:
        await http.post(f"{mandate['path']}/end")
    async with api.database.as_system() as session:
        events = await snapshot(session, None, 100)
    told = {event.entity_id: event.type for event in events}
    assert told[right["id"]] == "RepresentationGranted"
    assert mandate["id"] not in told


GRANT_MANDATE = """
    INSERT INTO profiles.mandate (id, version, client, agency, purposes, starts_at,
        granted_by)
    VALUES (gen_random_uuid(), 1, '{client}', '{agency}', '["hiring"]', now(),
        NULLIF(current_setting('rollcall.caller', true), '')::uuid)
"""
GRANT_RIGHT = """
    INSERT INTO profiles.representation (id, version, worker, agency, granted_by)
    VALUES (gen_random_uuid(), 1, '{worker}', '{agency}',
        NULLIF(current_setting('rollcall.caller', true), '')::uuid)
"""


async def test_the_database_lets_only_the_giving_side_give(api: Api) -> None:
    client, agency = await an_org(api, Role.EMPLOYER), await an_org(api, Role.AGENCY)
    worker = await a_person(api)
    names = {
        "client": client.tenant,
        "agency": agency.tenant,
        "worker": worker.subject,
    }
    for caller in (agency, worker, client):
        for statement, giver in ((GRANT_MANDATE, client), (GRANT_RIGHT, worker)):
            if caller is giver:
                continue
            with pytest.raises(DBAPIError, match="row-level security"):
                async with api.database.as_caller(caller) as session:
                    await session.execute(text(statement.format(**names)))


async def test_the_database_shows_each_side_its_own_and_nobody_anything(
    api: Api,
) -> None:
    client, agency = await an_org(api, Role.EMPLOYER), await an_org(api, Role.AGENCY)
    worker = await a_person(api)
    await granted(api, client, agency.tenant)
    await granted(api, worker, agency.tenant)
    strangers = [Caller(new_id(), Role.AGENCY, new_id()), await a_person(api), None]
    for caller, expected in (
        (client, (1, 0)),
        (worker, (0, 1)),
        (agency, (1, 1)),
        *((stranger, (0, 0)) for stranger in strangers),
    ):
        opened = api.database.as_caller(caller) if caller else api.database.as_nobody()
        async with opened as session:
            counts = [
                (
                    await session.execute(text(f"SELECT count(*) FROM profiles.{name}"))
                ).scalar_one()
                for name in ("mandate", "representation")
            ]
        assert tuple(counts) == expected


CHANGES = (
    "UPDATE profiles.mandate SET ends_at = NULL",
    "UPDATE profiles.mandate SET purposes = '[\"matches\"]'",
    "UPDATE profiles.representation SET worker = gen_random_uuid()",
    "DELETE FROM profiles.representation",
)


@pytest.mark.parametrize("statement", CHANGES)
async def test_what_was_granted_is_never_rewritten(api: Api, statement: str) -> None:
    agency = await an_org(api, Role.AGENCY)
    with pytest.raises(DBAPIError, match="permission denied"):
        async with api.database.as_caller(agency) as session:
            await session.execute(text(statement))


async def test_what_has_ended_cannot_be_brought_back(api: Api) -> None:
    worker, agency = await a_person(api), await an_org(api, Role.AGENCY)
    made = await granted(api, worker, agency.tenant)
    async with api.as_caller(worker) as http:
        await http.post(f"{made['path']}/end")
    revive = text("UPDATE profiles.representation SET ended_at = NULL, ended_by = NULL")
    for caller in (worker, agency):
        async with api.database.as_caller(caller) as session:
            changed = await session.execute(revive)
            assert changed.rowcount == 0  # type: ignore[attr-defined]
