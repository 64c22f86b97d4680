"""Claims of a replaced skill or certificate become claims of its replacement."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from services.profiles.models import known_concept, worker
from services.profiles.workers.commands import register_workers
from services.profiles.workers.remapping import remap_all, remap_claims
from shared.identity import Caller, Role
from shared.remapping import Remapped, replaced_concepts
from shared.values import new_id
from tests.profiles.builders import a_worker, new_workers
from tests.profiles.conftest import Api


async def registered(api: Api, **changes: Any) -> str:
    async with api.as_operator() as http:
        answer = await http.post("/v1/workers", json=a_worker(**changes))
        assert answer.status_code == 201, answer.text
        id: str = answer.json()["id"]
        return id


async def replace(api: Api, old: str, new: str, kind: str = "skill") -> None:
    concept = (known_concept.c.kind == kind) & (known_concept.c.id == old)
    statement = update(known_concept).where(concept)
    async with api.database.as_system() as session:
        await session.execute(statement.values(retired=True, replaced_by=new))


async def profile(api: Api, id: str) -> dict[str, Any]:
    async with api.as_operator() as http:
        document: dict[str, Any] = (await http.get(f"/v1/workers/{id}")).json()
        return document


async def remap(api: Api, dry_run: bool = False) -> dict[str, Any]:
    async with api.as_operator() as http:
        answer = await http.post("/v1/workers/remap", json={"dry_run": dry_run})
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document


async def test_a_claim_keeps_level_and_years(api: Api) -> None:
    id = await registered(api)
    before = await profile(api, id)
    await replace(api, "forklift-driving", "cooking")
    await remap_all(api.database)
    after = await profile(api, id)
    assert after["skills"] == [{"skill": "cooking", "level": 4, "years": 3.5}]
    assert after["version"] == 2
    ignored = {"skills", "version", "updated_at"}
    assert {k: v for k, v in after.items() if k not in ignored} == {
        k: v for k, v in before.items() if k not in ignored
    }
    last = (await api.events())[-1]
    assert (last["type"], last["entity_id"]) == ("WorkerChanged", id)
    assert (last["entity_version"], last["data"]["version"]) == (2, 2)
    assert last["data"]["skills"] == after["skills"]


async def test_of_two_claims_the_higher_level_stays(api: Api) -> None:
    claims = [
        {"skill": "cooking", "level": 2, "years": 7.0},
        {"skill": "inventory-counting", "level": 1, "years": None},
        {"skill": "forklift-driving", "level": 4, "years": None},
    ]
    id = await registered(api, skills=claims)
    await replace(api, "forklift-driving", "cooking")
    await remap_all(api.database)
    assert (await profile(api, id))["skills"] == [
        {"skill": "cooking", "level": 4, "years": 7.0},
        {"skill": "inventory-counting", "level": 1, "years": None},
    ]


async def test_of_two_certificates_the_longer_valid_one_stays(api: Api) -> None:
    held = [
        {"certificate": "forklift-licence", "expires_on": "2035-05-01"},
        {"certificate": "food-hygiene", "expires_on": "2031-01-01"},
    ]
    dated = await registered(api, certificates=held)
    endless = [held[0] | {"expires_on": None}, held[1]]
    for_good = await registered(api, certificates=endless)
    await replace(api, "forklift-licence", "food-hygiene", "certificate")
    await remap_all(api.database)
    for id, end in ((dated, "2035-05-01"), (for_good, None)):
        certificates = (await profile(api, id))["certificates"]
        assert certificates == [{"certificate": "food-hygiene", "expires_on": end}]


async def test_a_dry_run_counts_and_changes_nothing(api: Api) -> None:
    id = await registered(api)
    await registered(api, skills=[{"skill": "cooking", "level": 1}], certificates=[])
    await replace(api, "forklift-driving", "cooking")
    await replace(api, "forklift-licence", "food-hygiene", "certificate")
    told = await remap(api, dry_run=True)
    assert told == {
        "dry_run": True,
        "rows": 1,
        "concepts": [
            {
                "kind": "certificate",
                "old": "forklift-licence",
                "new": "food-hygiene",
                "rows": 1,
            },
            {"kind": "skill", "old": "forklift-driving", "new": "cooking", "rows": 1},
        ],
        "more": False,
    }
    assert (await profile(api, id))["version"] == 1
    assert await remap(api) == told | {"dry_run": False}
    nothing = {"dry_run": False, "rows": 0, "concepts": [], "more": False}
    assert await remap(api) == nothing
    assert len(await api.events()) == 3


async def test_without_a_usable_replacement_claims_stay(api: Api) -> None:
    id = await registered(api)
    await replace(api, "forklift-driving", "not-heard-of-yet")
    await remap_all(api.database)
    assert (await profile(api, id))["version"] == 1
    await replace(api, "cooking", "inventory-counting")
    await replace(api, "forklift-driving", "cooking")  # retired itself
    await remap_all(api.database)
    assert (await profile(api, id))["version"] == 1


async def test_many_are_re_mapped_a_few_at_a_time_and_once(api: Api) -> None:
    async with api.database.as_system() as session:
        await register_workers(session, new_workers(25))
    await replace(api, "forklift-driving", "cooking")

    async def some() -> Remapped:
        async with api.database.as_system() as session:
            replaced = await replaced_concepts(session, known_concept)
            return await remap_claims(session, replaced, limit=10)

    done = [await some() for _ in range(4)]
    assert [one.rows for one in done] == [10, 10, 5, 0]
    assert [one.more for one in done] == [True, True, False, False]
    versions = [row["version"] for row in await api.rows("worker")]
    assert versions == [2] * 25


async def test_two_that_re_map_at_once_do_it_once(api: Api) -> None:
    async with api.database.as_system() as session:
        await register_workers(session, new_workers(60))
    await replace(api, "forklift-driving", "cooking")
    await asyncio.gather(*(remap_all(api.database) for _ in range(3)))
    await remap_all(api.database)
    assert {row["version"] for row in await api.rows("worker")} == {2}


async def test_a_worker_who_is_editing_is_left_for_the_next_time(api: Api) -> None:
    id = await registered(api)
    await replace(api, "forklift-driving", "cooking")
    async with api.database.as_system() as session:
        locked = select(worker.c.id).where(worker.c.id == UUID(id)).with_for_update()
        await session.execute(locked)
        assert (await remap(api))["rows"] == 0
    assert (await remap(api))["rows"] == 1


async def test_a_retired_skill_is_refused_with_its_replacement(api: Api) -> None:
    await replace(api, "forklift-driving", "cooking")
    async with api.as_operator() as http:
        answer = await http.post("/v1/workers", json=a_worker())
    [fault] = answer.json()["errors"]
    assert (fault["rule"], fault["pointer"]) == ("retired_skill", "/skills/0/skill")
    assert fault["message"].endswith("has retired for cooking")


async def test_only_operators_re_map(api: Api) -> None:
    for role in (Role.WORKER, Role.SERVICE, Role.AUDITOR):
        async with api.as_caller(Caller(new_id(), role)) as http:
            answer = await http.post("/v1/workers/remap", json={})
        assert answer.status_code == 403
