"""Which buckets a request draws from, and what its answer says of them."""

from __future__ import annotations

import re
from uuid import UUID

import httpx
import pytest
import redis

from shared.identity import Actor, Caller, Role
from shared.rates import Rate
from shared.settings import Settings
from shared.values import new_id
from tests.shared.rate_limits.apps import bearer, client, limited, new_things_app

ITEM = re.compile(r'"([a-z-]+)"((?:;[a-z]+=\d+)+)')


def states(answer: httpx.Response, field: str) -> dict[str, dict[str, int]]:
    """A field of the draft, read as the list of structured fields that it is."""
    return {
        name: {
            key: int(value) for key, value in re.findall(r";([a-z]+)=(\d+)", parameters)
        }
        for name, parameters in ITEM.findall(answer.headers[field])
    }


def a_worker(key: UUID | None = None, actor: Actor | None = None) -> Caller:
    return Caller(new_id(), Role.WORKER, key=key, actor=actor)


async def test_every_answer_says_what_is_left_and_the_next_one_is_refused(
    settings: Settings,
) -> None:
    settings = limited(settings, reads=Rate(2, 60))
    me = bearer(settings, a_worker())
    async with client(new_things_app(settings)) as http:
        first = await http.get("/v1/things", headers=me)
        unknown = await http.get("/v1/things/nowhere", headers=me)
        refused = await http.get("/v1/things", headers=me)
    assert (first.status_code, unknown.status_code) == (200, 404)
    assert states(first, "RateLimit-Policy") == {
        "reads": {"q": 2, "w": 60},
        "reads-office": {"q": 20, "w": 60},
    }
    assert states(first, "RateLimit")["reads"] == {"r": 1, "t": 30}
    assert states(unknown, "RateLimit")["reads"]["r"] == 0
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:rollcall:problem:rate-limited"
    wait = int(refused.headers["retry-after"])
    assert 29 <= wait <= 30
    assert states(refused, "RateLimit")["reads"] == {"r": 0, "t": wait}


async def test_a_request_over_the_limit_is_refused_before_its_body_is_read(
    settings: Settings,
) -> None:
    settings = limited(settings, writes=Rate(1, 60))
    me = bearer(settings, a_worker())
    async with client(new_things_app(settings)) as http:
        malformed = [
            await http.post("/v1/things", headers=me, content=b"{") for _ in range(2)
        ]
    assert [answer.status_code for answer in malformed] == [422, 429]


async def test_reads_writes_and_searches_are_counted_apart(settings: Settings) -> None:
    settings = limited(
        settings, reads=Rate(1, 60), writes=Rate(1, 60), heavy=Rate(1, 60)
    )
    me = bearer(settings, a_worker())
    async with client(new_things_app(settings)) as http:
        for expected in (200, 429):
            asked = (
                await http.get("/v1/things", headers=me),
                await http.post("/v1/things", headers=me, json={}),
                await http.post("/v1/things/search", headers=me),
            )
            assert {answer.status_code for answer in asked} == {expected}


async def test_an_account_is_one_account_wherever_it_asks_from(
    settings: Settings,
) -> None:
    settings = limited(settings, reads=Rate(1, 60))
    me = bearer(settings, a_worker())
    async with client(new_things_app(settings), "192.0.2.1") as http:
        assert (await http.get("/v1/things", headers=me)).status_code == 200
    async with client(new_things_app(settings), "198.51.100.7") as http:
        assert (await http.get("/v1/things", headers=me)).status_code == 429


async def test_an_api_key_cannot_use_up_its_account(settings: Settings) -> None:
    settings = limited(settings, reads=Rate(4, 60), key_percent=50)
    organisation, member = new_id(), new_id()

    def with_key(key: UUID | None) -> dict[str, str]:
        caller = Caller(member, Role.EMPLOYER, organisation, key=key)
        return bearer(settings, caller)

    greedy = with_key(new_id())
    async with client(new_things_app(settings)) as http:
        first = [await http.get("/v1/things", headers=greedy) for _ in range(3)]
        person = await http.get("/v1/things", headers=with_key(None))
    assert [answer.status_code for answer in first] == [200, 200, 429]
    assert states(first[-1], "RateLimit")["reads-key"]["r"] == 0
    assert states(first[-1], "RateLimit")["reads"]["r"] == 2
    assert person.status_code == 200


async def test_the_people_of_one_address_share_a_wide_limit(settings: Settings) -> None:
    settings = limited(settings, reads=Rate(1, 60), address_factor=3)
    async with client(new_things_app(settings)) as http:
        answers = [
            await http.get("/v1/things", headers=bearer(settings, a_worker()))
            for _ in range(4)
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


async def test_nobody_is_limited_by_address_and_takes_nothing_from_those_signed_in(
    settings: Settings,
) -> None:
    settings = limited(settings, reads=Rate(2, 60))
    app = new_things_app(settings)
    async with client(app) as http:
        forged = {"Authorization": "Bearer forged"}
        for headers in ({}, forged):
            assert (
                await http.get("/v1/things/public", headers=headers)
            ).status_code == 200
        assert (await http.get("/v1/things/public")).status_code == 429
        # guessing tokens and paths draws from the same bucket
        assert (await http.get("/v1/things", headers=forged)).status_code == 429
        assert (await http.get("/nowhere")).status_code == 429
        me = bearer(settings, a_worker())
        assert (await http.get("/v1/things", headers=me)).status_code == 200
    async with client(new_things_app(settings), "192.0.2.2") as http:
        assert (await http.get("/v1/things/public")).status_code == 200


async def test_an_operator_who_imports_may_ask_often_and_a_service_always(
    settings: Settings,
) -> None:
    settings = limited(settings, heavy=Rate(1, 60), operator_factor=3)
    operator = bearer(settings, Caller(new_id(), Role.OPERATOR))
    service = bearer(settings, Caller(new_id(), Role.SERVICE))
    async with client(new_things_app(settings)) as http:
        imported = [
            (await http.post("/v1/things/search", headers=operator)).status_code
            for _ in range(4)
        ]
        followed = [
            await http.post("/v1/things/search", headers=service) for _ in range(10)
        ]
    assert imported == [200, 200, 200, 429]
    assert {answer.status_code for answer in followed} == {200}
    assert "ratelimit" not in followed[-1].headers


async def test_who_acts_for_another_spends_their_own(settings: Settings) -> None:
    settings = limited(settings, reads=Rate(1, 60))
    clerk = Actor(new_id(), Role.CLERK)
    async with client(new_things_app(settings)) as http:
        for expected in (200, 429):
            served = bearer(settings, a_worker(actor=clerk))
            assert (
                await http.get("/v1/things", headers=served)
            ).status_code == expected


async def test_sign_in_is_counted_by_address_whatever_token_comes_along(
    settings: Settings,
) -> None:
    settings = limited(settings, sign_in=Rate(3, 60))
    async with client(new_things_app(settings)) as http:
        tried = []
        for number in range(4):
            me = bearer(settings, a_worker())
            answer = await http.post(
                "/v1/things/sign-in", params={"name": f"n{number}"}, headers=me
            )
            tried.append(answer.status_code)
    assert tried == [200, 200, 200, 429]


async def test_sign_in_is_counted_by_the_account_tried_from_many_addresses(
    settings: Settings,
) -> None:
    settings = limited(settings, sign_in_account=Rate(2, 300))
    tried = []
    for number in range(3):
        async with client(new_things_app(settings), f"192.0.2.{number}") as http:
            name = "Ada@Example.org" if number else "ada@example.org "
            path = "/v1/things/sign-in"
            tried.append((await http.post(path, params={"name": name})).status_code)
    assert tried == [200, 200, 429]
    with redis.Redis.from_url(settings.redis_url, decode_responses=True) as valkey:
        assert not [key for key in valkey.scan_iter() if "example" in key.lower()]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_probes_are_not_limited(settings: Settings, path: str) -> None:
    settings = limited(settings, reads=Rate(1, 60))
    async with client(new_things_app(settings)) as http:
        answers = [await http.get(path) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert "ratelimit" not in answers[0].headers


async def test_limits_can_be_switched_off(settings: Settings) -> None:
    settings = limited(settings, reads=Rate(1, 60), on=False)
    async with client(new_things_app(settings)) as http:
        answers = [await http.get("/v1/things/public") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}


async def test_refused_requests_are_counted_by_limit(settings: Settings) -> None:
    settings = limited(settings, reads=Rate(1, 60))
    operator = bearer(settings, Caller(new_id(), Role.OPERATOR))
    async with client(new_things_app(settings)) as http:
        for _ in range(2):
            await http.get("/v1/things/public")
        metrics = (await http.get("/metrics", headers=operator)).text
    assert 'rollcall_rate_limited_total{limit="reads-address"' in metrics
