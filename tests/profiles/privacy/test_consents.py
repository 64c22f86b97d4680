"""Consents are given to a wording and withdrawn as easily; periods are data."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.profiles.privacy.retention import apply_retention
from services.profiles.privacy.rules import (
    consent_kinds,
    country_of_zone,
    load_rules,
    retention_rules,
)
from shared.identity import Actor, Caller, Role
from shared.values import new_id
from tests.profiles.builders import a_worker
from tests.profiles.conftest import Api

Document = dict[str, Any]


async def asked(api: Api, caller: Caller, worker: Caller) -> Document:
    async with api.as_caller(caller) as http:
        answer = await http.get(f"/v1/workers/{worker.subject}/consents")
    assert answer.status_code == 200, answer.text
    document: Document = answer.json()
    return document


def notices(document: Document) -> Document:
    [found] = [c for c in document["consents"] if c["kind"] == "notices"]
    return dict(found)


def path_of(worker: Caller) -> str:
    return f"/v1/workers/{worker.subject}/consents/notices"


async def test_nothing_is_consented_to_unasked(api: Api, registered: Caller) -> None:
    document = await asked(api, registered, registered)
    kinds = {kind["id"] for kind in consent_kinds() if not kind["retired"]}
    assert {consent["kind"] for consent in document["consents"]} == kinds
    assert not any(consent["holds"] for consent in document["consents"])


async def test_a_consent_holds_from_its_giving_to_its_withdrawal(
    api: Api, registered: Caller
) -> None:
    path = path_of(registered)
    async with api.as_caller(registered) as http:
        for _ in range(2):
            given = await http.put(path, json={"version": 1})
            assert given.status_code == 200, given.text
            assert given.json()["holds"]
        for _ in range(2):
            withdrawn = (await http.delete(path)).json()
            assert not withdrawn["holds"]
            assert withdrawn["withdrawn_at"]
    [row] = await api.rows("consent")
    assert row["given_through"] is None


async def test_a_new_wording_has_to_be_read_anew(api: Api, registered: Caller) -> None:
    path = path_of(registered)
    async with api.as_caller(registered) as http:
        await http.put(path, json={"version": 1})
        async with api.database.as_system() as session:
            reworded = "UPDATE profiles.consent_kind SET version = 2"
            await session.execute(text(reworded))
        assert not notices(await asked(api, registered, registered))["holds"]
        stale = await http.put(path, json={"version": 1})
        assert stale.json()["errors"][0]["rule"] == "wording_changed"
        assert (await http.put(path, json={"version": 2})).json()["holds"]
    assert len(await api.rows("consent")) == 2


async def test_who_acted_for_the_worker_is_kept_with_the_consent(
    api: Api, registered: Caller
) -> None:
    clerk = Actor(new_id(), Role.CLERK)
    acting = Caller(registered.subject, Role.WORKER, actor=clerk)
    async with api.as_caller(acting) as http:
        await http.put(path_of(registered), json={"version": 1})
    [row] = await api.rows("consent")
    assert row["given_through"] == clerk.subject


async def test_consents_of_others_and_of_unknown_kinds_are_not_there(
    api: Api, registered: Caller
) -> None:
    other = Caller(new_id(), Role.WORKER)
    async with api.as_caller(other) as http:
        assert (await http.get(path_of(registered)[:-8])).status_code == 404
        given = await http.put(path_of(registered), json={"version": 1})
        assert given.status_code == 404
        assert (await http.delete(path_of(registered))).status_code == 404
    async with api.as_caller(registered) as http:
        unknown = f"/v1/workers/{registered.subject}/consents/tattoos"
        assert (await http.put(unknown, json={"version": 1})).status_code == 404


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Europe/London", "GB"),
        ("Asia/Shanghai", "CN"),
        ("Europe/Berlin", "DE"),
        ("UTC", "*"),
        ("Nowhere/Land", "*"),
    ],
)
def test_a_zone_says_whose_rules_hold(zone: str, country: str) -> None:
    assert country_of_zone(zone) == country


def test_every_period_has_a_rule_for_those_without_one_of_their_own() -> None:
    rules = retention_rules()
    everywhere = {rule["what"] for rule in rules if rule["jurisdiction"] == "*"}
    assert {rule["what"] for rule in rules} == everywhere
    assert all(rule["source"] for rule in rules)
    assert all(rule["notice_days"] <= rule["keep_days"] for rule in rules)


async def unseen_for(api: Api, worker: Caller, days: int) -> None:
    async with api.database.as_system() as session:
        statement = text(
            "UPDATE profiles.worker SET (registered_at, last_active_at, confirmed_at)"
            " = (seen, seen, seen) FROM (SELECT now() - CAST(:age AS interval) AS seen)"
            " AS earlier WHERE id = :id"
        )
        age = timedelta(days=days, minutes=1)
        await session.execute(statement, {"age": age, "id": worker.subject})


async def pass_days(api: Api, days: int) -> None:
    """As if the notice had been given so many days ago."""
    async with api.database.as_system() as session:
        statement = text(
            "UPDATE profiles.retention_notice"
            " SET noticed_at = noticed_at - CAST(:age AS interval),"
            " due_at = due_at - CAST(:age AS interval)"
        )
        await session.execute(statement, {"age": timedelta(days=days)})


async def test_a_profile_nobody_used_is_removed_after_a_notice(
    api: Api, registered: Caller
) -> None:
    assert await apply_retention(api.database) == {"noticed": 0, "removed": 0}
    await unseen_for(api, registered, 699)
    assert await apply_retention(api.database) == {"noticed": 0, "removed": 0}
    await unseen_for(api, registered, 701)
    assert await apply_retention(api.database) == {"noticed": 1, "removed": 0}
    assert await apply_retention(api.database) == {"noticed": 0, "removed": 0}
    retention = (await asked(api, registered, registered))["retention"]
    assert retention["keep_days"] == 730
    assert retention["notice_given_at"]
    await pass_days(api, 31)
    assert await apply_retention(api.database) == {"noticed": 0, "removed": 1}
    async with api.as_caller(registered) as http:
        assert (await http.get(f"/v1/workers/{registered.subject}")).status_code == 404
    [erasure] = await api.rows("erasure")
    assert erasure["reason"] == "retention"


async def test_a_sign_of_life_takes_the_notice_back(
    api: Api, registered: Caller
) -> None:
    await unseen_for(api, registered, 800)
    assert (await apply_retention(api.database))["noticed"] == 1
    async with api.as_caller(registered) as http:
        path = f"/v1/workers/{registered.subject}/availability/confirmations"
        assert (await http.post(path)).status_code == 200
    await pass_days(api, 0)
    assert await apply_retention(api.database) == {"noticed": 0, "removed": 0}
    assert await api.rows("retention_notice") == []


async def test_a_jurisdiction_with_a_rule_of_its_own_is_kept_to_it(
    api: Api, registered: Caller
) -> None:
    german = Caller(new_id(), Role.WORKER)
    async with api.as_caller(german) as http:
        await http.post("/v1/workers", json=a_worker(zone="Europe/Berlin"))
    for worker in (registered, german):
        await unseen_for(api, worker, 400)
    assert await apply_retention(api.database) == {"noticed": 1, "removed": 0}
    [notice] = await api.rows("retention_notice")
    assert notice["worker"] == german.subject


async def test_the_rules_are_brought_to_what_the_files_say(api: Api) -> None:
    async with api.database.as_system() as session:
        await session.execute(text("UPDATE profiles.retention_rule SET keep_days = 1"))
        await load_rules(session)
    rows = await api.rows("retention_rule")
    held = {(r["what"], r["jurisdiction"], r["keep_days"]) for r in rows}
    said = {(r["what"], r["jurisdiction"], r["keep_days"]) for r in retention_rules()}
    assert held == said
