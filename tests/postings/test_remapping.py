"""Postings that name a replaced concept come to name its replacement."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from services.postings.models import known_concept
from services.postings.postings.remapping import remap_all, remap_postings
from shared.remapping import Remapped, replaced_concepts
from tests.postings.builders import a_skill
from tests.postings.conftest import OPERATOR, SERVICE, WORKER, Api


async def replace(api: Api, old: str, new: str, kind: str = "skill") -> None:
    concept = (known_concept.c.kind == kind) & (known_concept.c.id == old)
    statement = update(known_concept).where(concept)
    async with api.database.as_system() as session:
        await session.execute(statement.values(retired=True, replaced_by=new))


async def read(api: Api, id: str) -> dict[str, Any]:
    document: dict[str, Any] = (await api.call("GET", f"/postings/{id}")).json()
    return document


async def remap(api: Api, dry_run: bool = False) -> dict[str, Any]:
    body = {"dry_run": dry_run}
    answer = await api.call("POST", "/postings/remap", body, by=OPERATOR)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_every_concept_of_a_posting_is_brought_up_to_date(
    lone_api: Api,
) -> None:
    api = lone_api
    before = await api.created(publish=True)
    await replace(api, "forklift-driving", "cooking")
    await replace(api, "inventory-counting", "order-picking")
    await replace(api, "forklift-driver", "cook", "occupation")
    await replace(api, "forklift-licence", "food-hygiene", "certificate")
    await remap_all(api.database)
    after = await read(api, before["id"])
    assert after["required_skills"] == [{"skill": "cooking", "level": 3, "weight": 1.0}]
    assert after["preferred_skills"] == [
        {"skill": "order-picking", "level": 1, "weight": 0.5}
    ]
    assert (after["occupation"], after["certificates"]) == ("cook", ["food-hygiene"])
    assert (after["version"], after["status"]) == (2, "open")
    assert after["shifts"] == before["shifts"]
    assert await api.types(before["id"]) == ["PostingOpened", "PostingEdited"]
    event = (await api.events(before["id"]))[-1]
    assert event["data"]["required_skills"] == after["required_skills"]


async def test_what_both_lists_come_to_name_is_required_at_the_higher_level(
    lone_api: Api,
) -> None:
    api = lone_api
    made = await api.created(
        required_skills=[a_skill("cooking", level=1, weight=2.0), a_skill(level=3)],
        preferred_skills=[a_skill("order-picking", level=5)],
    )
    await replace(api, "forklift-driving", "cooking")
    await replace(api, "order-picking", "cooking")
    await remap_all(api.database)
    after = await read(api, made["id"])
    assert after["required_skills"] == [{"skill": "cooking", "level": 3, "weight": 2.0}]
    assert after["preferred_skills"] == []


async def test_a_dry_run_counts_what_is_not_over(lone_api: Api) -> None:
    api = lone_api
    for changes in ({"publish": True}, {}, {"hold": "look at it"}):
        await api.created(**changes)
    over = await api.created(publish=True)
    await api.step(over["id"], "close")
    await replace(api, "forklift-driving", "cooking")
    told = await remap(api, dry_run=True)
    entry = {"kind": "skill", "old": "forklift-driving", "new": "cooking", "rows": 3}
    assert told == {"dry_run": True, "rows": 3, "concepts": [entry], "more": False}
    assert await remap(api) == told | {"dry_run": False}
    assert (await remap(api))["rows"] == 0
    ended = await read(api, over["id"])
    assert (ended["version"], ended["required_skills"][0]["skill"]) == (
        2,
        "forklift-driving",
    )


async def test_many_are_re_mapped_a_few_at_a_time(lone_api: Api) -> None:
    api = lone_api
    for _ in range(5):
        await api.created()
    await replace(api, "forklift-driving", "cooking")

    async def some() -> Remapped:
        async with api.database.as_system() as session:
            replaced = await replaced_concepts(session, known_concept)
            return await remap_postings(session, replaced, limit=2)

    done = [await some() for _ in range(4)]
    assert [(one.rows, one.more) for one in done] == [
        (2, True),
        (2, True),
        (1, False),
        (0, False),
    ]


@pytest.mark.parametrize("caller", [WORKER, SERVICE])
async def test_only_operators_re_map(api: Api, caller: Any) -> None:
    answer = await api.call("POST", "/postings/remap", {}, by=caller)
    assert answer.status_code == 403
    assert (await api.call("POST", "/postings/remap", {})).status_code == 403
