"""/v1/skills/schemes over HTTP: what is here, searching it, one entry, every fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.matching.schemes.csco import Csco
from services.matching.schemes.entries import ATTRIBUTIONS
from services.matching.schemes.esco import Esco
from services.matching.schemes.onet import Onet
from services.matching.skills.commands import load_taxonomy_tables
from shared.database import Database
from tests.matching.schemes.builders import (
    a_csco,
    an_official_esco,
    an_onet,
    german_occupations,
)
from tests.matching.schemes.conftest import Import
from tests.shared.notes import client

ESCO = "/v1/skills/schemes/esco/entries"


@pytest.fixture
async def imported(import_all: Import, database: Database, tmp_path: Path) -> None:
    german_occupations(an_official_esco(tmp_path / "esco_v1.2.0"), "Schweißer", "100 %")
    async with database.as_system() as session:
        await load_taxonomy_tables(session)
    await import_all(Esco(tmp_path / "esco_v1.2.0"))
    await import_all(Onet(an_onet(tmp_path / "onet")))
    await import_all(Csco(a_csco(tmp_path / "csco")))


async def found(http: httpx.AsyncClient, **asked: Any) -> list[str]:
    response = await http.get(ESCO, params=asked)
    assert response.status_code == 200, response.text
    return [item["code"] for item in response.json()["items"]]


@pytest.mark.usefixtures("imported")
async def test_classifications_are_listed_with_whom_to_name(
    worker: httpx.AsyncClient,
) -> None:
    items = (await worker.get("/v1/skills/schemes")).json()["items"]
    assert [item["id"] for item in items] == ["csco", "esco", "isco08", "onet"]
    esco = items[1]
    assert esco["version"] == "1.2.0"
    assert esco["languages"] == ["de", "en"]
    assert esco["counts"] == {"occupation": 2, "skill": 2, "group": 1, "link": 3}
    assert esco["attribution"] == ATTRIBUTIONS["esco"]


async def test_before_an_import_there_is_nothing(worker: httpx.AsyncClient) -> None:
    assert (await worker.get("/v1/skills/schemes")).json() == {"items": []}
    missing = await worker.get(ESCO)
    assert missing.status_code == 404
    assert missing.json()["type"] == "urn:rollcall:problem:scheme-not-found"


@pytest.mark.usefixtures("imported")
async def test_entries_are_searched_by_part_of_a_name(
    worker: httpx.AsyncClient,
) -> None:
    assert await found(worker, q="WELD") == ["7212.3", "7212.3.1", "s-1"]
    assert await found(worker, q="weld", kind="skill") == ["s-1"]
    assert await found(worker, q="schweiß") == ["7212.3", "7212.3.1"]
    assert await found(worker, q="schweiß", language="en") == []
    assert await found(worker, q="welder", language="de") == []
    assert await found(worker, language="de") == ["7212.3", "7212.3.1"]
    assert await found(worker, q="preferred") == []


@pytest.mark.usefixtures("imported")
async def test_signs_of_patterns_are_signs(worker: httpx.AsyncClient) -> None:
    assert await found(worker, q="%") == ["7212.3.1"]
    assert await found(worker, q="weld_r") == []
    assert await found(worker, q="'; DROP TABLE entry; --") == []


@pytest.mark.usefixtures("imported")
async def test_labels_are_in_the_asked_language(worker: httpx.AsyncClient) -> None:
    response = await worker.get(ESCO, params={"q": "welder", "limit": 1})
    [item] = response.json()["items"]
    assert (item["label"], item["language"]) == ("welder", "en")
    response = await worker.get(ESCO, params={"language": "de", "limit": 1})
    [item] = response.json()["items"]
    assert (item["label"], item["language"]) == ("Schweißer", "de")


@pytest.mark.usefixtures("imported")
async def test_pages_follow_each_other_to_the_end(worker: httpx.AsyncClient) -> None:
    seen: list[str] = []
    url = f"{ESCO}?limit=2"
    while True:
        response = await worker.get(url)
        seen += [item["code"] for item in response.json()["items"]]
        if response.json()["next"] is None:
            break
        url = response.links["next"]["url"]
    assert seen == ["7212.3", "7212.3.1", "S8", "s-1", "s-2"]


@pytest.mark.usefixtures("imported")
async def test_an_entry_is_read_with_links_and_crosswalk(
    worker: httpx.AsyncClient,
) -> None:
    entry = (await worker.get(f"{ESCO}/7212.3")).json()
    assert entry["names"]["en"]["aliases"][0] == "weld worker"
    assert entry["names"]["en"]["description"] == "Welders join metal."
    assert entry["names"]["de"]["preferred"] == "Schweißer"
    assert [(link["relation"], link["entry"]["label"]) for link in entry["links"]] == [
        ("essential", "weld metal"),
        ("optional", "metallurgy"),
    ]
    told = {
        (other["scheme"], other["code"]): (other["label"], other["relation"])
        for other in entry["crosswalk"]
    }
    assert told["isco08", "7212"] == ("Welders and flame cutters", "broad")
    assert told["onet", "51-4121.00"] == ("Welders", "exact")
    assert told["rollcall", "occupation:welder"] == ("Welder", "exact")
    assert told["csco", "6-18-02-04"] == ("焊工", "close")


@pytest.mark.usefixtures("imported")
async def test_a_crosswalk_is_turned_when_it_is_read_from_the_other_end(
    worker: httpx.AsyncClient,
) -> None:
    group = (await worker.get("/v1/skills/schemes/isco08/entries/7212")).json()
    told = {(other["scheme"], other["code"]): other for other in group["crosswalk"]}
    assert told["esco", "7212.3"]["relation"] == "narrow"
    assert [above["code"] for above in group["broader"]] == ["721"]


@pytest.mark.usefixtures("imported")
async def test_a_retired_entry_is_read_but_not_found(
    worker: httpx.AsyncClient, import_all: Import, tmp_path: Path
) -> None:
    (tmp_path / "esco_v1.2.0/occupations_de.csv").unlink()
    occupations = tmp_path / "esco_v1.2.0/occupations_en.csv"
    kept = [row for row in occupations.read_text().split("\n") if "spot" not in row]
    occupations.write_text("\n".join(kept))
    await import_all(Esco(tmp_path / "esco_v1.2.0"))
    assert await found(worker, q="welder") == ["7212.3"]
    assert (await worker.get(f"{ESCO}/7212.3.1")).json()["retired"] is True


@pytest.mark.usefixtures("imported")
async def test_an_entry_that_is_not_there_is_not_found(
    worker: httpx.AsyncClient,
) -> None:
    response = await worker.get(f"{ESCO}/9999.9")
    assert response.status_code == 404
    assert response.json()["type"] == "urn:rollcall:problem:entry-not-found"


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/v1/skills/schemes/isco88/entries", "scheme"),
        (f"{ESCO}/a%20b", "code"),
        (f"{ESCO}?q=", "q"),
        (f"{ESCO}?q=a%00b", "q"),
        (f"{ESCO}?q={'x' * 201}", "q"),
        (f"{ESCO}?kind=job", "kind"),
        (f"{ESCO}?language=english", "language"),
        (f"{ESCO}?limit=0", "limit"),
        (f"{ESCO}?cursor=%00", "cursor"),
    ],
)
async def test_what_is_malformed_is_refused(
    worker: httpx.AsyncClient, path: str, parameter: str
) -> None:
    response = await worker.get(path)
    assert response.status_code == 422
    [fault] = response.json()["errors"]
    assert fault["parameter"] == parameter


@pytest.mark.parametrize("path", ["/v1/skills/schemes", ESCO, f"{ESCO}/7212.3"])
async def test_nobody_may_ask_who_is_not_signed_in(app: FastAPI, path: str) -> None:
    async with client(app) as http:
        assert (await http.get(path)).status_code == 401
