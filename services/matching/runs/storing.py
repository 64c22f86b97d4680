"""Storing lists: what ends while a commit is under way is committed together after it.

So a run that ends alone waits for nobody, and under load one commit serves many. A
database that is away, or an answer that was lost, is tried again: the token says
whether the list is still ours to store, or was stored already.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

from services.matching.runs import leases
from services.matching.runs.claiming import Claim
from services.matching.runs.outages import despite_outages
from services.matching.runs.result import Result
from shared.database import Database

MOST_AT_ONCE = 100

Waiting = tuple[Claim, Result, "asyncio.Future[bool]"]


class Storing:
    """Stores the lists of one process, one transaction at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[Waiting] = []
        self._storing: asyncio.Task[None] | None = None

    async def __call__(self, claim: Claim, result: Result) -> bool:
        """Store a list and end its run; False when the run is no longer ours.

        Raises what the database says of this list; not that it is away.
        """
        stored: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((claim, result, stored))
        if self._storing is None or self._storing.done():
            self._storing = asyncio.create_task(self._store_all())
        return await stored

    async def _store_all(self) -> None:
        while self._waiting:
            now, self._waiting = (
                self._waiting[:MOST_AT_ONCE],
                self._waiting[MOST_AT_ONCE:],
            )
            try:
                _tell(now, await self._commit(now))
            except Exception as error:
                if len(now) == 1:
                    _refuse(now, error)
                else:
                    await self._store_singly(now)

    async def _store_singly(self, waiting: list[Waiting]) -> None:
        """One list of several cannot be stored: the others can."""
        for one in waiting:
            try:
                _tell([one], await self._commit([one]))
            except Exception as error:
                _refuse([one], error)

    async def _commit(self, waiting: list[Waiting]) -> set[UUID]:
        ranked = [(claim, result) for claim, result, _ in waiting]
        again = False

        async def finish() -> set[UUID]:
            nonlocal again
            before, again = again, True
            async with self._database.as_system() as session:
                return await leases.finish_all(session, ranked, again=before)

        return await despite_outages(finish, "a list")


def _tell(waiting: list[Waiting], ours: set[UUID]) -> None:
    for claim, _, stored in waiting:
        if not stored.done():
            stored.set_result(claim.id in ours)


def _refuse(waiting: list[Waiting], error: Exception) -> None:
    for _, _, stored in waiting:
        if not stored.done():
            stored.set_exception(error)
