"""Registering and confirming with a key, behind the row walls and above them."""

from __future__ import annotations

import pytest

from shared.identity import Caller, Role
from shared.values import new_id
from tests.profiles.builders import a_row, a_worker
from tests.profiles.conftest import Api

KEY = {"Idempotency-Key": "from-the-counter"}


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SERVICE, Role.WORKER])
async def test_a_registration_sent_again_registers_once(api: Api, role: Role) -> None:
    async with api.as_caller(Caller(new_id(), role)) as http:
        first = await http.post("/v1/workers", json=a_worker(), headers=KEY)
        again = await http.post("/v1/workers", json=a_worker(), headers=KEY)
    assert first.status_code == again.status_code == 201
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert again.content == first.content
    assert len(await api.rows("worker")) == 1
    assert len(await api.events()) == 1


async def test_two_operators_with_the_same_key_do_not_meet(api: Api) -> None:
    found = set()
    for _ in range(2):
        async with api.as_operator() as http:
            answer = await http.post("/v1/workers", json=a_worker(), headers=KEY)
            found.add(answer.json()["id"])
    assert len(found) == len(await api.rows("worker")) == 2


async def test_a_batch_sent_again_tells_again_what_was_created(api: Api) -> None:
    rows = {"workers": [a_row(1), a_row(2, email="no address")]}
    async with api.as_service() as http:
        first = await http.post("/v1/workers/batch", json=rows, headers=KEY)
        again = await http.post("/v1/workers/batch", json=rows, headers=KEY)
        without = await http.post("/v1/workers/batch", json=rows)
    outcomes = [row["result"] for row in again.json()["results"]]
    assert outcomes == ["created", "rejected"]
    assert again.content == first.content
    assert without.json()["results"][0]["result"] == "unchanged"


async def test_what_an_answer_says_of_a_person_is_not_stored_readably(
    api: Api, somebody: Caller
) -> None:
    async with api.as_caller(somebody) as http:
        await http.post("/v1/workers", json=a_worker(), headers=KEY)
    (row,) = await api.rows("idempotency_key")
    held = b"".join(value for value in row.values() if isinstance(value, bytes))
    for said in ("Amara", "amara@example.org", "7946", "forklift", KEY.popitem()[1]):
        assert said.encode() not in held


async def test_hours_are_confirmed_only_as_they_were_seen(
    api: Api, somebody: Caller
) -> None:
    async with api.as_caller(somebody) as http:
        first = await http.post("/v1/workers", json=a_worker())
        path = f"{first.headers['Location']}/availability"
        await http.put(path, json={"weekly": []})
        seen = {"If-Match": first.headers["ETag"]}
        refused = await http.post(f"{path}/confirmations", headers=seen)
        newest = {"If-Match": refused.headers["ETag"]} | {"Idempotency-Key": "confirm"}
        confirmed = await http.post(f"{path}/confirmations", headers=newest)
        again = await http.post(f"{path}/confirmations", headers=newest)
    assert refused.status_code == 412
    assert confirmed.status_code == 200
    # the version has gone on, but this is the same request
    assert again.content == confirmed.content
    assert again.headers["etag"] == confirmed.headers["etag"] == '"3"'


@pytest.mark.parametrize(
    ("held", "status"),
    [('"1"', 304), ('W/"1"', 304), ('"7", "1"', 304), ("*", 304), ('"7"', 200)],
)
async def test_what_has_not_changed_is_not_sent_again(
    api: Api, somebody: Caller, held: str, status: int
) -> None:
    async with api.as_caller(somebody) as http:
        first = await http.post("/v1/workers", json=a_worker())
        path = first.headers["Location"]
        answer = await http.get(path, headers={"If-None-Match": held})
        nonsense = await http.get(path, headers={"If-None-Match": "yesterday's"})
    assert answer.status_code == status
    assert answer.headers["etag"] == '"1"'
    assert answer.content == (b"" if status == 304 else first.content)
    assert nonsense.status_code == 422
