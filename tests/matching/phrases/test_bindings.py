"""An operator says what a phrase means, and every process understands it."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.matching.phrases.loops import follow_bindings
from services.matching.phrases.queries import newest_bound
from services.matching.skills.bound import NOTHING_BOUND, Bound, understand
from services.matching.skills.taxonomy import Taxonomy, load_taxonomy
from shared.identity import Role
from tests.matching.market import until
from tests.matching.phrases.conftest import BINDINGS, PHRASES, Process


def fault_of(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422
    return [(fault["pointer"], fault["rule"]) for fault in answer.json()["errors"]]


async def test_a_bound_phrase_is_understood_in_every_process(
    process: Process, another: Process
) -> None:
    answer = await process.bound("Flange  Wrangling", "welding")
    assert answer.status_code == 201
    assert answer.json()["folded"] == "flange wrangling"
    for one in (process, another):
        await one.refresh()
        [result] = await one.typed("FLANGE WRANGLING!")
        assert result["concept"]["id"] == "welding"
        assert (result["method"], result["confidence"]) == ("bound", 1.0)
        assert result["suggestions"] == []
        [result] = await one.typed("flange wrangling", kind="occupation")
        assert result["concept"] is None


async def test_a_binding_is_live_a_second_later(
    process: Process, another: Process
) -> None:
    stop = asyncio.Event()
    following = asyncio.create_task(
        follow_bindings(another.database, another.understanding, stop)
    )
    await process.bound("flange wrangling", "welding")

    async def understood() -> bool:
        [result] = await another.typed("flange wrangling")
        return result["concept"] is not None

    await until(understood)
    stop.set()
    await following


async def test_a_binding_counts_before_what_is_less_sure(process: Process) -> None:
    title = "flange crew driver"
    bound = Bound(1, {("occupation", title): load_taxonomy().occupations["welder"]})
    assert understand(title, "occupation", bound=bound).method == "bound"
    assert understand("welder", "occupation", bound=bound).method == "name"
    assert understand("x" * 501, "occupation", bound=bound).method == "unknown"


async def test_a_binding_is_taken_back(process: Process) -> None:
    await process.typed_by_two("flange wrangling")
    binding = (await process.bound("flange wrangling", "welding")).json()
    await process.refresh()
    [phrase] = await process.listed(state="bound")
    assert phrase["folded"] == "flange wrangling"
    dismissal = await process.call("POST", f"{PHRASES}/{phrase['id']}/dismiss")
    assert dismissal.json()["type"] == "urn:rollcall:problem:phrase-is-bound"

    answer = await process.call("DELETE", f"{BINDINGS}/{binding['id']}")
    assert answer.status_code == 204
    await process.refresh()
    [result] = await process.typed("flange wrangling")
    assert result["concept"] is None
    assert [item["id"] for item in await process.listed()] == [phrase["id"]]
    again = await process.call("DELETE", f"{BINDINGS}/{binding['id']}")
    assert again.status_code == 404


async def test_a_phrase_bound_before_enough_callers_typed_it_is_not_open(
    process: Process,
) -> None:
    await process.bound("flange wrangling", "welding")
    await process.typed_by_two("flange wrangling")  # this process is a second behind
    assert await process.listed() == []
    [phrase] = await process.listed(state="bound")
    assert phrase["count"] == 2


async def test_binding_again_changes_nothing_or_is_refused(process: Process) -> None:
    first = await process.bound("flange wrangling", "welding")
    again = await process.bound("Flange wrangling", "welding")
    assert (again.status_code, again.json()) == (200, first.json())
    declared = process.app.openapi()["paths"][BINDINGS]["post"]["responses"]
    assert {"200", "201", "409"} <= declared.keys()
    other = await process.bound("flange wrangling", "cooking")
    assert other.status_code == 409
    problem = other.json()
    assert problem["type"] == "urn:rollcall:problem:phrase-is-bound"
    assert (problem["concept"], problem["binding"]) == ("welding", first.json()["id"])
    assert len(await process.rows("phrase_audit")) == 1


async def test_a_name_of_the_taxonomy_cannot_be_bound(process: Process) -> None:
    answer = await process.bound("叉车", "cooking")
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["type"] == "urn:rollcall:problem:phrase-is-a-name"
    assert problem["concept"] == "forklift-driving"


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (
            {"kind": "skill", "phrase": "x", "concept": "flying"},
            [("/concept", "unknown_skill")],
        ),
        (
            {"kind": "occupation", "phrase": "??", "concept": "welding"},
            [("/phrase", "phrase"), ("/concept", "unknown_occupation")],
        ),
        (
            {"kind": "skill", "phrase": "", "concept": "flying"},
            [("/phrase", "string_too_short"), ("/concept", "unknown_skill")],
        ),
        (
            {"kind": "job", "phrase": "x" * 81, "concept": "Not A Slug", "more": 1},
            [
                ("/kind", "literal_error"),
                ("/concept", "string_pattern_mismatch"),
                ("/more", "extra_forbidden"),
                ("/phrase", "too_long"),
            ],
        ),
    ],
)
async def test_every_fault_of_a_binding_is_told(
    process: Process, body: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    assert fault_of(await process.call("POST", BINDINGS, json=body)) == faults


async def test_operators_who_bind_at_once_all_become_visible(
    process: Process, another: Process
) -> None:
    phrases = [f"flange {letter}rangling" for letter in "abcdefgh"]
    answers = await asyncio.gather(
        *(process.bound(phrase, "welding") for phrase in phrases),
        *(another.bound(phrase, "welding") for phrase in phrases),
    )
    assert sorted(a.status_code for a in answers) == [200] * 8 + [201] * 8
    await process.refresh()
    assert len(process.understanding.bound.names) == 8
    assert process.understanding.bound.version == 8


async def test_unchanged_bindings_are_not_read_again(process: Process) -> None:
    await process.bound("flange wrangling", "welding")
    await process.refresh()
    held = process.understanding.bound
    await process.refresh()
    assert process.understanding.bound is held


async def test_a_binding_follows_its_concept_to_the_replacement(
    process: Process,
) -> None:
    await process.bound("flange wrangling", "welding")
    await process.bound("flange tickling", "soldering")
    kept = {"soldering-iron-work": load_taxonomy().skills["soldering"]}
    later = Taxonomy(
        skills=kept,
        occupations={},
        certificates={},
        replacements={("skill", "soldering"): "soldering-iron-work"},
    )
    async with process.database.as_system() as session:
        bound = await newest_bound(session, NOTHING_BOUND, later)
    assert bound.names == {("skill", "flange tickling"): kept["soldering-iron-work"]}


async def test_a_phrase_is_bound_in_traditional_and_simplified_characters(
    process: Process,
) -> None:
    await process.bound("法蘭擰緊", "welding")
    await process.refresh()
    for typed in ("法蘭擰緊", "法兰拧紧"):
        [result] = await process.typed(typed)
        assert (result["method"], result["concept"]["id"]) == ("bound", "welding")


async def test_what_was_bound_in_traditional_characters_before_is_folded_anew(
    process: Process,
) -> None:
    await process.bound("法兰拧紧", "welding")
    async with process.database.as_system() as session:
        await session.execute(text("UPDATE matching.binding SET folded = '法蘭擰緊'"))
        bound = await newest_bound(session, NOTHING_BOUND, load_taxonomy())
    assert [folded for _, folded in bound.names] == ["法兰拧紧"]


async def test_who_bound_what_stays_said(process: Process) -> None:
    binding = (await process.bound("flange wrangling", "welding")).json()
    await process.call("DELETE", f"{BINDINGS}/{binding['id']}")
    told = {"kind": "skill", "folded": "flange wrangling", "concept": "welding"}
    bound, unbound = await process.rows("phrase_audit")
    assert (bound["action"], bound["before"], bound["after"]) == ("bound", None, told)
    assert str(bound["who"]) == binding["bound_by"]
    assert (unbound["action"], unbound["before"], unbound["after"]) == (
        "unbound",
        told,
        None,
    )
    assert (unbound["role"], str(unbound["subject"])) == ("operator", binding["id"])
    for change in (
        "UPDATE matching.phrase_audit SET role = 'worker'",
        "DELETE FROM matching.phrase_audit",
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with process.database.as_system() as session:
                await session.execute(text(change))


async def test_a_refused_binding_leaves_no_trace(process: Process) -> None:
    await process.bound("叉车", "cooking")
    await process.bound("flange wrangling", "flying")
    assert await process.rows("phrase_audit") == []
    assert await process.rows("binding") == []


async def test_bindings_are_exported(process: Process) -> None:
    for phrase in ("zorbing", "=flange, wrangling", "grommet lore"):
        assert (await process.bound(phrase, "welding")).status_code == 201
    await process.bound("flange boss", "welder", "occupation")
    page = (await process.call("GET", BINDINGS, params={"limit": 3})).json()
    following = {"cursor": page["next"]}
    rest = (await process.call("GET", BINDINGS, params=following)).json()
    found = [(item["kind"], item["folded"]) for item in page["items"] + rest["items"]]
    assert found == [
        ("occupation", "flange boss"),
        ("skill", "flange wrangling"),
        ("skill", "grommet lore"),
        ("skill", "zorbing"),
    ]
    asked = await process.call("GET", BINDINGS, params={"format": "csv"})
    accepted = await process.call("GET", BINDINGS, headers={"Accept": "text/csv"})
    assert asked.text == accepted.text
    assert asked.headers["content-type"].startswith("text/csv")
    table = list(csv.DictReader(io.StringIO(asked.text)))
    assert [(row["kind"], row["folded"]) for row in table] == found
    assert [row["concept"] for row in table] == ["welder"] + ["welding"] * 3
    both = {"format": "json"}
    answer = await process.call(
        "GET", BINDINGS, params=both, headers={"Accept": "text/csv"}
    )
    assert len(answer.json()["items"]) == 4


async def test_nobody_without_a_token_may_bind(process: Process) -> None:
    answer = await process.call(
        "POST", BINDINGS, Role.OPERATOR, headers={"Authorization": "Bearer x"}
    )
    assert answer.status_code == 401
