"""POST /v1/matches/batch: a line for each posting, made as it is sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, MutableMapping
from typing import Any
from uuid import UUID

import pytest

from services.matching.engine.pipeline import rank_workers
from services.matching.matches import batch
from services.matching.matches.batch import READ_AT_ONCE, batch_lines
from services.matching.matches.commands import Desk
from services.matching.matches.search import MOST_POSTINGS
from shared.values import new_id
from tests.matching.documents import a_posting, a_worker
from tests.matching.market import Market
from tests.matching.matches.conftest import EMPLOYER, OPERATOR, TENANT, Api

PATH = "/v1/matches/batch"
Document = dict[str, Any]


def own_posting(**changes: Any) -> Document:
    return a_posting(organisation=str(TENANT), **changes)


async def lines(api: Api, postings: list[str], **more: Any) -> list[Document]:
    caller = more.pop("caller", EMPLOYER)
    answer = await api.post(PATH, caller, {"postings": postings, **more})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_each_posting_has_its_list_in_the_order_asked(
    market: Market, api: Api
) -> None:
    await market.knows(*(a_worker() for _ in range(7)), a_worker(pay_floors=[]))
    postings = [own_posting(), own_posting(certificates=["first-aid-at-work"])]
    await market.knows(*postings)
    await api.in_step(market)
    ids = [posting["id"] for posting in reversed(postings)]
    nobody, some = await lines(api, ids, k=6)
    assert [nobody["posting"], some["posting"]] == ids
    assert (nobody["problem"], some["problem"]) == (None, None)
    assert nobody["ranked"]["matches"] == []
    alone = await api.get("/v1/matches", EMPLOYER, params={"posting": ids[1], "k": 6})
    for name in ("posting", "matches", "funnel", "possible", "applied_weights"):
        if name == "matches":
            told = [match["worker"] for match in some["ranked"][name]]
            assert told == [match["worker"] for match in alone.json()[name]]
            assert len(told) == 6
        else:
            assert some["ranked"][name] == alone.json()[name]
    assert some["ranked"]["run"]["id"] is None


async def test_what_an_organisation_may_not_see_is_cut_from_every_line(
    market: Market, api: Api
) -> None:
    await market.knows(a_worker())
    posting = own_posting()
    await market.knows(posting)
    await api.in_step(market)
    [cut] = await lines(api, [posting["id"]])
    [whole] = await lines(api, [posting["id"]], caller=OPERATOR)
    assert cut["ranked"]["funnel"][-1]["left"] == "<5"
    assert whole["ranked"]["funnel"][-1]["left"] == 1
    evidence = [line["ranked"]["matches"][0]["parts"][3] for line in (cut, whole)]
    assert "floor_per_hour" not in evidence[0]["evidence"]
    assert "floor_per_hour" in evidence[1]["evidence"]


async def test_a_posting_without_a_list_has_its_problem_on_its_line(
    market: Market, api: Api
) -> None:
    closed, others, mine = own_posting(status="closed"), a_posting(), own_posting()
    await market.knows(closed, others, mine)
    await api.in_step(market)
    ids = [closed["id"], str(new_id()), others["id"], mine["id"]]
    found = await lines(api, ids)
    assert [line["posting"] for line in found] == ids
    kinds = [line["problem"] and line["problem"]["type"] for line in found]
    assert [kind and kind.rpartition(":")[2] for kind in kinds] == [
        "posting-not-open",
        "posting-not-found",
        "posting-not-found",
        None,
    ]
    assert [line["ranked"] is None for line in found] == [True, True, True, False]


async def test_nothing_is_kept(market: Market, api: Api) -> None:
    posting = own_posting()
    await market.knows(posting)
    await api.in_step(market)
    before = await market.runs()
    await lines(api, [posting["id"]])
    assert await market.runs() == before


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"postings": []}, "/postings"),
        ({"postings": [str(new_id())] * 2}, "/postings"),
        ({"postings": [str(new_id()) for _ in range(MOST_POSTINGS + 1)]}, "/postings"),
        ({"postings": ["x"]}, "/postings/0"),
        ({"postings": [str(new_id())], "k": 1_001}, "/k"),
    ],
)
async def test_a_body_that_breaks_a_rule_is_refused_whole(
    api: Api, body: Document, pointer: str
) -> None:
    answer = await api.post(PATH, EMPLOYER, body)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


async def test_more_postings_than_are_read_at_once_keep_their_order(api: Api) -> None:
    ids = [str(new_id()) for _ in range(2 * READ_AT_ONCE + 1)]
    assert [line["posting"] for line in await lines(api, ids)] == ids


async def test_lines_are_made_as_they_are_taken(
    market: Market, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is ranked ahead, so a client that has gone costs one line at most."""
    postings = [own_posting() for _ in range(5)]
    await market.knows(*postings)
    await api.in_step(market)
    ranked: list[Any] = []

    def noted(*arguments: Any) -> Any:
        ranked.append(arguments[1].id)
        return rank_workers(*arguments)

    monkeypatch.setattr(batch, "rank_workers", noted)
    desk = Desk(api.app.state.database, api.replica)
    ids = [UUID(posting["id"]) for posting in postings]
    asked = batch_lines(desk, asyncio.Lock(), EMPLOYER, ids, 5)
    await anext(asked)
    await anext(asked)
    await asyncio.sleep(0.05)
    assert len(ranked) == 2
    await asked.aclose()
    assert len(ranked) == 2


async def test_a_batch_whose_client_goes_away_ends_and_lets_others_go_on(
    market: Market, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    postings = [own_posting() for _ in range(40)]
    await market.knows(*postings)
    await api.in_step(market)
    written: list[int] = []
    write = batch._written

    def noted(*line: Any, **parts: Any) -> bytes:
        written.append(1)
        return write(*line, **parts)

    monkeypatch.setattr(batch, "_written", noted)
    ids = [posting["id"] for posting in postings]
    gone = asyncio.Event()

    async def receive() -> AsyncIterator[Document]:
        yield {"type": "http.request", "body": json.dumps({"postings": ids}).encode()}
        await gone.wait()
        yield {"type": "http.disconnect"}

    events, sent = receive(), list[Document]()

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(dict(message))
        if sum("body" in each for each in sent) == 3:
            gone.set()
        await asyncio.sleep(0)

    headers = api._as(EMPLOYER, {})["headers"] | {"Content-Type": "application/json"}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": PATH,
        "raw_path": PATH.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("matching", 80),
    }
    await asyncio.wait_for(api.app(scope, events.__anext__, send), 20)
    assert 3 <= len(written) < len(ids)
    assert not api.app.state.batch_turn.locked()
    assert len(await lines(api, ids[:2])) == 2


async def test_other_requests_are_answered_between_the_lines(
    market: Market, api: Api
) -> None:
    postings = [own_posting() for _ in range(200)]
    await market.knows(*(a_worker() for _ in range(40)))
    await market.knows(*postings)
    await api.in_step(market)
    ids = [posting["id"] for posting in postings]
    ends: list[str] = []

    async def whole_batch() -> None:
        await lines(api, ids)
        ends.append("batch")

    async def others() -> None:
        for id in ids[:3]:
            answer = await api.get("/v1/matches", EMPLOYER, params={"posting": id})
            assert answer.is_success
        ends.append("others")

    await asyncio.gather(whole_batch(), whole_batch(), others())
    assert ends[0] == "others"
