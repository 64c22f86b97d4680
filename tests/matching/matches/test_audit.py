"""Who declined whom, and what operators asked, is on the audit log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.matching.models import audit
from tests.matching.documents import a_posting, a_worker
from tests.matching.market import Market
from tests.matching.matches.conftest import (
    EMPLOYER,
    OPERATOR,
    TENANT,
    Api,
    worker_caller,
)


@pytest.fixture
async def one(market: Market, api: Api) -> tuple[str, str]:
    """A posting of the employer and a worker who fits it."""
    worker, posting = a_worker(), a_posting(organisation=str(TENANT))
    await market.knows(worker)
    await market.knows(posting)
    await api.in_step(market)
    return posting["id"], worker["id"]


async def entries(market: Market) -> list[Any]:
    async with market.database.as_system() as session:
        query = select(audit.entry).order_by(audit.entry.c.id)
        return list((await session.execute(query)).all())


async def test_declining_somebody_is_a_decision_on_the_log_and_without_its_words(
    market: Market, api: Api, one: tuple[str, str]
) -> None:
    posting, worker = one
    listed = await api.get("/v1/matches", EMPLOYER, params={"posting": posting})
    run = listed.json()["run"]["id"]
    note = {"worker": worker, "kind": "declined", "reason": "smelled of canary"}
    shown = {"worker": worker, "kind": "shown"}
    for _ in range(2):  # noted once, decided once
        body = {"run": run, "notes": [shown, note]}
        assert (await api.post("/v1/matches/feedback", EMPLOYER, body)).is_success
    [entry] = await entries(market)
    assert (entry.action, entry.actor) == ("match.decline", EMPLOYER.subject)
    assert (entry.subject_kind, entry.subject_id) == ("worker", UUID(worker))
    assert entry.tenant == TENANT
    assert entry.detail == {"run": run, "posting": posting}


async def test_only_an_operator_s_look_at_a_list_is_somebody_else_s(
    market: Market, api: Api, one: tuple[str, str]
) -> None:
    posting, worker = one
    of_posting, of_worker = {"posting": posting}, {"worker": worker}
    for caller, query in (
        (EMPLOYER, of_posting),
        (worker_caller(worker), of_worker),
        (OPERATOR, of_posting),
        (OPERATOR, of_worker),
    ):
        answer = await api.get("/v1/matches", caller, params=query)
        assert answer.is_success, answer.text
    found = await entries(market)
    assert [(entry.action, str(entry.subject_id)) for entry in found] == [
        ("match.read", posting),
        ("match.read", worker),
    ]
    assert {entry.actor for entry in found} == {OPERATOR.subject}


async def test_an_operator_who_searches_or_has_a_posting_ranked_is_on_it(
    market: Market, api: Api, one: tuple[str, str]
) -> None:
    posting, _ = one
    search = {"market": "temporary", "remote": True, "k": 1}
    assert (await api.post("/v1/matches/search", EMPLOYER, search)).is_success
    assert (await api.post("/v1/matches/search", OPERATOR, search)).is_success
    for caller in (EMPLOYER, OPERATOR):
        body = {"posting": posting}
        assert (await api.post("/v1/runs", caller, body)).is_success
    found = await entries(market)
    assert [entry.action for entry in found] == ["match.search", "run.request"]
    assert str(found[1].subject_id) == posting
