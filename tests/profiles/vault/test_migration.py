"""An existing database loses no contact when it is brought to sealed ones, and back."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
import orjson
from alembic import command
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from infra.migrate import _config
from shared.database import asyncpg_url
from shared.settings import Settings
from shared.values import new_id
from tests.databases import plain
from tests.profiles.conftest import Api

BEFORE, AFTER = "0005_audit", "head"
PLACE = {
    "lat": 51.5072,
    "lon": -0.1276,
    "radius_km": 20.0,
    "available_from": None,
    "available_until": None,
    "label": "home",
}

OLD_WORKER = """
    INSERT INTO profiles.worker (id, version, active, display_name, email, phone,
        markets, kinds, skills, places, accepts_lodging, accepts_remote, zone, weekly,
        exceptions, pay_floors, certificates, languages, blocked_organisations,
        removed_at)
    VALUES ($1, 3, true, $2, $3, '+44 20 7946 0000', '["temporary"]',
        '["temporary"]', '[]', $4, false, false, 'Europe/London', '[]', '[]', '[]',
        '[]', '[]', '[]', $5)
"""
OLD_ORGANISATION = """
    INSERT INTO profiles.organisation
        (id, version, active, kind, name, country, zone, contact)
    VALUES ($1, 1, true, 'employer', 'Northgate', 'GB', 'Europe/London', $2)
"""


def move(settings: Settings, to: str, after: str = AFTER) -> None:
    """Bring profiles to a revision: up to `after`, down to any other."""

    def run(connection: Connection) -> None:
        config = _config("profiles")
        config.attributes.update(
            connection=connection, schema="profiles", settings=settings
        )
        (command.upgrade if to == after else command.downgrade)(config, to)

    async def work() -> None:
        engine = create_async_engine(asyncpg_url(settings.database_url))
        async with engine.connect() as connection:
            await connection.run_sync(run)
            await connection.commit()
        await engine.dispose()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work()).result()


async def test_rows_move_into_the_vault_and_out_again(
    api: Api, settings: Settings
) -> None:
    people = [new_id() for _ in range(2_300)]
    gone, employer, silent = new_id(), new_id(), new_id()
    move(settings, BEFORE)
    connection = await asyncpg.connect(plain(settings.database_url))
    place = orjson.dumps([PLACE]).decode()
    await connection.executemany(
        OLD_WORKER,
        [(id, f"Name {id}", f"{id}@a.example", place, None) for id in people],
    )
    await connection.execute(OLD_WORKER.replace("$5", "now()"), gone, None, None, "[]")
    contact = {"name": "Jo Reed", "email": "jo@northgate.example", "phone": None}
    await connection.execute(OLD_ORGANISATION, employer, orjson.dumps(contact).decode())
    await connection.execute(OLD_ORGANISATION, silent, None)
    before: list[Any] = await connection.fetch(
        "SELECT display_name, email, places FROM profiles.worker ORDER BY id"
    )

    await connection.close()
    move(settings, AFTER)
    async with api.as_operator() as http:
        last = (await http.get(f"/v1/workers/{people[-1]}")).json()
        assert last["display_name"] == f"Name {people[-1]}"
        assert last["email"] == f"{people[-1]}@a.example"
        assert last["places"] == [PLACE]
        shown = (await http.get(f"/v1/organisations/{employer}")).json()
        assert shown["contact"] == contact
        shown = (await http.get(f"/v1/organisations/{silent}")).json()
        assert shown["contact"] is None
        assert (await http.get(f"/v1/workers/{gone}")).status_code == 404
    async with api.database.as_system() as session:
        keys = text("SELECT count(*) FROM profiles.subject_key")
        assert (await session.execute(keys)).scalar_one() == len(people) + 1
    kept = str(await api.rows("worker"))
    assert "Name" not in kept
    assert "51.5072" not in kept

    move(settings, BEFORE)
    connection = await asyncpg.connect(plain(settings.database_url))
    after = await connection.fetch(
        "SELECT display_name, email, places FROM profiles.worker ORDER BY id"
    )
    await connection.close()
    assert [(row[0], row[1], orjson.loads(row[2])) for row in after] == [
        (row[0], row[1], orjson.loads(row[2])) for row in before
    ]
