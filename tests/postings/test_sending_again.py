"""Creating a posting and taking its steps with a key, and reading what is held."""

from __future__ import annotations

from tests.postings.builders import a_posting
from tests.postings.conftest import OPERATOR, Api, an_employer

KEY = {"Idempotency-Key": "advert-87990"}


async def test_a_posting_sent_again_is_created_once(api: Api) -> None:
    body = a_posting(publish=True)
    first = await api.call("POST", "/postings", body, headers=KEY)
    again = await api.call("POST", "/postings", body, headers=KEY)
    other = await api.call("POST", "/postings", body, headers=KEY, by=an_employer())
    assert first.status_code == again.status_code == other.status_code == 201
    assert again.content == first.content
    assert other.json()["id"] != first.json()["id"]
    for name in ("location", "etag", "feed-position"):
        assert again.headers[name] == first.headers[name]
    assert await api.types(first.json()["id"]) == ["PostingOpened"]


async def test_a_step_taken_again_is_one_step(api: Api) -> None:
    made = await api.created(publish=True)
    first = await api.step(made["id"], "fill", headers=KEY)
    again = await api.step(made["id"], "fill", headers=KEY)
    other = await api.step(made["id"], "fill", headers=KEY, by=OPERATOR)
    assert first.json()["status"] == "filled"
    assert again.headers["idempotency-replayed"] == "true"
    assert again.content == first.content
    assert other.json()["type"] == "urn:rollcall:problem:posting-not-open"
    assert await api.types(made["id"]) == ["PostingOpened", "PostingFilled"]


async def test_one_key_is_of_one_step(api: Api) -> None:
    made = await api.created(publish=True)
    await api.step(made["id"], "fill", headers=KEY)
    other = await api.step(made["id"], "cancel", headers=KEY)
    assert other.status_code == 422
    assert other.json()["type"] == "urn:rollcall:problem:idempotency-key-reused"


async def test_a_posting_that_has_not_changed_is_not_sent_again(api: Api) -> None:
    made = await api.created(publish=True)
    path = f"/postings/{made['id']}"
    held = {"If-None-Match": '"1"'}
    for by in (api.employer, an_employer(), OPERATOR):
        answer = await api.call("GET", path, by=by, headers=held)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == '"1"'
    await api.call("PATCH", path, {"title": "Another"})
    assert (await api.call("GET", path, headers=held)).json()["version"] == 2
