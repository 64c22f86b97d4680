"""The command line asks again, and what it asks has its effect once."""

from __future__ import annotations

import httpx
import pytest

from infra.cli.matching import ask
from infra.cli.output import CommandFailed

IN_FLIGHT = {"type": "urn:rollcall:problem:idempotency-in-flight", "status": 409}


def answering(*answers: httpx.Response | Exception) -> tuple[httpx.Client, list[str]]:
    keys = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers.get("Idempotency-Key", ""))
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    transport = httpx.MockTransport(answer)
    return httpx.Client(base_url="http://service", transport=transport), keys


def test_a_post_is_tried_again_under_one_key() -> None:
    client, keys = answering(
        httpx.ReadTimeout("lost"),
        httpx.Response(409, json=IN_FLIGHT),
        httpx.Response(503),
        httpx.Response(201),
        httpx.Response(201),
    )
    ask(client, "POST", "/v1/postings", json={}, patience=10)
    ask(client, "POST", "/v1/postings", json={}, patience=10)
    assert keys[0]
    assert keys[:4] == keys[:1] * 4
    assert keys[4] not in ("", keys[0])


def test_a_read_needs_no_key_and_a_conflict_does_not_pass() -> None:
    client, keys = answering(httpx.Response(200), httpx.Response(409))
    ask(client, "GET", "/v1/postings")
    with pytest.raises(CommandFailed):
        ask(client, "POST", "/v1/postings", patience=10)
    assert keys[0] == ""
