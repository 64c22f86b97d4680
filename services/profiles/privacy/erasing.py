"""Seeing an erasure through: every service is asked until it has nothing left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import structlog
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.models import Row, outbox, worker
from services.profiles.privacy.models import erasure
from services.profiles.privacy.registry import PERSONS
from services.profiles.workers.state import REMOVED, tombstone
from shared.database import Database
from shared.outbox import record_event
from shared.settings import Settings
from shared.values import now

log = structlog.get_logger(__name__)

OWN = "profiles"
# a consumer that rebuilt in between has missed the tombstone
TELL_AGAIN = timedelta(hours=1)
AT_ONCE = 200


class OtherServices:
    """postings and matching, asked over HTTP with the service's own token."""

    def __init__(
        self, http: httpx.AsyncClient, settings: Settings, token: Callable[[], str]
    ) -> None:
        self._http = http
        self._token = token
        self._urls = {
            "postings": f"{settings.postings_url}/v1/postings/persons",
            "matching": f"{settings.matching_url}/v1/matches/persons",
        }

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._urls)

    async def held(self, service: str, person: UUID) -> dict[str, Any]:
        """Table → rows; raises httpx errors."""
        answer = await self._get(f"{self._urls[service]}/{person}")
        tables: dict[str, Any] = answer["tables"]
        return tables

    async def erasure(self, service: str, person: UUID) -> dict[str, Any]:
        """An ErasureState; raises httpx errors."""
        return await self._get(f"{self._urls[service]}/{person}/erasure")

    async def _get(self, url: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token()}"}
        response = await self._http.get(url, headers=headers, timeout=20)
        response.raise_for_status()
        document: dict[str, Any] = response.json()
        return document


async def complete_erasures(database: Database, others: OtherServices) -> int:
    """One look at every erasure that is not complete; how many now are.

    Safe to do in several processes. A service that does not answer is asked next time.
    """
    async with database.as_system() as session:
        query = select(erasure).where(erasure.c.completed_at.is_(None))
        pending = [
            dict(row)
            for row in (
                await session.execute(query.order_by(erasure.c.asked_at).limit(AT_ONCE))
            ).mappings()
        ]
    completed = 0
    for asked in pending:
        done: dict[str, Any] = dict(asked["services"])
        if OWN not in done:
            async with database.as_system() as session:
                done[OWN] = await _erase_here(session, asked)
                await _note(session, asked, done)
        back = await _came_back(database, asked)
        for service in others.names:
            if service not in done:
                try:
                    state = await others.erasure(service, asked["worker"])
                except httpx.HTTPError as error:
                    log.warning("erasure", service=service, error=repr(error))
                    continue
                if _is_done(state, asked["version"], back):
                    told = {name: state[name] for name in ("erased_at", "counts")}
                    done[service] = told
        completed += await _conclude(database, asked, done, len(others.names) + 1)
    return completed


def _is_done(state: Mapping[str, Any], version: int, came_back: bool) -> bool:
    """Whoever came back since is held again, rightly."""
    reached = state["version"] is not None and state["version"] >= version
    return reached and (came_back or not state["held"])


async def _erase_here(session: AsyncSession, asked: Row) -> dict[str, Any]:
    """The rest of what profiles holds, unless the worker has come back since."""
    query = select(worker.c.version).where(worker.c.id == asked["worker"])
    version = (await session.execute(query.with_for_update())).scalar_one()
    if version == asked["version"]:
        counts = await PERSONS.erase(session, asked["worker"])
    else:
        counts = await PERSONS.erase(session, asked["worker"], only={"outbox"})
    return {"erased_at": now().isoformat(), "counts": counts}


async def _came_back(database: Database, asked: Row) -> bool:
    async with database.as_system() as session:
        query = select(worker.c.version).where(worker.c.id == asked["worker"])
        return bool((await session.execute(query)).scalar_one() > asked["version"])


async def _note(session: AsyncSession, asked: Row, done: Mapping[str, Any]) -> None:
    noted = update(erasure).where(erasure.c.id == asked["id"]).values(services=done)
    await session.execute(noted)


async def _conclude(
    database: Database, asked: Row, done: Mapping[str, Any], services: int
) -> bool:
    """Write down what is new, and tell the tombstone again if it is long unheard."""
    complete = len(done) == services
    async with database.as_system() as session:
        if done != asked["services"]:
            await _note(session, asked, done)
        mine = update(erasure).where(
            erasure.c.id == asked["id"], erasure.c.completed_at.is_(None)
        )
        if complete:
            concluded = await session.execute(
                mine.values(completed_at=func.now()).returning(erasure.c.id)
            )
            return concluded.first() is not None
        if now() - asked["told_at"] > TELL_AGAIN:
            again = mine.where(erasure.c.told_at == asked["told_at"])
            told = await session.execute(
                again.values(told_at=func.now()).returning(erasure.c.id)
            )
            if told.first() is not None:
                await _tell_again(session, asked)
    return False


async def _tell_again(session: AsyncSession, asked: Row) -> None:
    id, version = asked["worker"], asked["version"]
    query = select(worker.c.merged_into).where(worker.c.id == id)
    into = (await session.execute(query)).scalar_one()
    gone = {"id": id, "version": version, "merged_into": into}
    await record_event(session, outbox, REMOVED, id, version, tombstone(gone))
