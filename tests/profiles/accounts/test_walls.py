"""The second wall around accounts: one's own rows, and secrets to nobody."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.database import new_engine
from shared.identity import Caller
from tests.profiles.accounts.conftest import PASSWORD, Desk, Tokens

OWN = ("account", "login", "sign_in")
ORGANISATIONS = ("membership", "invitation", "api_key")
BLIND = ("revocation", "delivery")
CLOSED = (
    "account_key",
    "password",
    "totp",
    "recovery_code",
    "refresh_token",
    "one_time_code",
    "attempt",
)
SECRETS = (*CLOSED[:-1], "delivery")


async def fill(desk: Desk) -> tuple[Caller, Caller, Caller]:
    """Two workers and an owner, with something in every table."""
    workers = [
        await desk.worker(f"+44207946000{number}", password=PASSWORD)
        for number in range(2)
    ]
    owner = await desk.owner()
    await desk.member(owner, "viewer", "sam@northgate.example")
    body = {"kind": "viewer", "name": "Eve", "email": "eve@northgate.example"}
    path = "/v1/accounts/invitations"
    await desk.http.post(path, json=body, headers=owner.headers)

    def caller(tokens: Tokens) -> Caller:
        return desk.caller(tokens.access)

    return caller(workers[0]), caller(workers[1]), caller(owner)


async def count(desk: Desk, caller: Caller | None, table: str) -> int:
    database = desk.api.database
    opened = database.as_oneself(caller) if caller else database.as_nobody()
    async with opened as session:
        found = await session.execute(text(f"SELECT count(*) FROM profiles.{table}"))
        return int(found.scalar_one())


async def test_everybody_sees_their_own_rows_alone(desk: Desk) -> None:
    first, second, owner = await fill(desk)
    for caller in (first, second):
        assert [await count(desk, caller, table) for table in OWN] == [1, 1, 1]
        assert [await count(desk, caller, each) for each in ORGANISATIONS] == [0] * 3
    assert await count(desk, owner, "membership") == 2
    assert await count(desk, owner, "invitation") == 2


async def test_with_nothing_set_every_table_is_empty(desk: Desk) -> None:
    await fill(desk)
    await desk.api.database.app.dispose()
    tables = (*OWN, *ORGANISATIONS, "acting_consent", "acting")
    for _ in range(2):  # on a fresh connection and on a used one
        assert {await count(desk, None, table) for table in tables} == {0}


@pytest.mark.parametrize("table", CLOSED)
async def test_the_app_login_is_refused_what_is_secret(desk: Desk, table: str) -> None:
    worker, _, owner = await fill(desk)
    for caller in (worker, owner):
        with pytest.raises(DBAPIError, match="permission denied"):
            await count(desk, caller, table)


async def test_nobody_reads_back_what_they_may_only_add(desk: Desk) -> None:
    worker, _, owner = await fill(desk)
    for table in BLIND:
        for caller in (worker, owner):
            with pytest.raises(DBAPIError, match="permission denied"):
                await count(desk, caller, table)


@pytest.mark.parametrize("table", SECRETS)
async def test_the_auditor_has_no_business_with_secrets(desk: Desk, table: str) -> None:
    await fill(desk)
    engine = new_engine(desk.api.settings.auditor_database_url, "auditor", 1)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT id FROM profiles.account"))
            with pytest.raises(DBAPIError, match="permission denied"):
                await connection.execute(text(f"SELECT * FROM profiles.{table}"))
    finally:
        await engine.dispose()


REFUSED = """
    UPDATE profiles.account SET kind = 'operator';
    UPDATE profiles.account SET state = 'active';
    INSERT INTO profiles.account (id, kind) VALUES (gen_random_uuid(), 'operator');
    UPDATE profiles.login SET lookup = 'x';
    UPDATE profiles.sign_in SET ends_at = now() + interval '9 years';
    UPDATE profiles.sign_in SET scopes = NULL;
    INSERT INTO profiles.sign_in SELECT * FROM profiles.sign_in;
    DELETE FROM profiles.membership;
    DELETE FROM profiles.api_key;
    UPDATE profiles.acting SET ends_at = now();
    DELETE FROM profiles.acting_consent
"""


async def test_the_app_login_may_not_make_anybody_more_than_they_are(
    desk: Desk,
) -> None:
    worker, _, owner = await fill(desk)
    for statement in REFUSED.split(";"):
        for caller in (worker, owner):
            with pytest.raises(DBAPIError, match=r"permission denied|row-level"):
                async with desk.api.database.as_oneself(caller) as session:
                    await session.execute(text(statement))


async def test_a_worker_cannot_make_themself_a_member(desk: Desk) -> None:
    worker, _, owner = await fill(desk)
    statement = text(
        "INSERT INTO profiles.membership (organisation, account, kind, name)"
        " VALUES (:organisation, :account, 'owner', 'x')"
    )
    values = {"organisation": owner.tenant, "account": worker.subject}
    with pytest.raises(DBAPIError, match="row-level"):
        async with desk.api.database.as_oneself(worker) as session:
            await session.execute(statement, values)
