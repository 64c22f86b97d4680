"""All services in two processes, and an employer who sends a command until it is
answered."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import httpx

from shared.identity import Caller, Role
from shared.settings import Settings
from shared.tokens import TokenKey
from shared.values import new_id
from tests.faults.ground import Ground
from tests.faults.processes import Child
from tests.faults.scene import Scene, open_scene, until
from tests.journeys.people import a_posting

Adjust = Callable[[Settings], Settings]

PATIENCE_SECONDS = 60.0
TRY_AGAIN = (409, 429, 500, 502, 503, 504)

KEPT_TWICE = """(SELECT posting.id FROM postings.posting LEFT JOIN postings.outbox
    ON entity_id = posting.id::text AND type = 'PostingOpened'
    GROUP BY posting.id HAVING count(outbox.id) <> 1) AS posting"""
ORPHANS = """matching.match_run WHERE posting_id NOT IN
    (SELECT id FROM postings.posting)"""
NEVER_RANKED = """postings.posting WHERE NOT EXISTS (SELECT FROM matching.match_run
    WHERE posting_id = posting.id AND state = 'done')"""


@dataclass
class Employer:
    """Publishes jobs; each under a key of its own, until the answer is there."""

    http: httpx.AsyncClient
    published: dict[UUID, UUID] = field(default_factory=dict)
    refusals: int = 0

    async def publish(self, seconds: float = PATIENCE_SECONDS) -> None:
        key, job = new_id(), a_posting()
        async with asyncio.timeout(seconds):
            while True:
                try:
                    answer = await self.http.post(
                        "/v1/postings", json=job, headers={"Idempotency-Key": str(key)}
                    )
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
                    continue
                if answer.status_code == 201:
                    self.published[key] = UUID(answer.json()["id"])
                    return
                self.refusals += 1
                # 422: the skills have not yet reached a service that just began
                if answer.status_code not in (*TRY_AGAIN, 422):
                    raise AssertionError(answer.text)
                await asyncio.sleep(0.1)

    async def publish_all(self, count: int, at_once: int = 8) -> None:
        turn = asyncio.Semaphore(at_once)

        async def one() -> None:
            async with turn:
                await self.publish()

        await asyncio.gather(*(one() for _ in range(count)))


@dataclass
class System:
    scene: Scene
    apis: Child
    workers: Child
    employer: Employer

    async def until_ranked(self, seconds: float) -> float:
        """Wait until every posting that there is has been ranked."""

        async def ranked() -> bool:
            unranked = await self.scene.count(NEVER_RANKED)
            return unranked + await self.scene.runs_that_are("queued", "running") == 0

        return await until(ranked, seconds)


@asynccontextmanager
async def open_system(
    ground: Ground, adjust: Adjust | None = None
) -> AsyncIterator[System]:
    """Processes that have yet to be started; `adjust` changes their settings."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    async with open_scene(ground, port=port) as scene:
        settings = scene.settings if adjust is None else adjust(scene.settings)
        caller = Caller(new_id(), Role.EMPLOYER, new_id())
        key = TokenKey.read_or_create(settings.token_key_file)
        token = key.mint(settings, caller, timedelta(hours=2))
        async with httpx.AsyncClient(
            base_url=settings.postings_url,
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=20,
        ) as http:
            yield System(
                scene,
                scene.child("apis", port, settings=settings),
                scene.child("workers", settings=settings),
                Employer(http),
            )
