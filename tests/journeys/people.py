"""People and jobs of a street in London, and somebody to speak for them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from infra.onebox import Box
from shared.identity import Caller, Role
from shared.tokens import TokenKey
from shared.values import new_id

Document = dict[str, Any]
PATIENCE = 60.0

ALL_WEEK = [
    {"weekday": day, "start": start, "end": end}
    for day in range(7)
    for start, end in (("00:00", "12:00"), ("12:00", "00:00"))
]


def client_of(box: Box, caller: Caller) -> httpx.Client:
    key = TokenKey.read(box.settings.token_key_file)
    token = key.mint(box.settings, caller, timedelta(hours=1))
    return httpx.Client(
        base_url=box.url,
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )


def an_employer() -> Caller:
    return Caller(new_id(), Role.EMPLOYER, new_id())


def a_worker(worker_id: UUID) -> Caller:
    return Caller(worker_id, Role.WORKER)


def a_profile(**changes: Any) -> Document:
    """A forklift driver who lives near the Thames and is free at any time."""
    return {
        "display_name": "Jo Reed",
        "markets": ["temporary"],
        "kinds": ["temporary"],
        "skills": [{"skill": "forklift-driving", "level": 4, "years": 5}],
        "places": [{"lat": 51.51, "lon": 0.04, "radius_km": 20}],
        "zone": "Europe/London",
        "weekly": ALL_WEEK,
        "pay_floors": [{"unit": "hour", "amount": 1400, "currency": "GBP"}],
        "languages": [{"language": "en", "level": 5}],
    } | changes


def a_posting(days: int = 3, **changes: Any) -> Document:
    """A night shift in a warehouse by the Thames, `days` from now."""
    start = (datetime.now(UTC) + timedelta(days=days)).replace(
        hour=22, minute=0, second=0, microsecond=0
    )
    shift = {
        "start": start.isoformat(),
        "end": (start + timedelta(hours=8)).isoformat(),
        "headcount": 2,
    }
    return {
        "market": "temporary",
        "kind": "temporary",
        "title": "Forklift driver, night shift",
        "occupation": "forklift-driver",
        "required_skills": [{"skill": "forklift-driving", "level": 3}],
        "pay": {"currency": "GBP", "unit": "hour", "minimum": 1600, "maximum": 1800},
        "place": {"lat": 51.5045, "lon": 0.0502, "country": "GB", "label": "London"},
        "radius_km": 30,
        "zone": "Europe/London",
        "shifts": [shift],
        "expires_at": shift["start"],
        "publish": True,
    } | changes


def register(box: Box, profile: Document) -> tuple[UUID, str]:
    """(worker id, feed position) of somebody who registers themself."""
    worker_id = new_id()
    with client_of(box, a_worker(worker_id)) as client:
        answer = once_known(client, "/v1/workers", profile)
    return worker_id, answer.headers["Feed-Position"]


def publish(client: httpx.Client, posting: Document) -> tuple[UUID, str]:
    """(posting id, feed position)."""
    answer = once_known(client, "/v1/postings", posting)
    return UUID(answer.json()["id"]), answer.headers["Feed-Position"]


def once_known(client: httpx.Client, path: str, document: Document) -> httpx.Response:
    """POST, again while the taxonomy has not yet reached a service that just began."""
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = client.post(path, json=document)
        if answer.status_code != 422 or time.monotonic() > deadline:
            assert answer.status_code == 201, answer.text
            return answer
        time.sleep(0.1)


def matches(client: httpx.Client, position: str, **query: Any) -> Document:
    """The list as it is from `position` on; waits while the index loads."""
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = client.get(
            "/v1/matches", params=query, headers={"Feed-Position": position}
        )
        if answer.status_code not in (404, 503) or time.monotonic() > deadline:
            assert answer.status_code == 200, answer.text
            document: Document = answer.json()
            return document
        time.sleep(0.02)


def ranked_ids(document: Document) -> list[UUID]:
    return [UUID(match["worker"]) for match in document["matches"]]
