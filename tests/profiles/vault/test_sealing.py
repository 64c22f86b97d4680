"""What says who somebody is lies sealed, each person's under a key of their own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.profiles.privacy.registry import PERSONS
from services.profiles.vault.envelope import (
    CannotOpen,
    new_data_key,
    open_with,
    seal_with,
)
from services.profiles.vault.keyring import keyring_of
from services.profiles.vault.rewrapping import keys_by_wrapping, rewrap_keys
from services.profiles.vault.sealing import (
    keyed_hash,
    open_sealed,
    seal,
)
from shared.database import Database
from shared.identity import Caller, Role
from shared.keys import InstallationSecret
from shared.values import new_id
from tests.profiles.builders import a_worker, an_organisation
from tests.profiles.conftest import Api

SECRETS = ("Amara", "amara@", "7946", "home", "51.5072", "-0.1276", "Jo Reed", "jo@")


async def test_no_row_holds_a_name_a_contact_or_an_exact_place(
    api: Api, somebody: Caller
) -> None:
    async with api.as_caller(somebody) as http:
        made = await http.post("/v1/workers", json=a_worker())
        assert made.status_code == 201
        await http.patch(f"/v1/workers/{somebody.subject}", json={"active": False})
    member = Caller(new_id(), Role.EMPLOYER, new_id())
    async with api.as_caller(member) as http:
        await http.post("/v1/organisations", json=an_organisation())
    held = [
        str(row)
        for table in ("worker", "organisation", "subject_key", "outbox")
        for row in await api.rows(table)
    ]
    assert [word for word in SECRETS for row in held if word in row] == []
    async with api.as_caller(somebody) as http:
        shown = (await http.get(f"/v1/workers/{somebody.subject}")).json()
    assert shown["display_name"] == "Amara Okafor"
    assert shown["places"][0] | {"lat": 51.5072, "label": "home"} == shown["places"][0]


async def test_two_who_say_the_same_are_sealed_differently(api: Api) -> None:
    for _ in range(2):
        async with api.as_caller(Caller(new_id(), Role.WORKER)) as http:
            await http.post("/v1/workers", json=a_worker())
    one, other = [row["sealed"] for row in await api.rows("worker")]
    assert one != other


async def test_changing_the_phone_alone_keeps_the_rest(
    api: Api, somebody: Caller
) -> None:
    path = f"/v1/workers/{somebody.subject}"
    async with api.as_caller(somebody) as http:
        before = (await http.post("/v1/workers", json=a_worker())).json()
        await http.patch(path, json={"phone": "+44 20 7946 0999"})
        after = (await http.get(path)).json()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"phone", "version", "updated_at", "last_active_at"}


async def test_a_list_of_workers_is_opened_whole(api: Api) -> None:
    names = [f"Worker {number}" for number in range(60)]
    rows = [a_worker(display_name=name) for name in names]
    async with api.as_operator() as http:
        await http.post("/v1/workers/batch", json={"workers": rows})
        page = (await http.get("/v1/workers", params={"limit": 200})).json()
    assert sorted(item["display_name"] for item in page["items"]) == sorted(names)


def test_what_is_sealed_opens_for_its_subject_and_purpose_alone() -> None:
    key, subject = AESGCM(new_data_key()), new_id()
    sealed = seal_with(key, subject, "passport", b"K0000001")
    assert open_with(key, subject, "passport", sealed) == b"K0000001"
    for other, purpose in ((new_id(), "passport"), (subject, "contact")):
        with pytest.raises(CannotOpen):
            open_with(key, other, purpose, sealed)
    with pytest.raises(CannotOpen):
        open_with(AESGCM(new_data_key()), subject, "passport", sealed)
    for place in range(len(sealed)):
        broken = bytearray(sealed)
        broken[place] ^= 1
        with pytest.raises(CannotOpen):
            open_with(key, subject, "passport", bytes(broken))


async def test_without_the_key_nothing_opens_any_more(api: Api) -> None:
    subject = new_id()
    async with api.database.as_system() as session:
        sealed = await seal(session, subject, "passport", b"K0000001")
        opened = await open_sealed(session, subject, "passport", sealed)
        assert opened == b"K0000001"
        await PERSONS.erase(session, subject, only={"subject_key"})
        assert await open_sealed(session, subject, "passport", sealed) is None
        # whoever comes back gets a new key, which opens nothing of before
        await seal(session, subject, "passport", b"K0000002")
        with pytest.raises(CannotOpen):
            await open_sealed(session, subject, "passport", sealed)


async def test_two_transactions_that_make_a_key_agree_on_one(api: Api) -> None:
    subject = new_id()
    async with api.database.as_system() as one:
        first = await seal(one, subject, "a", b"first")
    async with api.database.as_system() as other:
        second = await seal(other, subject, "b", b"second")
        assert await open_sealed(other, subject, "a", first) == b"first"
        assert await open_sealed(other, subject, "b", second) == b"second"


async def test_a_worker_reaches_no_key_but_their_own(api: Api) -> None:
    one, other = Caller(new_id(), Role.WORKER), Caller(new_id(), Role.WORKER)
    async with api.database.as_caller(one) as session:
        sealed = await seal(session, one.subject, "contact", b"secret")
    async with api.database.as_caller(other) as session:
        assert await open_sealed(session, one.subject, "contact", sealed) is None
    async with api.database.as_nobody() as session:
        assert await open_sealed(session, one.subject, "contact", sealed) is None
    async with api.database.as_caller(one) as session:
        assert await open_sealed(session, one.subject, "contact", sealed) == b"secret"


async def test_a_keyed_hash_finds_the_same_text_for_the_same_purpose(api: Api) -> None:
    async with api.database.as_system() as session:
        first = keyed_hash(session, "identity document", "GB:K0000001")
        assert first == keyed_hash(session, "identity document", "GB:K0000001")
        assert first != keyed_hash(session, "login", "GB:K0000001")
        assert first != keyed_hash(session, "identity document", "GB:K0000002")


async def test_a_new_secret_wraps_the_keys_and_then_the_old_one_can_go(
    api: Api, somebody: Caller, tmp_path: Path
) -> None:
    async with api.as_caller(somebody) as http:
        await http.post("/v1/workers", json=a_worker())
    new_file = tmp_path / "new-secret"
    InstallationSecret.read_or_create(new_file)
    alone = replace(api.settings, secret_key_file=new_file)
    both = replace(alone, previous_secret_key_file=api.settings.secret_key_file)
    database = Database(alone, "profiles")
    try:
        with pytest.raises(CannotOpen):
            await rewrap_keys(database)
    finally:
        await database.dispose()
    database = Database(both, "profiles")
    try:
        assert await rewrap_keys(database) == 1
        assert await rewrap_keys(database) == 0
        assert await keys_by_wrapping(database) == {keyring_of(alone).name: 1}
    finally:
        await database.dispose()
    api.app.state.database = Database(alone, "profiles")
    async with api.as_caller(somebody) as http:
        shown = (await http.get(f"/v1/workers/{somebody.subject}")).json()
    assert shown["display_name"] == "Amara Okafor"
    await api.database.dispose()
