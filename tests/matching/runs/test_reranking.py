"""A replay gives the stored list; a rerun shows what has changed since."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import text

from shared.values import new_id
from tests.matching.documents import a_worker
from tests.matching.market import Market
from tests.matching.matches.conftest import OPERATOR, Api, api
from tests.matching.runs.verbs import (
    AUDITOR,
    a_waiting_run,
    an_open_posting,
    doc_becomes,
    done,
    noted,
    refused,
)

__all__ = ["api"]


async def a_list(market: Market, api: Api) -> tuple[dict[str, Any], UUID]:
    """A posting, and its done run."""
    posting = await an_open_posting(market)
    run = await a_waiting_run(market, posting)
    if not market.running:
        market.start("index", "claims")
    await market.ended(len(await market.runs(state="done")) + 1)
    await api.in_step(market)
    return posting, run


async def test_a_replay_gives_exactly_the_stored_list_or_tells_who_differs(
    market: Market, api: Api
) -> None:
    good, other = (
        a_worker(),
        a_worker(skills=[{"skill": "reach-truck-driving", "level": 3, "years": 1}]),
    )
    await market.knows(good, other)
    _, run = await a_list(market, api)
    answer = await done(api, run, "replay")
    assert (answer["same"], answer["workers"]) == (True, [])
    assert answer["engine"]["then"] == answer["engine"]["now"]
    async with market.database.as_system() as session:
        await session.execute(
            text(
                "UPDATE matching.match_run SET"
                " matches = jsonb_set(matches, '{0,score}', '0.123')"
            )
        )
    answer = await done(api, run, "replay")
    assert not answer["same"]
    [worker] = answer["workers"]
    assert (worker["change"], worker["score"]["then"]) == ("scored", 0.123)
    assert await noted(market) == [
        ("run.replay", run, {"same": True}),
        ("run.replay", run, {"same": False}),
    ]


async def test_a_rerun_shows_what_a_changed_index_makes_of_it(
    market: Market, api: Api
) -> None:
    first, leaving = a_worker(), a_worker()
    await market.knows(first, leaving)
    _, run = await a_list(market, api)
    coming = a_worker()
    await market.knows(coming)
    gone = leaving | {"version": 2, "active": False}
    await market.knows(gone)
    await api.in_step(market)

    told = await done(api, run, "rerun")
    assert (told["origin"], told["same"]) == (str(run), False)
    changes = {each["worker"]: each["change"] for each in told["workers"]}
    assert changes[coming["id"]] == "came"
    assert changes[leaving["id"]] == "went"
    assert first["id"] in changes
    [eligible] = [step["left"] for step in told["funnel"][-1:]]
    assert eligible == {"then": 2, "now": 2}
    index = told["versions"]["index"]
    assert index["then"] < index["now"]
    [made] = await market.runs(id=UUID(told["run"]))
    assert (made["state"], made["origin"], made["reason"]) == (
        "done",
        run,
        "ranked anew",
    )
    path = f"/v1/runs/{told['run']}/difference"
    assert (await api.get(path, AUDITOR)).json() == told
    assert await refused(api, new_id(), "rerun") == (404, "run-not-found")
    # the run itself ranks nothing anew
    answer = await api.get(f"/v1/runs/{run}/difference", OPERATOR)
    assert answer.json()["type"].endswith("run-without-origin")
    assert [action for action, *_ in await noted(market)] == [
        "run.rerun",
        "run.read_difference",
    ]


async def test_only_an_open_posting_is_ranked_anew(market: Market, api: Api) -> None:
    posting, run = await a_list(market, api)
    await doc_becomes(market, posting | {"status": "closed"})
    assert await refused(api, run, "rerun") == (409, "posting-not-open")
    # what it kept can be replayed whatever has become of the posting
    assert (await done(api, run, "replay"))["same"]
