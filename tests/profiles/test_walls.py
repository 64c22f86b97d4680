"""The second wall: what the database itself lets each login see."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.database import new_engine
from shared.identity import Caller, Role
from shared.values import new_id
from tests.profiles.builders import a_worker, an_organisation
from tests.profiles.conftest import Api

WALLED = ("worker", "organisation")


async def fill(api: Api) -> tuple[Caller, Caller]:
    """Two workers and two organisations; one caller of each."""
    callers = []
    for _ in range(2):
        worker = Caller(new_id(), Role.WORKER)
        member = Caller(new_id(), Role.EMPLOYER, new_id())
        async with api.as_caller(worker) as http:
            await http.post("/v1/workers", json=a_worker())
        async with api.as_caller(member) as http:
            await http.post("/v1/organisations", json=an_organisation())
        callers = [worker, member]
    return callers[0], callers[1]


async def counts(api: Api, caller: Caller | None) -> dict[str, int]:
    database = api.database
    session_of = database.as_caller(caller) if caller else database.as_nobody()
    async with session_of as session:
        return {
            table: (
                await session.execute(text(f"SELECT count(*) FROM profiles.{table}"))
            ).scalar_one()
            for table in WALLED
        }


async def test_a_worker_and_a_member_see_their_own_row(api: Api) -> None:
    worker, member = await fill(api)
    assert await counts(api, worker) == {"worker": 1, "organisation": 0}
    assert await counts(api, member) == {"worker": 0, "organisation": 1}


async def test_with_nothing_set_the_tables_are_empty_on_fresh_and_used_connections(
    api: Api,
) -> None:
    worker, member = await fill(api)
    nothing = {"worker": 0, "organisation": 0}
    await api.database.app.dispose()
    assert await counts(api, None) == nothing
    for caller in (worker, member):
        await counts(api, caller)
        # one connection at a time is in use, so this is the one just returned
        assert api.database.app.pool.checkedin() == 1  # type: ignore[attr-defined]
        assert await counts(api, None) == nothing


async def test_the_auditor_reads_every_row_and_writes_none(api: Api) -> None:
    await fill(api)
    engine = new_engine(api.settings.auditor_database_url, "auditor", 1)
    try:
        async with engine.connect() as connection:
            found = await connection.execute(text("SELECT id FROM profiles.worker"))
            assert len(found.all()) == 2
            with pytest.raises(DBAPIError, match=r"read-only|permission denied"):
                await connection.execute(text("DELETE FROM profiles.worker"))
    finally:
        await engine.dispose()


async def test_an_update_of_everything_reaches_ones_own_row_alone(api: Api) -> None:
    worker, member = await fill(api)
    reached = {}
    for name, caller in (("worker", worker), ("member", member), ("nobody", None)):
        for statement in (
            "UPDATE profiles.worker SET active = false RETURNING id",
            "UPDATE profiles.organisation SET isic = NULL RETURNING id",
        ):
            database = api.database
            opened = database.as_caller(caller) if caller else database.as_nobody()
            async with opened as session:
                ids = (await session.execute(text(statement))).scalars().all()
            reached[name, statement.split()[1]] = ids
    assert reached == {
        ("worker", "profiles.worker"): [worker.subject],
        ("worker", "profiles.organisation"): [],
        ("member", "profiles.worker"): [],
        ("member", "profiles.organisation"): [member.tenant],
        ("nobody", "profiles.worker"): [],
        ("nobody", "profiles.organisation"): [],
    }


REFUSED = """
    INSERT INTO profiles.organisation (id, version, active, kind, name, country, zone)
        VALUES (gen_random_uuid(), 1, true, 'agency', 'x', 'GB', 'UTC');
    INSERT INTO profiles.worker SELECT (jsonb_populate_record(NULL::profiles.worker,
        jsonb_build_object('id', gen_random_uuid()))).*;
    DELETE FROM profiles.worker;
    DELETE FROM profiles.organisation;
    TRUNCATE profiles.worker;
    SELECT data FROM profiles.outbox;
    UPDATE profiles.outbox SET type = 'x';
    DELETE FROM profiles.outbox;
    INSERT INTO profiles.known_concept VALUES ('skill', 'flying', 1, false);
    UPDATE profiles.feed_cursor SET cursor = NULL
"""


async def test_the_app_login_is_refused_what_it_never_needs(api: Api) -> None:
    refusal = r"permission denied|row-level security"
    worker, member = await fill(api)
    for statement in REFUSED.split(";"):
        for caller in (worker, member):
            with pytest.raises(DBAPIError, match=refusal):
                async with api.database.as_caller(caller) as session:
                    await session.execute(text(statement))


@pytest.mark.parametrize("table", WALLED)
async def test_a_row_cannot_be_given_to_somebody_else(api: Api, table: str) -> None:
    worker, member = await fill(api)
    caller = worker if table == "worker" else member
    moved = text(f"UPDATE profiles.{table} SET id = gen_random_uuid()")
    with pytest.raises(DBAPIError, match="row-level security"):
        async with api.database.as_caller(caller) as session:
            await session.execute(moved)
