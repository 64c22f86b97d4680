"""What a load of the taxonomy changed stays known, and is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from services.matching.skills.commands import load_taxonomy_tables
from services.matching.skills.taxonomy import Taxonomy, read_taxonomy
from shared.database import Database
from tests.matching.skills.builders import SOLDERING, WELDING, a_taxonomy
from tests.matching.skills.conftest import events

RIVETING = "riveting,Riveting,铆接,,,,"
BRAZING = "brazing,Brazing,钎焊,,,,"


async def load(database: Database, taxonomy: Taxonomy) -> str:
    async with database.as_system() as session:
        await load_taxonomy_tables(session, taxonomy)
    return taxonomy.version


async def changes(http: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await http.get("/v1/skills/changes", params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def replacing(directory: Path, *rows: str, skills: tuple[str, ...]) -> Taxonomy:
    a_taxonomy(directory, skills=skills)
    text = "\n".join(["kind,old,new", *rows, ""])
    (directory / "replacements.csv").write_text(text, encoding="utf-8")
    return read_taxonomy(directory)


async def test_each_load_says_what_it_changed(
    database: Database, worker: httpx.AsyncClient, tmp_path: Path
) -> None:
    skills = (WELDING, SOLDERING, RIVETING, BRAZING)
    first = await load(database, a_taxonomy(tmp_path, skills=skills))
    assert (await changes(worker, since=first))["items"] == []

    renamed = WELDING.replace("Welding", "Joining by welding", 1)
    aliased = SOLDERING.replace("锡焊,", "锡焊,tinning", 1)
    new = "gluing,Gluing,粘接,,,,"
    second = await load(
        database,
        replacing(tmp_path, "skill,brazing,soldering", skills=(renamed, aliased, new)),
    )
    told = await changes(worker, since=first)
    assert (told["since"], told["taxonomy_version"]) == (first, second)
    by_id = {item["id"]: item for item in told["items"]}
    assert {id: item["change"] for id, item in by_id.items()} == {
        "welding": "renamed",
        "soldering": "changed",
        "gluing": "published",
        "riveting": "retired",
        "brazing": "replaced",
    }
    assert by_id["welding"]["before_en"] == "Welding"
    assert by_id["welding"]["label_en"] == "Joining by welding"
    assert by_id["brazing"]["replaced_by"] == "soldering"
    assert {item["taxonomy_version"] for item in told["items"]} == {second}

    (tmp_path / "replacements.csv").unlink()
    third = await load(database, a_taxonomy(tmp_path, skills=skills))
    assert third == first
    restored = await changes(worker, since=second)
    assert {item["id"]: item["change"] for item in restored["items"]} == {
        "welding": "renamed",
        "soldering": "changed",
        "gluing": "retired",
        "riveting": "restored",
        "brazing": "restored",
    }
    assert len((await changes(worker))["items"]) == 10


async def test_a_replacement_found_later_is_published_with_the_retired_concept(
    database: Database, worker: httpx.AsyncClient, tmp_path: Path
) -> None:
    await load(database, a_taxonomy(tmp_path, skills=(WELDING, SOLDERING, BRAZING)))
    without = await load(database, a_taxonomy(tmp_path))
    last = (await events(database))[-1]
    assert (last["type"], last["data"]["replaced_by"]) == ("ConceptRetired", None)
    later = replacing(tmp_path, "skill,brazing,welding", skills=(WELDING, SOLDERING))
    for _ in range(2):
        await load(database, later)
    last = (await events(database))[-1]
    assert (last["entity_id"], last["entity_version"]) == ("skill:brazing", 3)
    assert (last["type"], last["data"]["replaced_by"]) == ("ConceptRetired", "welding")
    [change] = (await changes(worker, since=without))["items"]
    assert (change["id"], change["change"]) == ("brazing", "replaced")


async def test_changes_are_paged(
    database: Database, worker: httpx.AsyncClient, tmp_path: Path
) -> None:
    await load(database, a_taxonomy(tmp_path))
    more = (WELDING, SOLDERING, RIVETING, BRAZING)
    await load(database, a_taxonomy(tmp_path, skills=more))
    first = await changes(worker, limit=1)
    second = await changes(worker, limit=1, cursor=first["next"])
    assert [first["items"][0]["id"], second["items"][0]["id"]] == [
        "riveting",
        "brazing",
    ]
    assert second["next"] is None


async def test_a_version_never_held_is_not_found(worker: httpx.AsyncClient) -> None:
    answer = await worker.get("/v1/skills/changes", params={"since": "0123456789ab"})
    assert answer.status_code == 404
    kind = "urn:rollcall:problem:taxonomy-version-unknown"
    assert answer.json()["type"] == kind
    assert (await changes(worker))["taxonomy_version"] is None
