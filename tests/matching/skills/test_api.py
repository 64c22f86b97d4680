"""/v1/skills over HTTP: completions, phrases, one concept, and every fault told."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.matching.skills.commands import load_taxonomy_tables
from services.matching.skills.taxonomy import load_taxonomy
from shared.database import Database
from shared.identity import Role
from shared.settings import Settings
from shared.values import new_id
from tests.shared.notes import client, token


async def faults(response: httpx.Response) -> list[tuple[str, str]]:
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    return [
        (fault.get("pointer", fault.get("parameter")), fault["rule"])
        for fault in response.json()["errors"]
    ]


async def normalised(http: httpx.AsyncClient, **body: Any) -> list[dict[str, Any]]:
    response = await http.post("/v1/skills/normalise", json=body)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["taxonomy_version"] == load_taxonomy().version
    results: list[dict[str, Any]] = answer["results"]
    return results


async def test_what_is_typed_is_completed(worker: httpx.AsyncClient) -> None:
    response = await worker.get("/v1/skills", params={"q": "forkl", "limit": 3})
    assert response.status_code == 200
    first = response.json()["items"][0]
    assert first["concept"]["id"] == "forklift-driving"
    assert first["label"] == first["concept"]["label_en"]
    assert first["name"].startswith("forkl")
    assert len(response.json()["items"]) <= 3


async def test_completions_are_of_the_asked_kind_and_language(
    worker: httpx.AsyncClient,
) -> None:
    asked = {"q": "forklift dr", "kind": "occupation", "language": "zh"}
    response = await worker.get("/v1/skills", params=asked)
    first = response.json()["items"][0]
    assert first["label"] == first["concept"]["label_zh"] == "叉车司机"
    assert first["concept"]["isco08"] == "8344"


async def test_phrases_are_understood_or_honestly_unknown(
    worker: httpx.AsyncClient,
) -> None:
    phrases = ["Fork-Lift", "叉车", "C++", "forklift drivng", "qwrtzx"]
    results = await normalised(worker, phrases=phrases)
    assert [result["phrase"] for result in results] == phrases
    assert [result["concept"] and result["concept"]["id"] for result in results] == [
        "forklift-driving",
        "forklift-driving",
        "c-plus-plus",
        None,
        None,
    ]
    assert [result["confidence"] for result in results] == [1, 1, 1, 0, 0]
    assert results[3]["suggestions"][0]["concept"]["id"] == "forklift-driving"
    assert results[4]["suggestions"] == []


async def test_occupations_are_understood_as_job_titles(
    worker: httpx.AsyncClient,
) -> None:
    [result] = await normalised(
        worker, phrases=["Senior Forklift Driver II, Dock 4"], kind="occupation"
    )
    assert result["concept"]["id"] == "forklift-driver"
    assert (result["method"], result["confidence"]) == ("title", 0.9)


async def test_odd_but_printable_phrases_are_answered(
    worker: httpx.AsyncClient,
) -> None:
    odd = ["\u202ecook\u202c", "🚜", "'; DROP TABLE concept; --", "x" * 500, "<script>"]
    results = await normalised(worker, phrases=odd)
    assert [result["concept"] and result["concept"]["id"] for result in results] == [
        "cooking",
        None,
        None,
        None,
        None,
    ]


async def test_every_fault_of_a_body_is_told_with_its_pointer(
    worker: httpx.AsyncClient,
) -> None:
    body = {
        "phrases": ["cook", "", 3, "x" * 501, "a\x00b", "\u0085", None, True],
        "kind": "job",
        "language": "xx",
        "limit": 3,
    }
    response = await worker.post("/v1/skills/normalise", json=body)
    assert sorted(await faults(response)) == [
        ("/kind", "literal_error"),
        ("/language", "literal_error"),
        ("/limit", "extra_forbidden"),
        ("/phrases/1", "string_too_short"),
        ("/phrases/2", "text"),
        ("/phrases/3", "too_long"),
        ("/phrases/4", "plain_text"),
        ("/phrases/5", "plain_text"),
        ("/phrases/6", "text"),
        ("/phrases/7", "text"),
    ]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("{}", ("/phrases", "missing")),
        ('{"phrases": []}', ("/phrases", "too_short")),
        ('{"phrases": "cook"}', ("/phrases", "list_type")),
        ('{"phrases": ["\\ud800"]}', ("/phrases/0", "plain_text")),
        ("[", ("", "json")),
    ],
)
async def test_a_malformed_body_is_refused(
    worker: httpx.AsyncClient, body: str, fault: tuple[str, str]
) -> None:
    headers = {"Content-Type": "application/json"}
    response = await worker.post("/v1/skills/normalise", content=body, headers=headers)
    assert await faults(response) == [fault]


async def test_too_many_phrases_are_refused_and_as_many_as_allowed_answered(
    worker: httpx.AsyncClient,
) -> None:
    assert len(await normalised(worker, phrases=["cook"] * 200)) == 200
    response = await worker.post(
        "/v1/skills/normalise", json={"phrases": ["cook"] * 201}
    )
    assert await faults(response) == [("/phrases", "too_long")]


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("", ("q", "missing")),
        ("q=", ("q", "string_too_short")),
        ("q=a%00b", ("q", "plain_text")),
        (f"q={'x' * 201}", ("q", "too_long")),
        ("q=a&kind=job", ("kind", "literal_error")),
        ("q=a&language=xx", ("language", "literal_error")),
        ("q=a&limit=0", ("limit", "greater_than_equal")),
        ("q=a&limit=51", ("limit", "less_than_equal")),
        ("q=a&limit=many", ("limit", "int_parsing")),
    ],
)
async def test_a_malformed_query_is_refused(
    worker: httpx.AsyncClient, query: str, fault: tuple[str, str]
) -> None:
    assert await faults(await worker.get(f"/v1/skills?{query}")) == [fault]


async def test_a_text_suggests_skills_with_the_words_that_speak_of_them(
    worker: httpx.AsyncClient,
) -> None:
    text = "Loads lorries by fork lift and keeps stock records."
    response = await worker.post(
        "/v1/skills/suggest-from-text", json={"text": text, "limit": 3}
    )
    assert response.status_code == 200, response.text
    items = response.json()["items"]
    assert 0 < len(items) <= 3
    windows = {item["concept"]["id"]: item["window"] for item in items}
    assert windows["forklift-driving"] == "fork lift"
    for item in items:
        assert 0.4 <= item["confidence"] <= 1
        assert item["window"] == text[item["start"] : item["end"]]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("/text", "missing")),
        ({"text": "x" * 2_001}, ("/text", "too_long")),
        ({"text": "cook", "limit": 21}, ("/limit", "less_than_equal")),
        ({"text": "cook", "limit": True}, ("/limit", "int_type")),
        ({"text": "a\x00b"}, ("/text", "plain_text")),
    ],
)
async def test_a_malformed_text_is_refused(
    worker: httpx.AsyncClient, body: dict[str, Any], fault: tuple[str, str]
) -> None:
    response = await worker.post("/v1/skills/suggest-from-text", json=body)
    assert await faults(response) == [fault]


async def test_a_batch_of_ten_thousand_phrases_is_refused(
    worker: httpx.AsyncClient,
) -> None:
    body = {"phrases": ["cook"] * 10_000}
    response = await worker.post("/v1/skills/normalise", json=body)
    assert await faults(response) == [("/phrases", "too_long")]


async def test_a_concept_is_read_with_its_names_and_links(
    worker: httpx.AsyncClient, database: Database
) -> None:
    async with database.as_system() as session:
        await load_taxonomy_tables(session)
    skill = (await worker.get("/v1/skills/forklift-driving")).json()
    driving = load_taxonomy().skills["forklift-driving"]
    assert skill["aliases_zh"] == list(driving.aliases_zh)
    assert (skill["version"], skill["retired"], skill["isco08"]) == (1, False, None)
    assert {link["skill"] for link in skill["related"]} == {
        link.skill for link in driving.links
    }
    asked = {"kind": "occupation"}
    response = await worker.get("/v1/skills/forklift-driver", params=asked)
    occupation = response.json()
    driver = load_taxonomy().occupations["forklift-driver"]
    assert occupation["isco08"] == driver.isco08
    assert occupation["essential"] == list(driver.essential)
    assert occupation["markets"] == list(driver.markets)


async def test_a_concept_that_is_not_there_is_not_found(
    worker: httpx.AsyncClient,
) -> None:
    response = await worker.get("/v1/skills/flying-carpet-repair")
    assert response.status_code == 404
    assert response.json()["type"] == "urn:rollcall:problem:concept-not-found"
    response = await worker.get("/v1/skills/Not_A_Slug")
    assert await faults(response) == [("concept_id", "string_pattern_mismatch")]


@pytest.mark.parametrize("role", list(Role))
async def test_whoever_is_signed_in_may_ask(
    app: FastAPI, settings: Settings, role: Role
) -> None:
    organisation = new_id() if role in (Role.EMPLOYER, Role.AGENCY) else None
    async with client(app, token(settings, role, organisation)) as http:
        response = await http.get("/v1/skills", params={"q": "cook"})
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/skills?q=cook"),
        ("GET", "/v1/skills/cooking"),
        ("POST", "/v1/skills/normalise"),
        ("POST", "/v1/skills/suggest-from-text"),
    ],
)
async def test_nobody_else_may(app: FastAPI, method: str, path: str) -> None:
    async with client(app) as http:
        assert (await http.request(method, path)).status_code == 401
