"""The profiles API, and postings as profiles follows it: a real feed over HTTP."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from services.profiles.models import feed_cursor
from services.profiles.privacy.disclosing import DisclosureProjection
from shared.follow import FeedClient, Follower
from shared.identity import Caller
from shared.tokens import service_token
from shared.values import new_id
from tests.matching.market import until
from tests.matching.sources import Source, create_rows, network
from tests.profiles.builders import a_worker
from tests.profiles.conftest import Api, api, somebody

__all__ = ["Candidacies", "api", "registered", "somebody"]


@pytest.fixture
async def registered(api: Api, somebody: Caller) -> Caller:
    """A worker with a profile."""
    async with api.as_caller(somebody) as http:
        assert (await http.post("/v1/workers", json=a_worker())).status_code == 201
    return somebody


@dataclass
class Candidacies:
    """Publishes events of candidacies; `heard` waits until profiles applied them."""

    source: Source
    follower: Follower
    api: Api

    async def tell(
        self,
        type: str,
        worker: UUID,
        organisation: UUID | None,
        *,
        id: UUID | None = None,
        version: int = 1,
    ) -> UUID:
        candidacy = id or new_id()
        noun = "Application" if type.startswith("Application") else "Submittal"
        await self.source.publish(
            type,
            {
                "id": str(candidacy),
                "version": version,
                "posting": str(new_id()),
                "worker": str(worker),
                "organisation": str(organisation),
                "status": type.removeprefix(noun).lower(),
            },
        )
        return candidacy

    async def disclosures(self) -> list[dict[str, Any]]:
        return await self.api.rows("disclosure")

    async def heard(
        self, what: Callable[[list[dict[str, Any]]], object]
    ) -> list[dict[str, Any]]:
        async def reached() -> object:
            return what(await self.disclosures())

        await until(reached)
        return await self.disclosures()


@pytest.fixture
async def candidacies(api: Api) -> AsyncIterator[Candidacies]:
    settings = dataclasses.replace(api.settings, postings_url="http://postings")
    create_rows(settings)
    source = Source(settings, "postings")
    async with network(source) as http:
        token = service_token(settings, "profiles")
        feed = FeedClient(http, settings.postings_url, "postings", token)
        follower = Follower(api.database, feed_cursor, feed, DisclosureProjection())
        stop = asyncio.Event()
        following = asyncio.create_task(follower.run(stop))
        await until(lambda: _followed(api))
        try:
            yield Candidacies(source, follower, api)
        finally:
            stop.set()
            await following


async def _followed(api: Api) -> bool:
    """What is told from now on comes as an event, not in the snapshot."""
    return any(row["cursor"] is not None for row in await api.rows("feed_cursor"))
