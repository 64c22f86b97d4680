"""POST /v1/skills/extract over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, get_args

import httpx
import pytest
from fastapi import FastAPI

from services.matching.extract.extract import LONGEST
from services.matching.extract.routes import router
from services.matching.extract.schemas import (
    ExtractAnswer,
    ExtractRequest,
    TextLanguage,
)
from services.matching.skills.taxonomy import load_taxonomy
from shared.identity import Role
from shared.settings import Settings
from shared.webapp import new_app
from tests.shared.notes import client, token


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return new_app("matching", settings, [router], prefixes=["/v1/skills"])


@pytest.fixture
async def worker(app: FastAPI, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app, token(settings, Role.WORKER)) as http:
        yield http


async def test_the_documented_example_is_what_is_answered(
    worker: httpx.AsyncClient,
) -> None:
    [request] = ExtractRequest.model_json_schema()["examples"]
    [documented] = ExtractAnswer.model_json_schema()["examples"]
    response = await worker.post("/v1/skills/extract", json=request)
    assert response.status_code == 200, response.text
    told = response.json()
    assert told.pop("taxonomy_version") == load_taxonomy().version
    assert told == {
        key: value for key, value in documented.items() if key != "taxonomy_version"
    }


async def test_odd_text_is_answered(worker: httpx.AsyncClient) -> None:
    body = {"text": "\u202e🚜\x00\x07 叉车司机\u202c", "kind": "cv", "language": "zh"}
    response = await worker.post("/v1/skills/extract", json=body)
    assert response.status_code == 200, response.text
    occupation = response.json()["occupation"]
    assert occupation["id"] == "forklift-driver"
    assert occupation["span"] == {"start": 5, "end": 9, "text": "叉车司机"}


@pytest.mark.parametrize("language", get_args(TextLanguage))
async def test_a_text_may_be_in_any_of_the_languages(
    worker: httpx.AsyncClient, language: str
) -> None:
    body = {
        "text": "TIG 叉車司機 heftruckchauffeur",
        "kind": "cv",
        "language": language,
    }
    response = await worker.post("/v1/skills/extract", json=body)
    assert response.status_code == 200, response.text
    assert response.json()["occupation"]["id"] == "forklift-driver"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"text": "", "kind": "cv"}, ("/text", "string_too_short")),
        ({"text": 3, "kind": "cv"}, ("/text", "text")),
        ({"text": "x" * (LONGEST + 1), "kind": "cv"}, ("/text", "too_long")),
        ({"text": "x"}, ("/kind", "missing")),
        ({"text": "x", "kind": "poem"}, ("/kind", "literal_error")),
        (
            {"text": "x", "kind": "cv", "country": "gb"},
            ("/country", "string_pattern_mismatch"),
        ),
        ({"text": "x", "kind": "cv", "more": 1}, ("/more", "extra_forbidden")),
    ],
)
async def test_a_malformed_request_is_refused(
    worker: httpx.AsyncClient, body: dict[str, Any], fault: tuple[str, str]
) -> None:
    response = await worker.post("/v1/skills/extract", json=body)
    assert response.status_code == 422
    assert [(each["pointer"], each["rule"]) for each in response.json()["errors"]] == [
        fault
    ]


async def test_a_stranger_is_refused(app: FastAPI) -> None:
    async with client(app) as http:
        response = await http.post("/v1/skills/extract", json={})
    assert response.status_code == 401
