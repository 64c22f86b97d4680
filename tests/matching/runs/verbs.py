"""Asking for the operator's verbs, and runs to do them to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import orjson
from sqlalchemy import select, text

from services.matching.models import audit
from services.matching.runs.claiming import Claim, claim, look
from services.matching.runs.commands import Wanted, enqueue
from services.matching.runs.lanes import Lane
from shared.identity import Caller, Role
from shared.values import new_id
from tests.matching.documents import a_posting
from tests.matching.market import Market
from tests.matching.matches.conftest import OPERATOR, TENANT, Api

AUDITOR = Caller(new_id(), Role.AUDITOR)


async def do(api: Api, run: object, verb: str) -> httpx.Response:
    return await api.post(f"/v1/runs/{run}/{verb}", OPERATOR, None)


async def done(api: Api, run: object, verb: str) -> dict[str, Any]:
    answer = await do(api, run, verb)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def refused(api: Api, run: object, verb: str) -> tuple[int, str]:
    """Status and kind of the problem."""
    answer = await do(api, run, verb)
    return answer.status_code, kind_of(answer)


def kind_of(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rpartition(":")[2]


async def record(api: Api, run: object, caller: Caller = OPERATOR) -> dict[str, Any]:
    answer = await api.get(f"/v1/runs/{run}/record", caller)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def an_open_posting(market: Market, **changes: Any) -> dict[str, Any]:
    """Known, with no run."""
    posting = a_posting(organisation=str(TENANT), **changes)
    await market.knows(posting)
    async with market.database.as_system() as session:
        await session.execute(
            text("DELETE FROM matching.match_run WHERE posting_id = :id"),
            {"id": UUID(posting["id"])},
        )
    return posting


async def a_waiting_run(
    market: Market, posting: dict[str, Any], lane: Lane = "interactive"
) -> UUID:
    async with market.database.as_system() as session:
        want = Wanted(UUID(posting["id"]), TENANT, lane, "test")
        [run] = await enqueue(session, [want])
    return run


async def claimed(market: Market, lane: Lane = "interactive") -> Claim:
    """The run of the lane whose turn it is, held by somebody."""
    async with market.database.as_system() as session:
        queue = await look(session)
        [held] = await claim(session, queue.lanes[lane], 1, "box:1")
    return held


async def a_run_that_is(market: Market, state: str, **changes: Any) -> UUID:
    """A run of an open posting of its own, that has come to this state lawfully."""
    run = await a_waiting_run(market, await an_open_posting(market, **changes))
    await put_into(market, run, state)
    return run


async def put_into(market: Market, run: UUID, state: str) -> None:
    """From waiting, as the queue would."""
    steps = {"queued": [], "cancelled": ["cancelled"], "running": ["running"]}
    for step in steps.get(state, ["running", state]):
        async with market.database.as_system() as session:
            await session.execute(text(STEPS[step]), {"id": run})


STEPS = {
    "running": "UPDATE matching.match_run SET state = 'running', worker = 'box:1',"
    " token = nextval('matching.run_token'), started_at = now(),"
    " lease_until = now() + interval '1 hour', attempts = 1 WHERE id = :id",
    "dead": "UPDATE matching.match_run SET state = 'dead', because = 'failed 3 times',"
    " error = 'ValueError(\"perhaps\")', finished_at = now(), lease_until = NULL"
    " WHERE id = :id",
    "cancelled": "UPDATE matching.match_run SET state = 'cancelled',"
    " because = 'the posting is no longer open', finished_at = now() WHERE id = :id",
}


async def doc_becomes(market: Market, posting: dict[str, Any]) -> None:
    """As the read model has it, without a run for it."""
    async with market.database.as_system() as session:
        await session.execute(
            text(
                "UPDATE matching.posting SET doc = CAST(:doc AS jsonb),"
                " status = :status WHERE id = :id"
            ),
            {
                "id": UUID(posting["id"]),
                "doc": orjson.dumps(posting).decode(),
                "status": posting["status"],
            },
        )


async def noted(market: Market) -> list[tuple[str, UUID | None, Any]]:
    """What is on the audit log: action, subject, detail."""
    entry = audit.entry.c
    query = select(entry.action, entry.subject_id, entry.detail).order_by(entry.id)
    async with market.database.as_system() as session:
        return [tuple(row) for row in await session.execute(query)]
