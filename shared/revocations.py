"""Sign-ins and keys that were ended before their tokens expire.

Every API process asks profiles once a second which ones, and refuses their tokens. A
revocation so bites within about two seconds; where profiles cannot be asked, what was
heard before still counts, and any other token lives its five minutes at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import structlog
from pydantic import BaseModel, ConfigDict

from shared.identity import Caller
from shared.outgoing import new_client

log = structlog.get_logger(__name__)

ASK_EVERY = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(seconds=5)
TIMEOUT = httpx.Timeout(5)

KEPT = timedelta(minutes=15)
"""How long a revocation is told: longer than any token of a sign-in or key lives."""

Source = Callable[[], Awaitable[Iterable[UUID] | None]]
"""All ids revoked lately, or None where nothing has changed since the last asking."""


class RevocationPage(BaseModel):
    """All ids revoked within the last 15 minutes; `next` tells this state of things."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"revoked": ["0192f0c1-0000-7000-8000-000000000009"], "next": "1-42"}
            ]
        }
    )

    revoked: list[UUID]
    next: str


class Revocations:
    """What one process knows to be revoked: ids of sign-ins and of API keys."""

    def __init__(self) -> None:
        self._gone: frozenset[UUID] = frozenset()

    def replace(self, ids: Iterable[UUID]) -> None:
        self._gone = frozenset(ids)

    def names(self, caller: Caller) -> bool:
        return caller.session in self._gone or caller.key in self._gone


@asynccontextmanager
async def kept_up_to_date(
    revocations: Revocations, source: Source
) -> AsyncIterator[None]:
    """Ask `source` again and again while the block lasts; a failure is waited out."""
    task = asyncio.create_task(_keep(revocations, source))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep(revocations: Revocations, source: Source) -> None:
    pause = ASK_EVERY
    failing = False
    while True:
        try:
            found = await source()
            if found is not None:
                revocations.replace(found)
            pause, failing = ASK_EVERY, False
        except Exception as error:
            if not failing:
                log.warning("revocations not heard", error=repr(error))
            failing = True
            pause = min(pause * 2, LONGEST_PAUSE)
        await asyncio.sleep(pause.total_seconds())


class FromProfiles:
    """The revocations of an installation, asked of the API of profiles."""

    def __init__(self, base_url: str, token: Callable[[], str]) -> None:
        self._url = f"{base_url}/v1/accounts/revocations"
        self._token = token
        self._http: httpx.AsyncClient | None = None
        self._state: str | None = None

    async def __call__(self) -> list[UUID] | None:
        """Raises httpx errors."""
        if self._http is None:
            self._http = new_client(timeout=TIMEOUT)
        query: dict[str, Any] = {} if self._state is None else {"after": self._state}
        answer = await self._http.get(
            self._url,
            params=query,
            headers={"Authorization": f"Bearer {self._token()}"},
        )
        answer.raise_for_status()
        page = RevocationPage.model_validate_json(answer.content)
        if page.next == self._state:
            return None
        self._state = page.next
        return page.revoked

    async def aclose(self) -> None:
        if self._http is not None:
            await self._http.aclose()
