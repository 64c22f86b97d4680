"""Names and addresses of people who are no workers: shown to whom they concern, and in
no copy of the database."""

from __future__ import annotations

import secrets

import asyncpg

from services.profiles.privacy.commands import held_here
from shared.settings import Settings
from tests.databases import plain
from tests.privacy.test_canaries import dump
from tests.profiles.accounts.conftest import PASSWORD, Desk, desk, settings
from tests.profiles.builders import an_organisation
from tests.profiles.conftest import api
from tests.profiles.vault.test_migration import move

__all__ = ["api", "desk", "settings"]

MARK = secrets.token_hex(6)
BEFORE, AFTER = "0011_may_work", "0012_sealed_logins"
INVITATIONS = "/v1/accounts/invitations"


def email(who: str) -> str:
    return f"{who}-{MARK}@post.example"


async def test_no_name_or_address_of_a_member_is_in_a_dump(
    desk: Desk, settings: Settings
) -> None:
    body = {
        "kind": "owner",
        "email": email("owner"),
        "password": PASSWORD,
        "name": f"Olive {MARK}",
        "organisation": an_organisation(),
    }
    owner = await desk.signed_up(body, email("owner"))
    for who in ("member", "guest"):
        asked = {"kind": "viewer", "name": f"{who} {MARK}", "email": email(who)}
        made = await desk.http.post(INVITATIONS, json=asked, headers=owner.headers)
        assert made.json()["name"] == asked["name"]
    accepted = await desk.accept(email("member"))
    assert accepted.status_code == 201
    await desk.staff("clerk", email("clerk"))
    worker = await desk.worker("+447700900123", password=PASSWORD)
    kept = dump(settings)
    assert str(owner.organisation).encode() in kept, "the search would find nothing"
    assert MARK.encode() not in kept
    assert b"7700900123" not in kept
    # and whom they concern is shown them
    members = await desk.http.get("/v1/accounts/members", headers=owner.headers)
    named = [each["name"] for each in members.json()["items"]]
    assert named == [f"Olive {MARK}", f"member {MARK}"]
    invited = await desk.http.get(INVITATIONS, headers=owner.headers)
    assert [each["name"] for each in invited.json()["items"]] == [f"guest {MARK}"]
    me = await desk.http.get("/v1/accounts/me", headers=owner.headers)
    [own] = me.json()["account"]["memberships"]
    assert own["name"] == f"Olive {MARK}"
    assert worker.account is not None
    async with desk.api.database.as_system() as session:
        held = await held_here(session, worker.account)
    assert [row["address"] for row in held["login"]] == ["+447700900123"]


async def test_who_may_no_longer_join_leaves_no_name_behind(desk: Desk) -> None:
    owner = await desk.owner()
    asked = {"kind": "viewer", "name": "Sam Hill", "email": email("member")}
    made = await desk.http.post(INVITATIONS, json=asked, headers=owner.headers)
    path = f"{INVITATIONS}/{made.json()['id']}"
    await desk.http.delete(path, headers=owner.headers)
    await desk.member(owner, "viewer", email("other"))
    assert [row["sealed"] for row in await desk.api.rows("invitation")] == [None] * 2


async def test_a_destroyed_key_leaves_a_member_without_a_name(desk: Desk) -> None:
    owner = await desk.owner()
    async with desk.api.database.as_system() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("DELETE FROM profiles.subject_key")
    members = await desk.http.get("/v1/accounts/members", headers=owner.headers)
    assert [each["name"] for each in members.json()["items"]] == [None]


async def test_names_of_before_are_opened_and_sealed_again(
    desk: Desk, settings: Settings
) -> None:
    owner = await desk.owner()
    asked = {"kind": "viewer", "name": f"guest {MARK}", "email": email("guest")}
    await desk.http.post(INVITATIONS, json=asked, headers=owner.headers)
    move(settings, BEFORE)
    connection = await asyncpg.connect(plain(settings.database_url))
    names = [
        await connection.fetchval(f"SELECT name FROM profiles.{table}")
        for table in ("membership", "invitation")
    ]
    assert names == ["Jo Reed", f"guest {MARK}"]
    await connection.execute("UPDATE profiles.membership SET name = $1", f"Ann {MARK}")
    await connection.close()
    move(settings, AFTER, AFTER)
    # its statements were prepared on other columns
    await desk.api.database.dispose()
    assert MARK.encode() not in dump(settings)
    members = await desk.http.get("/v1/accounts/members", headers=owner.headers)
    assert [each["name"] for each in members.json()["items"]] == [f"Ann {MARK}"]
    invited = await desk.http.get(INVITATIONS, headers=owner.headers)
    assert [each["name"] for each in invited.json()["items"]] == [f"guest {MARK}"]
