"""The concepts that profiles knows are those the taxonomy feed told it of."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import uvicorn
from fastapi import FastAPI
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles import loops
from services.profiles.models import feed_cursor, known_concept, outbox
from shared.database import Database
from shared.feed import Event, feed_router
from shared.loops import EVENTS_KEPT
from shared.outbox import NewEvent, record_events
from shared.settings import Settings
from shared.values import now
from shared.vocabulary import Mention, Vocabulary, mentions, unknown_concepts
from shared.webapp import new_app
from tests.profiles.conftest import Api


def a_concept(
    name: str, version: int = 1, kind: str = "skill", retired: bool = False
) -> Event:
    return Event(
        type="ConceptRetired" if retired else "ConceptPublished",
        entity_id=f"{kind}:{name}",
        entity_version=version,
        occurred_at=now(),
        data={
            "id": name,
            "kind": kind,
            "label_en": name,
            "label_zh": name,
            "isco08": None,
            "version": version,
        },
    )


async def known(api: Api) -> dict[str, tuple[int, bool]]:
    return {
        row["id"]: (row["version"], row["retired"])
        for row in await api.rows("known_concept")
    }


async def test_only_a_greater_version_counts(api: Api) -> None:
    vocabulary = Vocabulary(known_concept)
    async with api.database.as_system() as session:
        await session.execute(text("DELETE FROM profiles.known_concept"))
        await vocabulary.apply(session, [])
        await vocabulary.apply(
            session,
            [
                a_concept("welding", 3),
                a_concept("welding", 2, retired=True),
                a_concept("tiling", 1),
                a_concept("tiling", 4, retired=True),
            ],
        )
        await vocabulary.apply(
            session, [a_concept("tiling", 3), a_concept("welding", 1, retired=True)]
        )
    assert await known(api) == {"welding": (3, False), "tiling": (4, True)}


async def test_a_rebuild_drops_what_the_snapshot_does_not_mention(api: Api) -> None:
    vocabulary = Vocabulary(known_concept)
    async with api.database.as_system() as session:
        await vocabulary.apply(session, [a_concept("welding", 9)])
        await vocabulary.begin_rebuild(session)
    # until the end all of it may still be claimed
    assert "cooking" in await known(api)
    async with api.database.as_system() as session:
        await vocabulary.apply(session, [a_concept("welding", 1)])
        await vocabulary.end_rebuild(session)
    assert await known(api) == {"welding": (1, False)}


def test_mentions_are_found_in_a_body_of_any_shape() -> None:
    places = {"/a/*/id": "skill", "/b": "occupation"}
    good = {"a": [{"id": "x"}, {"id": 7}, {}, None, {"id": "Y z"}, {"id": "y"}]}
    assert mentions(good | {"b": "z"}, places) == [
        Mention("skill", "x", "/a/0/id"),
        Mention("skill", "y", "/a/5/id"),
        Mention("occupation", "z", "/b"),
    ]
    shapeless: list[Any] = [None, [], "text", {"a": {}}, {"a": "x", "b": ["z"]}]
    for body in shapeless:
        assert mentions(body, places) == []


async def test_each_mention_of_an_unknown_or_retired_concept_is_a_fault(
    api: Api,
) -> None:
    mentioned = [
        Mention("skill", "cooking", "/0"),
        Mention("skill", "flying", "/1"),
        Mention("certificate", "cooking", "/2"),
        Mention("skill", "flying", "/3"),
        Mention("skill", "inventory-counting", "/4"),
    ]
    retired = update(known_concept).where(known_concept.c.id == "inventory-counting")
    async with api.database.as_system() as session:
        await session.execute(retired.values(retired=True))
        faults = await unknown_concepts(session, known_concept, mentioned)
        assert await unknown_concepts(session, known_concept, []) == []
    assert [(fault.pointer, fault.rule) for fault in faults] == [
        ("/1", "unknown_skill"),
        ("/2", "unknown_certificate"),
        ("/3", "unknown_skill"),
        ("/4", "retired_skill"),
    ]


@asynccontextmanager
async def a_taxonomy(settings: Settings) -> AsyncIterator[tuple[FastAPI, str]]:
    """A server whose feed of the name `matching` is this database's own outbox."""

    async def snapshot(_: AsyncSession, __: str | None, ___: int) -> list[Event]:
        return [a_concept("welding", 2), a_concept("tiling", 2, retired=True)]

    feed = feed_router("matching", outbox, snapshot)
    app = new_app("matching", settings, [feed], prefixes=[])
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="error", lifespan="on", ws="none")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield app, f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


async def eventually(check: Any) -> None:
    for _ in range(200):
        if await check():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not happen within 10 seconds")


async def test_the_loop_follows_the_taxonomy_and_forgets_old_events(api: Api) -> None:
    old = now() - EVENTS_KEPT - timedelta(hours=1)
    event = {"entity_id": "x", "entity_version": 1, "schema_version": 1, "data": {}}
    async with api.database.as_system() as session:
        rows = [
            event | {"type": "Old", "occurred_at": old},
            event | {"type": "Young", "occurred_at": now()},
        ]
        await session.execute(insert(outbox), rows)

    async with a_taxonomy(api.settings) as (_, url):
        settings = dataclasses.replace(api.settings, matching_url=url)
        stop = asyncio.Event()
        running = asyncio.create_task(loops.run(settings, stop))

        async def rebuilt() -> bool:
            return await known(api) == {"welding": (2, False), "tiling": (2, True)}

        await eventually(rebuilt)

        async def forgotten() -> bool:
            return [event["type"] for event in await api.events()] == ["Young"]

        await eventually(forgotten)

        told = a_concept("plastering", 1)
        async with api.database.as_system() as session:
            new = NewEvent(told.type, told.entity_id, 1, told.data)
            await record_events(session, outbox, [new])

        async def heard() -> bool:
            return "plastering" in await known(api)

        await eventually(heard)
        stop.set()
        await asyncio.wait_for(running, 5)
    async with Database(settings, "test").as_system() as session:
        feed = await session.execute(select(feed_cursor.c.feed))
        assert feed.scalars().all() == ["matching"]
