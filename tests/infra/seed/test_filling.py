"""Filling waits for the whole taxonomy, whatever part of it comes first."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import insert

from infra.seed.filling import fill
from infra.seed.trades import trades
from services.postings.models import known_concept
from shared.database import Database
from shared.settings import Settings
from shared.values import now


async def test_nothing_is_written_before_the_last_skill_is_known(
    settings: Settings,
) -> None:
    """The taxonomy comes in pages, occupations before the skills they name."""
    made = trades()
    concepts = {
        "occupation": {trade.id for trade in made},
        "certificate": {name for trade in made for name in trade.certificates},
        "skill": {name for trade in made for name in trade.essential + trade.optional},
    }
    database = Database(settings, "test")

    async def publish(kind: str) -> None:
        rows = [
            {"kind": kind, "id": id, "version": 1, "retired": False}
            for id in sorted(concepts[kind])
        ]
        async with database.as_system() as session:
            await session.execute(insert(known_concept), rows)

    await publish("certificate")
    await publish("occupation")
    today = (now() + timedelta(days=1)).date()
    filling = asyncio.create_task(
        fill(settings, made, workers=20, postings=20, seed=3, today=today)
    )
    await asyncio.sleep(0.5)
    assert not filling.done()
    await publish("skill")
    filled = await asyncio.wait_for(filling, 30)
    await database.dispose()
    assert (filled.workers, filled.postings) == (20, 20)
