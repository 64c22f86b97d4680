"""GET /v1/runs: what a filter means, held against the same said in plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from sqlalchemy import insert

from services.matching.models import match_run
from services.matching.runs.finding import page_of_runs
from services.matching.runs.verb_schemas import RunFilter
from tests.matching.market import Market
from tests.matching.matches.conftest import EMPLOYER, OPERATOR, Api, api
from tests.matching.runs.verbs import AUDITOR, put_into

__all__ = ["api"]

BEGAN = datetime(2026, 11, 1, 9, tzinfo=UTC)
TENANTS = [UUID(int=number) for number in (1, 2)]
FIELDS = {"organisation": "tenant", "posting": "posting_id"}
ERRORS = (None, "TimeoutError('100 % of 5_s')", "ValueError: Étage")


async def some_runs(market: Market, chance: Random, count: int) -> list[dict[str, Any]]:
    """Written as they are: of several organisations, lanes, reasons and times."""
    rows: list[dict[str, Any]] = []
    for number in range(count):
        queued_at = BEGAN + timedelta(minutes=number)
        rows.append(
            {
                "id": UUID(
                    int=(int(queued_at.timestamp() * 1_000) << 80)
                    | 0x7 << 76
                    | 0x8 << 60
                    | number
                ),
                "posting_id": UUID(int=100 + number),
                "tenant": chance.choice(TENANTS),
                "state": "queued",
                "lane": chance.choice(("interactive", "refresh", "bulk")),
                "reason": chance.choice(("requested", "posting opened")),
                "because": chance.choice((None, "failed", "its worker was lost")),
                "error": chance.choice(ERRORS),
                "worker": chance.choice((None, "box:1", "box:2")),
                "origin": chance.choice((None, UUID(int=100))),
                "queued_at": queued_at,
            }
        )
    async with market.database.as_system() as session:
        await session.execute(insert(match_run), rows)
    for row in rows:
        if chance.random() < 0.5:
            await put_into(market, row["id"], "cancelled")
    return [dict(row) for row in await market.runs()]


def is_meant(run: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """The filter in plain words."""
    for name, value in wanted.items():
        if name == "queued_from":
            fits = run["queued_at"] >= value
        elif name == "queued_until":
            fits = run["queued_at"] < value
        elif name == "error":
            fits = value.lower() in (run["error"] or "").lower()
        else:
            fits = run[FIELDS.get(name, name)] == value
        if not fits:
            return False
    return True


def a_filter(chance: Random) -> dict[str, Any]:
    whole = {
        "state": chance.choice(("queued", "cancelled", "dead")),
        "lane": chance.choice(("interactive", "refresh", "bulk")),
        "organisation": chance.choice(TENANTS),
        "posting": UUID(int=100 + chance.randrange(40)),
        "worker": chance.choice(("box:1", "box:3")),
        "because": chance.choice(("failed", "fail", "the posting is no longer open")),
        "reason": "requested",
        "origin": UUID(int=100),
        "queued_from": BEGAN + timedelta(minutes=chance.randrange(40)),
        "queued_until": BEGAN + timedelta(minutes=chance.randrange(60)),
        "error": chance.choice(("timeout", "0 %", "5_s", "500s", "ÉTAGE", "%%%")),
    }
    names = chance.sample(sorted(whole), chance.choice((0, 1, 1, 2, 2, 3)))
    return {name: whole[name] for name in names}


async def test_a_filter_names_what_the_plain_words_name(market: Market) -> None:
    chance = Random(11)
    runs = await some_runs(market, chance, 40)
    named = 0
    for _ in range(400):
        wanted = a_filter(chance)
        expected = [
            run["id"]
            for run in sorted(runs, key=lambda run: run["id"], reverse=True)
            if is_meant(run, wanted)
        ]
        async with market.database.as_system() as session:
            found = await page_of_runs(session, RunFilter(**wanted), None, 100)
        assert [row["id"] for row in found] == expected, wanted
        named += len(expected)
    assert named > 1_000


async def test_pages_go_through_all_runs_once_newest_first(
    market: Market, api: Api
) -> None:
    runs = await some_runs(market, Random(3), 25)
    expected = [
        str(run["id"])
        for run in sorted(runs, key=lambda run: run["id"], reverse=True)
        if run["lane"] == "bulk"
    ]
    assert len(expected) > 4
    seen, query = [], {"lane": "bulk", "limit": "2"}
    while True:
        answer = await api.get("/v1/runs", AUDITOR, params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        seen += [run["id"] for run in page["items"]]
        if page["next"] is None:
            assert "Link" not in answer.headers
            break
        target = answer.headers["Link"].split(">")[0].lstrip("<")
        query = {name: one for name, [one] in parse_qs(urlsplit(target).query).items()}
        assert (query["cursor"], query["lane"]) == (page["next"], "bulk")
    assert seen == expected


async def test_a_bad_filter_is_named_and_organisations_are_refused(
    market: Market, api: Api
) -> None:
    bad = {"state": "asleep", "error": "ab", "queued_from": "yesterday", "colour": "x"}
    answer = await api.get("/v1/runs", OPERATOR, params=bad)
    assert answer.status_code == 422
    named = {fault["parameter"] for fault in answer.json()["errors"]}
    assert named == set(bad)
    answer = await api.get("/v1/runs", OPERATOR, params={"cursor": "x"})
    assert [fault["rule"] for fault in answer.json()["errors"]] == ["cursor"]
    assert (await api.get("/v1/runs", EMPLOYER)).status_code == 403
