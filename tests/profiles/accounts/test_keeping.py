"""The installation's secret may change, and a worker may go: what accounts keep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from services.profiles.accounts.addresses import email_address
from services.profiles.accounts.forgetting import forget_old_accounts
from services.profiles.accounts.keeping import account_secrets
from services.profiles.privacy.registry import PERSONS
from services.profiles.vault.envelope import CannotOpen
from shared.database import Database
from shared.keys import InstallationSecret
from shared.settings import Settings
from tests.profiles.accounts.conftest import PASSWORD, Desk

AMARA = email_address("Amara@Example.org")
PHONE = "+442079460001"


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings, "profiles")
    yield database
    await database.dispose()


async def lookup(database: Database) -> bytes:
    async with database.as_system() as session:
        return (await account_secrets(session)).lookup(AMARA)


async def test_logins_are_found_after_the_secret_has_changed(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    before = await lookup(database)
    other = tmp_path / "other-secret"
    InstallationSecret.read_or_create(other)
    changed = replace(
        settings,
        secret_key_file=other,
        previous_secret_key_file=settings.secret_key_file,
    )
    # the first process with both wraps the key anew, so later the old one may go
    for now in (changed, replace(changed, previous_secret_key_file=None)):
        later = Database(now, "profiles")
        assert await lookup(later) == before
        await later.dispose()
    forgotten = tmp_path / "third-secret"
    InstallationSecret.read_or_create(forgotten)
    lost = Database(replace(settings, secret_key_file=forgotten), "profiles")
    with pytest.raises(CannotOpen):
        await lookup(lost)
    await lost.dispose()


async def test_processes_that_start_at_once_agree_on_the_key(
    settings: Settings,
) -> None:
    databases = [Database(settings, "profiles") for _ in range(4)]
    found = await asyncio.gather(*(lookup(each) for each in databases))
    assert len(set(found)) == 1
    for each in databases:
        await each.dispose()


async def test_an_erased_worker_has_no_account_and_no_sign_in_left(desk: Desk) -> None:
    worker = await desk.worker(PHONE, password=PASSWORD)
    other = await desk.worker("+442079460002")
    assert worker.account is not None
    session_id = desk.caller(worker.access).session
    async with desk.api.database.as_system() as session:
        held = await PERSONS.export(session, worker.account)
        assert {"account", "login", "password", "sign_in"} <= {
            table for table, rows in held.items() if rows
        }
        await PERSONS.erase(session, worker.account)
        assert await PERSONS.held(session, worker.account) == {}
    revoked = [row["target"] for row in await desk.api.rows("revocation")]
    assert revoked == [session_id]
    refused = [
        await desk.token("refresh_token", refresh_token=worker.refresh),
        await desk.token("password", username=PHONE, password=PASSWORD),
    ]
    assert [each.status_code for each in refused] == [400, 400]
    kept = await desk.token("refresh_token", refresh_token=other.refresh)
    assert kept.status_code == 200
    again = await desk.worker(PHONE)
    assert again.account != worker.account


async def test_what_is_old_is_forgotten(desk: Desk) -> None:
    tokens = await desk.worker(PHONE, password=PASSWORD)
    await desk.token("password", username=PHONE, password="wrong password")
    await desk.http.post("/v1/accounts/revoke", data={"token": tokens.refresh})
    kept = await desk.sign_in(PHONE)
    await forget_old_accounts(desk.api.database)
    tables = ("one_time_code", "attempt", "revocation", "sign_in", "refresh_token")
    assert all([await desk.api.rows(table) for table in tables])
    async with desk.api.database.as_system() as session:
        ages = {
            "one_time_code": "expires_at = now() - interval '1 hour'",
            "attempt": "last_at = now() - interval '2 days'",
            "revocation": "revoked_at = now() - interval '2 days'",
            "sign_in": "ends_at = now() - interval '31 days' WHERE revoked_at"
            " IS NOT NULL",
        }
        for table, change in ages.items():
            await session.execute(text(f"UPDATE profiles.{table} SET {change}"))
    await forget_old_accounts(desk.api.database)
    for table in ("one_time_code", "attempt", "revocation"):
        assert await desk.api.rows(table) == []
    assert len(await desk.api.rows("sign_in")) == 1
    still = await desk.token("refresh_token", refresh_token=kept.refresh)
    assert still.status_code == 200
