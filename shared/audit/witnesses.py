"""What the database itself says of its audit log, read as the auditor.

In pages, each a transaction of its own: rows are never changed and positions never
given twice, so that pages fit together though the log grows meanwhile.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.audit.chain import SELECTED, next_hash

PAGE = 5_000
SPAN = 100_000

Row = Mapping[str, Any]


class Witnesses:
    """The entries, links and seals of one service."""

    def __init__(self, engine: AsyncEngine, service: str, page: int = PAGE) -> None:
        self.service = service
        self._engine = engine
        self._page = page

    async def last_seal(self) -> Row | None:
        rows = await self._ask(
            "SELECT number, last, digest, xid::text AS xid, entry FROM {}.audit_seal"
            " ORDER BY number DESC LIMIT 1"
        )
        return rows[0] if rows else None

    async def chain(
        self, end: int
    ) -> AsyncIterator[tuple[Sequence[Row], Mapping[int, Row]]]:
        """The links up to position `end`, each with its entry (whose id is null if it
        is gone), a page at a time, and the seals that begin there by first position."""
        after = 0
        while True:
            links = await self._ask(
                "SELECT l.entry_id, l.position, l.seal, l.hash,"
                f" {SELECTED} FROM {{0}}.audit_link AS l"
                " LEFT JOIN {0}.audit_entry AS e ON e.id = l.entry_id"
                " WHERE l.position > :after AND l.position <= :end"
                " ORDER BY l.position LIMIT :page",
                after=after,
                end=end,
                page=self._page,
            )
            if not links:
                return
            seals = await self._ask(
                "SELECT number, first, last, count, digest FROM {}.audit_seal"
                " WHERE first > :after AND first <= :until",
                after=after,
                until=links[-1]["position"],
            )
            yield links, {seal["first"]: seal for seal in seals}
            after = links[-1]["position"]

    async def unlinked(self) -> AsyncIterator[Row]:
        """Id and transaction of each entry that no link names, by id."""
        rows = await self._ask("SELECT max(id) AS newest FROM {}.audit_entry")
        for after in range(0, rows[0]["newest"] or 0, SPAN):
            for row in await self._ask(
                "SELECT e.id, e.xid::text AS xid FROM {0}.audit_entry AS e"
                " WHERE e.id > :after AND e.id <= :until AND NOT EXISTS"
                " (SELECT FROM {0}.audit_link AS l WHERE l.entry_id = e.id)"
                " ORDER BY e.id",
                after=after,
                until=after + SPAN,
            ):
                yield row

    async def links_of_no_seal(self, after: int) -> Sequence[Row]:
        """Links behind the last seal that none newer holds either."""
        return await self._ask(
            "SELECT l.entry_id, l.position FROM {0}.audit_link AS l"
            " WHERE l.position > :after AND NOT EXISTS (SELECT FROM {0}.audit_seal AS s"
            " WHERE l.position BETWEEN s.first AND s.last)"
            " ORDER BY l.position LIMIT 1",
            after=after,
        )

    async def linked(self, first: int, last: int) -> tuple[int, int]:
        """The entries at two positions."""
        rows = await self._ask(
            "SELECT position, entry_id FROM {}.audit_link"
            " WHERE position IN (:first, :last)",
            first=first,
            last=last,
        )
        at = {row["position"]: row["entry_id"] for row in rows}
        return at.get(first, 0), at.get(last, 0)

    async def has_entry(self, entry: int) -> bool:
        return bool(
            await self._ask(
                "SELECT id FROM {}.audit_entry WHERE id = :entry", entry=entry
            )
        )

    async def elsewhere(self, entry: int, before: bytes, hash: bytes) -> int | None:
        """The row that holds what `entry` held when it was sealed, if there is one."""
        after = 0
        while True:
            rows = await self._ask(
                f"SELECT {SELECTED} FROM {{}}.audit_entry AS e WHERE e.id > :after"
                " ORDER BY e.id LIMIT :page",
                after=after,
                page=self._page,
            )
            for row in rows:
                was = next_hash(before, {**row, "id": entry})
                if was[: len(hash)] == hash:
                    return int(row["id"])
            if not rows:
                return None
            after = rows[-1]["id"]

    async def _ask(self, query: str, **values: Any) -> Sequence[Row]:
        async with self._engine.connect() as connection:
            rows = await connection.execute(text(query.format(self.service)), values)
            return [dict(row) for row in rows.mappings()]
