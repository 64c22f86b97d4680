"""The taxonomy's table follows its files, with one event for each difference."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import MetaData, text
from sqlalchemy.exc import DBAPIError

from services.matching.skills.commands import Loaded, load_taxonomy_tables
from services.matching.skills.models import concept
from services.matching.skills.queries import all_concepts, taxonomy_snapshot
from services.matching.skills.taxonomy import Taxonomy, load_taxonomy
from shared.database import Database
from shared.feed import Batch
from shared.identity import Role
from shared.settings import Settings
from shared.vocabulary import Mention, Vocabulary, unknown_concepts, vocabulary_table
from tests.matching.skills.builders import SOLDERING, WELDING, a_taxonomy
from tests.matching.skills.conftest import events
from tests.shared.notes import client, token

ARC = "arc-welding,Arc welding,弧焊,,,,"


@pytest.fixture
def small(tmp_path: Path) -> Taxonomy:
    return a_taxonomy(tmp_path)


async def load(database: Database, taxonomy: Taxonomy) -> Loaded:
    async with database.as_system() as session:
        return await load_taxonomy_tables(session, taxonomy)


async def rows(database: Database) -> dict[tuple[str, str], Any]:
    async with database.as_system() as session:
        return await all_concepts(session)


async def test_every_concept_is_kept_and_published(
    database: Database, small: Taxonomy
) -> None:
    assert await load(database, small) == Loaded(published=4, retired=0)
    kept = await rows(database)
    welder = kept["occupation", "welder"]
    assert (welder["isco08"], welder["version"], welder["retired"]) == (
        "7212",
        1,
        False,
    )
    assert welder["links"] == {
        "markets": ["labor", "temporary"],
        "essential": ["welding"],
        "optional": ["soldering"],
        "certificates": ["welding-ticket"],
    }
    assert kept["skill", "welding"]["aliases"] == {"en": ["weld work"], "zh": ["电焊"]}
    assert len({row["number"] for row in kept.values()}) == 4
    told = {event["entity_id"]: event for event in await events(database)}
    assert told.keys() == {
        "skill:welding",
        "skill:soldering",
        "occupation:welder",
        "certificate:welding-ticket",
    }
    assert told["occupation:welder"]["type"] == "ConceptPublished"
    assert told["occupation:welder"]["data"] == {
        "id": "welder",
        "kind": "occupation",
        "label_en": "Welder",
        "label_zh": "焊工",
        "isco08": "7212",
        "version": 1,
    }


async def test_loading_again_changes_nothing(
    database: Database, small: Taxonomy
) -> None:
    await load(database, small)
    before = await rows(database)
    assert await load(database, small) == Loaded(published=0, retired=0)
    assert await rows(database) == before
    assert len(await events(database)) == 4


async def test_a_changed_concept_is_published_under_its_next_version(
    database: Database, small: Taxonomy, tmp_path: Path
) -> None:
    await load(database, small)
    number = (await rows(database))["skill", "welding"]["number"]
    changed = WELDING.replace("weld work", "weld work|weld jobs")
    other = a_taxonomy(tmp_path, skills=(changed, SOLDERING))
    assert await load(database, other) == Loaded(published=1, retired=0)
    welding = (await rows(database))["skill", "welding"]
    assert (welding["version"], welding["number"]) == (2, number)
    last = (await events(database))[-1]
    assert (last["entity_id"], last["entity_version"]) == ("skill:welding", 2)
    assert last["data"]["version"] == 2


async def test_a_lost_concept_is_retired_and_comes_back_as_itself(
    database: Database, small: Taxonomy, tmp_path: Path
) -> None:
    larger = a_taxonomy(tmp_path, skills=(WELDING, SOLDERING, ARC))
    await load(database, larger)
    number = (await rows(database))["skill", "arc-welding"]["number"]
    assert await load(database, small) == Loaded(published=0, retired=1)
    assert await load(database, small) == Loaded(published=0, retired=0)
    assert (await rows(database))["skill", "arc-welding"]["retired"] is True
    assert await load(database, larger) == Loaded(published=1, retired=0)
    back = (await rows(database))["skill", "arc-welding"]
    assert (back["retired"], back["version"], back["number"]) == (False, 3, number)
    told = [(e["type"], e["entity_version"]) for e in await events(database)][-2:]
    assert told == [("ConceptRetired", 2), ("ConceptPublished", 3)]


async def test_processes_that_load_at_once_publish_once(
    database: Database, small: Taxonomy
) -> None:
    done = await asyncio.gather(*(load(database, small) for _ in range(4)))
    assert sum(loaded.published for loaded in done) == 4
    assert len(await events(database)) == 4


async def test_a_load_that_is_rolled_back_leaves_nothing(
    database: Database, small: Taxonomy
) -> None:
    async with database.as_system() as session:
        await load_taxonomy_tables(session, small)
        await session.rollback()
    assert await rows(database) == {}
    assert await events(database) == []


async def test_the_whole_taxonomy_loads_within_a_transaction(
    database: Database,
) -> None:
    taxonomy = load_taxonomy()
    loaded = await load(database, taxonomy)
    assert loaded.published == len(list(taxonomy.concepts()))
    kinds = Counter(kind for kind, _ in await rows(database))
    assert kinds["occupation"] == len(taxonomy.occupations)
    assert kinds["skill"] == len(taxonomy.skills)


async def test_the_app_login_reads_concepts_and_cannot_write_them(
    database: Database, small: Taxonomy
) -> None:
    await load(database, small)
    async with database.as_nobody() as session:
        assert len(await all_concepts(session)) == 4
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.as_nobody() as session:
            await session.execute(text("UPDATE matching.concept SET retired = true"))


async def test_the_snapshot_pages_every_concept_once(
    database: Database, small: Taxonomy, tmp_path: Path
) -> None:
    await load(database, a_taxonomy(tmp_path, skills=(WELDING, SOLDERING, ARC)))
    await load(database, small)
    seen: list[tuple[str, str]] = []
    after = None
    async with database.as_system() as session:
        while page := await taxonomy_snapshot(session, after, 2):
            seen += [(event.entity_id, event.type) for event in page]
            after = page[-1].entity_id
    assert seen == [
        ("certificate:welding-ticket", "ConceptPublished"),
        ("occupation:welder", "ConceptPublished"),
        ("skill:arc-welding", "ConceptRetired"),
        ("skill:soldering", "ConceptPublished"),
        ("skill:welding", "ConceptPublished"),
    ]


async def test_a_follower_of_the_feed_knows_which_concepts_exist(
    database: Database,
    app: FastAPI,
    settings: Settings,
    small: Taxonomy,
    tmp_path: Path,
) -> None:
    known = vocabulary_table(MetaData(schema="profiles"))
    vocabulary = Vocabulary(known)
    async with client(app, token(settings, Role.SERVICE)) as http:
        start = (await http.get("/v1/feeds/matching/position")).json()["cursor"]
        await load(database, a_taxonomy(tmp_path, skills=(WELDING, SOLDERING, ARC)))
        await load(database, small)
        batch = await http.get("/v1/feeds/matching", params={"after": start, "wait": 5})
    told = Batch.model_validate(batch.json()).events
    async with database.as_system() as session:
        await vocabulary.apply(session, told)
        states = {
            (row.kind, row.id): (row.version, row.retired)
            for row in await session.execute(known.select())
        }
    assert states == {
        ("skill", "welding"): (1, False),
        ("skill", "soldering"): (1, False),
        ("skill", "arc-welding"): (2, True),
        ("occupation", "welder"): (1, False),
        ("certificate", "welding-ticket"): (1, False),
    }


async def test_the_table_itself_tells_unknown_and_retired_concepts(
    database: Database, small: Taxonomy, tmp_path: Path
) -> None:
    await load(database, a_taxonomy(tmp_path, skills=(WELDING, SOLDERING, ARC)))
    await load(database, small)
    mentioned = [
        Mention("skill", "welding", "/0"),
        Mention("skill", "arc-welding", "/1"),
        Mention("occupation", "welding", "/2"),
    ]
    async with database.as_system() as session:
        faults = await unknown_concepts(session, concept, mentioned)
    assert [(fault.pointer, fault.rule) for fault in faults] == [
        ("/1", "retired_skill"),
        ("/2", "unknown_occupation"),
    ]
