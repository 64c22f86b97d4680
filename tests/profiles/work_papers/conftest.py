"""A worker with a profile, an employer who knows them, and papers of any age."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.profiles.privacy.models import disclosure
from services.profiles.work_papers.ages import birthday
from shared.identity import Caller, Role
from shared.values import new_id, now
from tests.profiles.builders import a_worker
from tests.profiles.conftest import Api, api, somebody

__all__ = ["api", "registered", "somebody"]


@pytest.fixture
async def registered(api: Api, somebody: Caller) -> Caller:
    """A worker with a profile."""
    async with api.as_caller(somebody) as http:
        assert (await http.post("/v1/workers", json=a_worker())).status_code == 201
    return somebody


@pytest.fixture
async def employer(api: Api, registered: Caller) -> Caller:
    """Somebody of an organisation that the worker has applied to."""
    caller = Caller(new_id(), Role.EMPLOYER, new_id())
    await disclose(api, registered.subject, caller)
    return caller


async def disclose(api: Api, worker: UUID, caller: Caller) -> None:
    row = {
        "id": new_id(),
        "version": 1,
        "worker": worker,
        "organisation": caller.tenant,
        "reason": "application",
        "since": now(),
    }
    async with api.database.as_system() as session:
        await session.execute(disclosure.insert(), row)


def today() -> date:
    return now().date()


def born(years: int, days: int = 0) -> date:
    """Somebody who was `years` old `days` ago."""
    return birthday(today() - timedelta(days=days), -years)


def papers(born: date | None = None, **right: Any) -> dict[str, Any]:
    """Work papers with one right to work in Great Britain, unless it says otherwise."""
    rights = [{"country": "GB", "basis": "citizen"} | right]
    return {
        "birth_date": born and born.isoformat(),
        "right_to_work": rights,
    }


def shift_on(day: date, **changes: Any) -> dict[str, Any]:
    """A shift of eight hours in London, from nine."""
    return {
        "start": f"{day}T09:00:00Z",
        "end": f"{day}T17:00:00Z",
        "zone": "Europe/London",
        "country": "GB",
    } | changes


async def record(
    api: Api, caller: Caller, worker: UUID, body: dict[str, Any]
) -> httpx.Response:
    async with api.as_caller(caller) as http:
        return await http.put(f"/v1/workers/{worker}/work-papers", json=body)


async def ask(
    api: Api, caller: Caller, worker: UUID, shift: dict[str, Any]
) -> httpx.Response:
    async with api.as_caller(caller) as http:
        return await http.post(f"/v1/workers/{worker}/may-work", json=shift)
