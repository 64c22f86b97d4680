"""POST /v1/matches/feedback: what came of a list, against its run."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from services.matching.models import match_feedback
from shared.values import new_id
from tests.matching.documents import a_posting, a_worker
from tests.matching.market import Market
from tests.matching.matches.conftest import EMPLOYER, OPERATOR, RIVAL, TENANT, Api

PATH = "/v1/matches/feedback"


@pytest.fixture
async def listed(market: Market, api: Api) -> tuple[str, list[str]]:
    """A run of the employer's posting, and the three workers on its list."""
    workers = [a_worker(), a_worker(), a_worker(pay_floors=[])]
    await market.knows(*workers)
    posting = a_posting(organisation=str(TENANT))
    await market.knows(posting)
    await api.in_step(market)
    answer = await api.get("/v1/matches", EMPLOYER, params={"posting": posting["id"]})
    return answer.json()["run"]["id"], [worker["id"] for worker in workers]


def notes(run: str, *noted: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {
        "run": run,
        "notes": [{"worker": worker, "kind": kind, **more} for worker, kind in noted],
    }


async def test_shown_opened_and_declined_are_kept_once_per_caller(
    market: Market, api: Api, listed: tuple[str, list[str]]
) -> None:
    run, (one, other, asked) = listed
    body = notes(run, (one, "shown"), (other, "shown"), (asked, "opened"))
    assert (await api.post(PATH, EMPLOYER, body)).json() == {"noted": 3, "known": 0}
    assert (await api.post(PATH, EMPLOYER, body)).json() == {"noted": 0, "known": 3}
    assert (await api.post(PATH, OPERATOR, body)).json() == {"noted": 3, "known": 0}
    declined = notes(run, (one, "declined"), reason="too far")
    assert (await api.post(PATH, EMPLOYER, declined)).json()["noted"] == 1
    async with market.database.as_system() as session:
        query = select(match_feedback).where(match_feedback.c.kind == "declined")
        [row] = await session.execute(query)
    assert (str(row.run_id), str(row.worker_id), row.reason) == (run, one, "too far")
    assert (row.tenant, row.caller) == (TENANT, EMPLOYER.subject)


async def test_only_workers_of_the_list_can_be_noted(
    market: Market, api: Api, listed: tuple[str, list[str]]
) -> None:
    run, (one, *_) = listed
    body = notes(run, (one, "shown"), (str(new_id()), "shown"))
    answer = await api.post(PATH, EMPLOYER, body)
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["pointer"], error["rule"]) == ("/notes/1/worker", "not_listed")
    async with market.database.as_system() as session:
        assert (await session.execute(select(match_feedback.c.id))).all() == []


async def test_another_organisations_run_is_not_there(
    api: Api, listed: tuple[str, list[str]]
) -> None:
    run, (one, *_) = listed
    answer = await api.post(PATH, RIVAL, notes(run, (one, "shown")))
    assert answer.status_code == 404


async def test_a_run_without_a_list_takes_no_notes(market: Market, api: Api) -> None:
    await market.knows(a_posting(organisation=str(TENANT)))
    [run] = await market.runs()
    body = notes(str(run["id"]), (str(new_id()), "shown"))
    assert (await api.post(PATH, EMPLOYER, body)).status_code == 409


async def test_a_reason_goes_with_declined_and_only_with_it(
    api: Api, listed: tuple[str, list[str]]
) -> None:
    run, (one, other, _) = listed
    twice = notes(run, (one, "shown"), (one, "shown"))
    body = notes(run, (one, "declined"), (other, "hired"))
    body["notes"].append({"worker": one, "kind": "shown", "reason": "x"})
    answer = await api.post(PATH, EMPLOYER, body)
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {
        "/notes/0",
        "/notes/1/kind",
        "/notes/2",
    }
    assert (await api.post(PATH, EMPLOYER, twice)).status_code == 422
    many = notes(run, *[(str(new_id()), "shown") for _ in range(201)])
    assert (await api.post(PATH, EMPLOYER, many)).status_code == 422
