from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from services.profiles.workers.examples import (
    AVAILABILITY,
    PATCH,
    REGISTRATION,
    WORKER,
)
from services.profiles.workers.schemas import WorkerView
from shared.identity import Caller, Role
from shared.outbox import POSITION_HEADER
from shared.values import new_id, now
from tests.profiles.builders import a_worker
from tests.profiles.conftest import Api


async def test_a_worker_registers_as_themself(api: Api, somebody: Caller) -> None:
    async with api.as_caller(somebody) as http:
        answer = await http.post("/v1/workers", json=a_worker())
        assert answer.status_code == 201, answer.text
        assert answer.json()["id"] == str(somebody.subject)
        assert answer.headers["ETag"] == '"1"'
        assert answer.headers["Location"] == f"/v1/workers/{somebody.subject}"
        assert answer.headers[POSITION_HEADER].startswith("profiles=")

        read = await http.get(answer.headers["Location"])
        assert read.json() == answer.json()
    place = read.json()["places"][0]
    assert (place["lat"], place["lon"], place["label"]) == (51.5072, -0.1276, "home")


async def test_the_documented_examples_are_true(api: Api, somebody: Caller) -> None:
    async with api.as_caller(somebody) as http:
        answer = await http.post("/v1/workers", json=REGISTRATION)
        path = answer.headers["Location"]
        assert {k: answer.json()[k] for k in REGISTRATION} == REGISTRATION
        assert (await http.patch(path, json=PATCH)).status_code == 200
        hours = await http.put(f"{path}/availability", json=AVAILABILITY)
    assert {k: hours.json()[k] for k in AVAILABILITY} == AVAILABILITY
    assert set(WORKER) == set(WorkerView.model_fields)
    assert str(WorkerView.model_validate(WORKER).id) == WORKER["id"]


async def test_a_worker_cannot_register_somebody_else(
    api: Api, somebody: Caller
) -> None:
    async with api.as_caller(somebody) as http:
        answer = await http.post("/v1/workers", json=a_worker(id=str(new_id())))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/id"
    assert await api.events() == []


async def test_a_second_registration_is_refused(api: Api, somebody: Caller) -> None:
    async with api.as_caller(somebody) as http:
        await http.post("/v1/workers", json=a_worker())
        answer = await http.post("/v1/workers", json=a_worker(display_name="Other"))
        assert answer.status_code == 409
        assert answer.json()["type"] == "urn:rollcall:problem:worker-exists"
        read = await http.get(f"/v1/workers/{somebody.subject}")
    assert read.json()["display_name"] == "Amara Okafor"
    assert len(await api.events()) == 1


async def test_an_operator_registers_anybody(api: Api) -> None:
    chosen = str(new_id())
    async with api.as_operator() as http:
        given = await http.post("/v1/workers", json=a_worker(id=chosen))
        made = await http.post("/v1/workers", json=a_worker())
        assert given.json()["id"] == chosen
        assert made.json()["id"] not in (chosen, None)
    # who registers somebody else says nothing of when that person was last here
    assert given.json()["last_active_at"] is None


async def test_employers_do_not_read_workers(api: Api, somebody: Caller) -> None:
    async with api.as_caller(somebody) as http:
        path = (await http.post("/v1/workers", json=a_worker())).headers["Location"]
    for role in (Role.EMPLOYER, Role.AGENCY):
        async with api.as_caller(Caller(new_id(), role, new_id())) as http:
            assert (await http.get(path)).status_code == 403
            assert (await http.get("/v1/workers")).status_code == 403
            assert (await http.post("/v1/workers", json=a_worker())).status_code == 403
    async with api.as_caller(None) as http:
        assert (await http.get(path)).status_code == 401


async def test_a_worker_does_not_see_or_touch_another(
    api: Api, somebody: Caller
) -> None:
    async with api.as_caller(somebody) as http:
        path = (await http.post("/v1/workers", json=a_worker())).headers["Location"]
    before = await api.rows("worker")
    async with api.as_caller(Caller(new_id(), Role.WORKER)) as http:
        answers = [
            await http.get(path),
            await http.patch(path, json={"active": False}),
            await http.put(f"{path}/availability", json={"weekly": []}),
            await http.post(f"{path}/availability/confirmations"),
            await http.delete(path),
        ]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert await api.rows("worker") == before


async def test_a_patch_may_name_a_place_without_its_label(
    api: Api, somebody: Caller
) -> None:
    place = {"lat": 51.5, "lon": 0.0, "radius_km": 10.0}
    async with api.as_caller(somebody) as http:
        path = (await http.post("/v1/workers", json=a_worker())).headers["Location"]
        answer = await http.patch(path, json={"places": [place]})
        assert answer.status_code == 200, answer.text
        [shown] = answer.json()["places"]
        assert {k: v for k, v in shown.items() if v is not None} == place
        assert (await http.get(path)).json()["places"] == [shown]


async def test_a_patch_replaces_the_sections_it_names(
    api: Api, somebody: Caller
) -> None:
    async with api.as_caller(somebody) as http:
        first = await http.post("/v1/workers", json=a_worker())
        path = first.headers["Location"]
        skills = [{"skill": "cooking", "level": 2, "years": None}]
        answer = await http.patch(
            path,
            json={"skills": skills, "phone": None},
            headers={"If-Match": first.headers["ETag"]},
        )
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == '"2"'
    changed = {
        name for name, value in answer.json().items() if first.json().get(name) != value
    }
    assert changed == {"skills", "phone", "version", "updated_at", "last_active_at"}
    assert answer.json()["skills"] == skills
    assert [event["entity_version"] for event in await api.events()] == [1, 2]


async def test_an_edit_of_a_version_that_is_gone_is_refused(
    api: Api, somebody: Caller
) -> None:
    stale = {"If-Match": '"7"'}
    async with api.as_caller(somebody) as http:
        first = await http.post("/v1/workers", json=a_worker())
        path = first.headers["Location"]
        answers = [
            await http.patch(path, json={"active": False}, headers=stale),
            await http.put(f"{path}/availability", json={"weekly": []}, headers=stale),
            await http.delete(path, headers=stale),
        ]
        assert [answer.status_code for answer in answers] == [412] * 3
        assert answers[0].headers["ETag"] == '"1"'
        assert (await http.get(path)).json() == first.json()
        nonsense = await http.delete(path, headers={"If-Match": "yesterday's"})
        assert nonsense.status_code == 422
    assert len(await api.events()) == 1


async def test_of_edits_that_saw_the_same_version_one_wins(
    api: Api, somebody: Caller
) -> None:
    async with api.as_caller(somebody) as http:
        first = await http.post("/v1/workers", json=a_worker())
        path, seen = first.headers["Location"], {"If-Match": first.headers["ETag"]}
        answers = await asyncio.gather(
            *(
                http.patch(path, json={"display_name": f"N{n}"}, headers=seen)
                for n in range(12)
            )
        )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] + [412] * 11
    assert [event["entity_version"] for event in await api.events()] == [1, 2]


async def test_an_operators_edit_that_changes_nothing_is_no_event(
    api: Api, somebody: Caller
) -> None:
    async with api.as_caller(somebody) as http:
        first = await http.post("/v1/workers", json=a_worker())
    async with api.as_operator() as http:
        answer = await http.patch(
            first.headers["Location"], json={"zone": "Europe/London"}
        )
    assert answer.json() == first.json()
    assert len(await api.events()) == 1


async def test_hours_cannot_be_edited_past_their_resource(
    api: Api, somebody: Caller
) -> None:
    async with api.as_caller(somebody) as http:
        path = (await http.post("/v1/workers", json=a_worker())).headers["Location"]
        answer = await http.patch(path, json={"weekly": []})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/weekly"


async def test_setting_hours_confirms_them(api: Api, somebody: Caller) -> None:
    started = now()
    async with api.as_caller(somebody) as http:
        first = await http.post("/v1/workers", json=a_worker(weekly=[]))
        assert first.json()["confirmed_at"] is None
        night = [{"weekday": 6, "start": "22:00", "end": "06:00"}]
        answer = await http.put(
            f"{first.headers['Location']}/availability",
            json={
                "weekly": night,
                "exceptions": [
                    {"start": "2030-12-24T18:00:00", "end": "2030-12-27T00:00"}
                    | {"free": False}
                ],
            },
        )
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["weekly"] == night
    assert body["exceptions"][0]["start"] == "2030-12-24T18:00"
    assert datetime.fromisoformat(body["confirmed_at"]) >= started
    assert body["version"] == 2


async def test_a_confirmation_renews_the_hours_and_the_activity(
    api: Api, somebody: Caller
) -> None:
    async with api.as_caller(somebody) as http:
        first = (await http.post("/v1/workers", json=a_worker())).json()
        answer = await http.post(
            f"/v1/workers/{first['id']}/availability/confirmations"
        )
    later = answer.json()
    for name in ("confirmed_at", "last_active_at"):
        assert later[name] > first[name]
    assert later["weekly"] == first["weekly"]
    assert later["version"] == 2
    events = await api.events()
    assert events[-1]["data"]["confirmed_at"] == later["confirmed_at"]


async def test_an_operators_confirmation_is_not_the_workers_activity(
    api: Api, somebody: Caller
) -> None:
    async with api.as_caller(somebody) as http:
        first = (await http.post("/v1/workers", json=a_worker())).json()
    async with api.as_operator() as http:
        answer = await http.post(
            f"/v1/workers/{first['id']}/availability/confirmations"
        )
    assert answer.json()["confirmed_at"] > first["confirmed_at"]
    assert answer.json()["last_active_at"] == first["last_active_at"]


async def test_a_removed_profile_leaves_nothing_of_the_person(
    api: Api, somebody: Caller
) -> None:
    async with api.as_caller(somebody) as http:
        path = (await http.post("/v1/workers", json=a_worker())).headers["Location"]
        assert (await http.delete(path)).status_code == 204
        assert (await http.get(path)).status_code == 404
        assert (await http.delete(path)).status_code == 404
    (row,) = await api.rows("worker")
    kept = {name for name, value in row.items() if value not in (None, [], False)}
    times = {"registered_at", "updated_at", "removed_at"}
    assert kept == {"id", "version", "zone"} | times
    assert row["zone"] == "UTC"
    removed = (await api.events())[-1]
    assert removed == {
        "type": "WorkerRemoved",
        "entity_id": str(somebody.subject),
        "entity_version": 2,
        "data": {"id": str(somebody.subject), "version": 2},
    }


async def test_whoever_comes_back_goes_on_with_a_greater_version(
    api: Api, somebody: Caller
) -> None:
    async with api.as_caller(somebody) as http:
        path = (await http.post("/v1/workers", json=a_worker())).headers["Location"]
        await http.delete(path)
        answer = await http.post("/v1/workers", json=a_worker(display_name="Back"))
        assert answer.status_code == 201
        assert answer.json()["version"] == 3
        assert (await http.get(path)).json()["display_name"] == "Back"
    registered = datetime.fromisoformat(answer.json()["registered_at"])
    assert now() - registered < timedelta(minutes=1)
    types = [event["type"] for event in await api.events()]
    assert types == ["WorkerRegistered", "WorkerRemoved", "WorkerRegistered"]


async def test_a_section_with_something_stale_does_not_hold_up_other_edits(
    api: Api, somebody: Caller
) -> None:
    async with api.as_caller(somebody) as http:
        path = (await http.post("/v1/workers", json=a_worker())).headers["Location"]
        expired = '[{"certificate": "forklift-licence", "expires_on": "2020-01-01"}]'
        async with api.database.as_system() as session:
            connection = await session.connection()
            await connection.exec_driver_sql(
                f"UPDATE profiles.worker SET certificates = '{expired}'"
            )
        assert (await http.patch(path, json={"phone": None})).status_code == 200
