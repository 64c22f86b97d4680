"""Looking at pooled connections before each use: does one still know somebody?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

SETTINGS = ("rollcall.tenant", "rollcall.subject", "rollcall.caller")
KNOWN = ", ".join(f"NULLIF(current_setting('{name}', true), '')" for name in SETTINGS)


class Watch:
    """Asks every connection of a pool, before each use, for the three settings and for
    rows behind the wall; `left` is what an earlier use left there."""

    def __init__(self, engine: AsyncEngine, walled: Sequence[str] = ()) -> None:
        self.engine = engine
        self.fresh = 0
        self.reused = 0
        self.left: list[tuple[Any, ...]] = []
        counts = [f"(SELECT count(*) FROM {table})" for table in walled]
        self.question = f"SELECT {', '.join([KNOWN, *counts])}"
        self._nothing = (*(None for _ in SETTINGS), *(0 for _ in walled))
        event.listen(engine.sync_engine, "checkout", self._look)

    def _look(self, connection: Any, record: Any, _: Any) -> None:
        if record.info.get("was used"):
            self.reused += 1
        else:
            self.fresh += 1
        record.info["was used"] = True
        cursor = connection.cursor()
        cursor.execute(self.question)
        found = tuple(cursor.fetchone())
        cursor.close()
        connection.rollback()
        if found != self._nothing:
            self.left.append(found)

    async def all_at_rest(self, size: int) -> None:
        """Look at all connections of the pool at once, outside of any transaction."""
        async with AsyncExitStack() as stack:
            opened = [
                await stack.enter_async_context(self.engine.connect())
                for _ in range(size)
            ]
            for connection in opened:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
            answers = await asyncio.gather(
                *(connection.execute(text(self.question)) for connection in opened)
            )
        self.left += [
            row
            for row in (tuple(answer.one()) for answer in answers)
            if row != self._nothing
        ]
