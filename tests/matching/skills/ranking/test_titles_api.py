"""POST /v1/skills/titles: ranked codes of the own and of imported classifications."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete, func, insert, update

from services.matching.schemes.models import entry, scheme
from services.matching.skills.ranking.routes import router
from shared.database import Database
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


async def ranked(http: httpx.AsyncClient, **body: Any) -> list[list[str]]:
    """The codes of each title."""
    response = await http.post("/v1/skills/titles", json=body)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert [result["title"] for result in answer["results"]] == body["titles"]
    return [[one["code"] for one in result["ranked"]] for result in answer["results"]]


async def import_scheme(
    database: Database, id: str, occupations: dict[str, dict[str, Any]]
) -> None:
    async with database.as_system() as session:
        await session.execute(delete(entry).where(entry.c.scheme == id))
        await session.execute(delete(scheme).where(scheme.c.id == id))
        await session.execute(
            insert(scheme).values(
                id=id,
                version="1",
                imported_at=func.clock_timestamp(),
                counts={"occupation": len(occupations)},
                languages=sorted(
                    {word for own in occupations.values() for word in own}
                ),
            )
        )
        for code, labels in occupations.items():
            await session.execute(
                insert(entry).values(
                    scheme=id,
                    code=code,
                    kind="occupation",
                    labels=labels,
                    descriptions={},
                    retired=False,
                    changed_at=func.clock_timestamp(),
                )
            )


def label(preferred: str, *aliases: str) -> dict[str, Any]:
    return {"preferred": preferred, "aliases": list(aliases)}


async def test_titles_are_ranked_over_the_own_occupations(
    worker: httpx.AsyncClient,
) -> None:
    titles = ["fork truck operator", "qwrtzx", "仓库叉车司机"]
    first, nothing, chinese = await ranked(worker, titles=titles, limit=3)
    assert first[0] == chinese[0] == "forklift-driver"
    assert len(first) == 3
    assert nothing == []


async def test_each_unit_group_is_ranked_once(worker: httpx.AsyncClient) -> None:
    body = {"titles": ["lorry driver"], "scheme": "isco08", "limit": 20}
    [codes] = await ranked(worker, **body)
    assert codes[0] == "8332"
    assert len(codes) == len(set(codes)) == 20


async def test_a_label_is_in_the_asked_language(worker: httpx.AsyncClient) -> None:
    body = {"titles": ["forklift driver"], "language": "zh", "limit": 1}
    response = await worker.post("/v1/skills/titles", json=body)
    [best] = response.json()["results"][0]["ranked"]
    assert (best["code"], best["label"]) == ("forklift-driver", "叉车司机")
    assert best["score"] > 0


@pytest.mark.parametrize("scheme", ["esco", "csco"])
async def test_a_classification_must_be_imported_first(
    worker: httpx.AsyncClient, scheme: str
) -> None:
    body = {"titles": ["cook"], "scheme": scheme}
    response = await worker.post("/v1/skills/titles", json=body)
    assert response.status_code == 409
    assert response.json()["type"].endswith("scheme-not-imported")


async def test_an_imported_classification_is_ranked_in_its_languages(
    worker: httpx.AsyncClient, database: Database
) -> None:
    esco = {
        "1": {"en": label("cook", "kitchen chef"), "de": label("Koch")},
        "2": {"en": label("truck driver"), "de": label("Lkw-Fahrer")},
    }
    await import_scheme(database, "esco", esco)
    for title, language, code in (
        ("Chef in a kitchen", None, "1"),
        ("Fahrer", "de", "2"),
        ("Cuisinier", "fr", "1"),
    ):
        body = {"titles": [title], "scheme": "esco", "language": language}
        [codes] = await ranked(worker, **body)
        assert codes[0] == code, title


async def test_chinese_titles_are_ranked_over_the_chinese_classification(
    worker: httpx.AsyncClient, database: Database
) -> None:
    csco = {
        "6-30-05-04": {"zh": label("叉车司机")},
        "4-03-02-01": {"zh": label("厨师")},
    }
    await import_scheme(database, "csco", csco)
    [codes] = await ranked(worker, titles=["急招叉车工"], scheme="csco")
    assert codes[0] == "6-30-05-04"


async def test_what_was_imported_anew_is_ranked_anew(
    worker: httpx.AsyncClient, database: Database
) -> None:
    await import_scheme(database, "esco", {"1": {"en": label("cook")}})
    assert await ranked(worker, titles=["cook"], scheme="esco") == [["1"]]
    async with database.as_system() as session:
        await session.execute(update(entry).values(code="9"))
        await session.execute(update(scheme).values(imported_at=func.clock_timestamp()))
    assert await ranked(worker, titles=["cook"], scheme="esco") == [["9"]]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/titles"),
        ({"titles": []}, "/titles"),
        ({"titles": ["x"] * 201}, "/titles"),
        ({"titles": ["x" * 501]}, "/titles/0"),
        ({"titles": ["\u0007"]}, "/titles/0"),
        ({"titles": [7]}, "/titles/0"),
        ({"titles": ["x"], "limit": 0}, "/limit"),
        ({"titles": ["x"], "limit": 21}, "/limit"),
        ({"titles": ["x"], "limit": True}, "/limit"),
        ({"titles": ["x"], "scheme": "onet"}, "/scheme"),
        ({"titles": ["x"], "language": "xx"}, "/language"),
        ({"titles": ["x"], "more": 1}, "/more"),
    ],
)
async def test_a_malformed_request_is_refused(
    worker: httpx.AsyncClient, body: dict[str, Any], pointer: str
) -> None:
    response = await worker.post("/v1/skills/titles", json=body)
    assert response.status_code == 422
    assert [fault["pointer"] for fault in response.json()["errors"]] == [pointer]


async def test_who_is_not_signed_in_is_told_nothing(app: FastAPI) -> None:
    async with client(app, "") as http:
        response = await http.post("/v1/skills/titles", json={"titles": ["cook"]})
    assert response.status_code == 401
