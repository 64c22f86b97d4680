"""Phrases nobody understood, from the request to the operator's list."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from services.matching.phrases import recording
from services.matching.phrases.loops import forget
from shared.identity import Role
from shared.paging import encode_cursor
from shared.values import new_id
from tests.databases import execute
from tests.matching.phrases.conftest import BINDINGS, PHRASES, Process


async def test_a_phrase_is_shown_once_two_callers_typed_it(process: Process) -> None:
    await process.typed("Flange Wrangling", language="en")
    await process.flush()
    assert await process.listed() == []
    [held] = await process.rows("phrase")
    assert (held["folded"], held["example"], held["count"]) == (None, None, 1)

    await process.typed("flange wrangling", "flange wrangling")
    await process.flush()
    [shown] = await process.listed()
    assert shown["folded"] == shown["example"] == "flange wrangling"
    assert (shown["count"], shown["callers"], shown["state"]) == (3, 2, "open")
    assert (shown["kind"], shown["language"]) == ("skill", "en")


async def test_operators_together_are_one_caller(process: Process) -> None:
    for _ in range(3):
        await process.typed("flange wrangling", role=Role.OPERATOR)
    await process.flush()
    assert await process.listed() == []


async def test_what_is_understood_is_not_counted(process: Process) -> None:
    await process.typed_by_two("forklift driving", "叉车")
    assert await process.rows("phrase") == []


async def test_what_looks_personal_leaves_nothing_behind(process: Process) -> None:
    personal = ["ring 020 7946 0000", "amara@example.org", "q" * 90, "🙂", "%%%"]
    await process.typed_by_two(*personal)
    assert await process.rows("phrase") == []


async def test_processes_count_together(process: Process, another: Process) -> None:
    for one in (process, another, process):
        await one.typed("flange wrangling")
    await process.flush()
    await another.flush()
    [shown] = await process.listed()
    assert (shown["count"], shown["callers"]) == (3, 3)


async def test_no_more_callers_are_told_apart_than_are_needed(
    process: Process,
) -> None:
    for _ in range(24):
        await process.typed("flange wrangling")
    await process.flush()
    await process.typed_by_two("flange wrangling")
    [shown] = await process.listed()
    assert (shown["count"], shown["callers"]) == (26, 20)


async def test_an_outage_loses_no_count(process: Process) -> None:
    await process.typed("flange wrangling")
    rename = "ALTER TABLE matching.{} RENAME TO {}"
    execute(process.settings.database_url, rename.format("phrase", "away"))
    with pytest.raises(Exception, match="phrase"):
        await process.flush()
    execute(process.settings.database_url, rename.format("away", "phrase"))
    await process.flush()
    [held] = await process.rows("phrase")
    assert held["count"] == 1


async def test_the_list_is_ordered_filtered_and_paged(process: Process) -> None:
    for times, phrase in enumerate(("flange wrangling", "grommet lore", "zorbing"), 1):
        for _ in range(times):
            await process.typed_by_two(phrase)
    await process.typed_by_two("grand vizier of flanges", kind="occupation")
    most = await process.listed(kind="skill")
    assert [item["folded"] for item in most] == [
        "zorbing",
        "grommet lore",
        "flange wrangling",
    ]
    [occupation] = await process.listed(kind="occupation")
    assert occupation["folded"] == "grand vizier of flanges"
    latest = await process.listed(order="recent")
    assert latest[0] == occupation
    for order in ("count", "recent"):
        query = {"order": order, "limit": 1}
        read = []
        while True:
            page = (await process.call("GET", PHRASES, params=query)).json()
            read += page["items"]
            if page["next"] is None:
                break
            query["cursor"] = page["next"]
        assert read == await process.listed(order=order)
        assert len(read) == 4


async def test_a_dismissed_phrase_is_out_of_the_way_and_goes_on_being_counted(
    process: Process,
) -> None:
    await process.typed_by_two("flange wrangling")
    [shown] = await process.listed()
    path = f"{PHRASES}/{shown['id']}/dismiss"
    for _ in range(2):
        answer = await process.call("POST", path)
        assert (answer.status_code, answer.json()["state"]) == (200, "dismissed")
    assert await process.listed() == []
    await process.typed_by_two("flange wrangling")
    [dismissed] = await process.listed(state="dismissed")
    assert dismissed["count"] == 4
    [trace] = await process.rows("phrase_audit")
    assert (trace["action"], str(trace["subject"])) == ("dismissed", shown["id"])
    assert (trace["before"], trace["after"]) == (
        {"state": "open"},
        {"state": "dismissed"},
    )


async def test_a_phrase_whose_text_is_withheld_cannot_be_dismissed(
    process: Process,
) -> None:
    await process.typed("flange wrangling")
    await process.flush()
    [held] = await process.rows("phrase")
    answer = await process.call("POST", f"{PHRASES}/{held['id']}/dismiss")
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:rollcall:problem:phrase-not-found"


async def test_what_is_not_typed_any_more_is_forgotten(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    await process.typed_by_two("flange wrangling", "grommet lore")
    await process.typed("seen once", "seen once lately")
    await process.flush()
    ages = {"flange wrangling": 181, "grommet lore": 179}
    async with process.database.as_system() as session:
        for folded, days in ages.items():
            await session.execute(
                text(
                    "UPDATE matching.phrase SET last_seen = now() - :days * interval"
                    " '1 day' WHERE folded = :folded"
                ),
                {"days": days, "folded": folded},
            )
        await session.execute(
            text(
                "UPDATE matching.phrase SET last_seen = now() - interval '31 days'"
                " WHERE id = (SELECT id FROM matching.phrase"
                " WHERE folded IS NULL LIMIT 1)"
            )
        )
    await forget(process.database)
    left = await process.rows("phrase")
    assert sorted(row["folded"] or "" for row in left) == ["", "grommet lore"]
    monkeypatch.setattr(recording, "MOST_WITHHELD", 0)
    await forget(process.database)
    [row] = await process.rows("phrase")
    assert row["folded"] == "grommet lore"


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OPERATOR}))
async def test_phrases_are_for_operators_only(process: Process, role: Role) -> None:
    some_id = "01939f5e-0000-7000-8000-000000000001"
    for method, path in (
        ("GET", PHRASES),
        ("GET", BINDINGS),
        ("POST", BINDINGS),
        ("DELETE", f"{BINDINGS}/{some_id}"),
        ("POST", f"{PHRASES}/{some_id}/dismiss"),
    ):
        answer = await process.call(method, path, role)
        assert answer.status_code == 403, (method, path)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (PHRASES, {"cursor": encode_cursor(2**63, new_id())}),
        (PHRASES, {"cursor": encode_cursor("many", new_id())}),
        (PHRASES, {"cursor": encode_cursor(1, "x")}),
        (PHRASES, {"cursor": encode_cursor("2026-11-24", new_id()), "order": "recent"}),
        (BINDINGS, {"cursor": encode_cursor("skill", "a\0b")}),
        (BINDINGS, {"cursor": encode_cursor("skill", 7)}),
        ("/v1/skills/changes", {"cursor": encode_cursor(10**18 * 10)}),
    ],
)
async def test_a_cursor_that_is_none_of_ours_is_refused(
    process: Process, path: str, query: dict[str, str]
) -> None:
    answer = await process.call("GET", path, params=query)
    assert answer.status_code == 422
    assert [fault["rule"] for fault in answer.json()["errors"]] == ["cursor"]


async def test_a_version_of_nonsense_is_refused_or_unknown(process: Process) -> None:
    for since, status in (("a" * 65, 422), ("a\0b", 422), ("'; --", 422), ("ab", 404)):
        query = {"since": since}
        answer = await process.call("GET", "/v1/skills/changes", params=query)
        assert answer.status_code == status
