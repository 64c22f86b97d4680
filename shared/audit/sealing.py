"""The sealer: chains what was committed, batch by batch, and anchors each batch.

Of all processes one seals at a time (an advisory lock in the database, a file lock
beside the anchors). Only entries whose transaction is older than every running one are
taken, in the order (xid, id), as the feed does: no entry can come to lie between two
that are sealed. At most one seal is ever without its anchor: before the next, and so
after a crash, it is anchored first. Anchors that do not fit the database stop the
sealer: going on would cover up why, so a person looks (`rollcall audit verify`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.audit.anchors import PREFIX, Anchor, AnchorFile
from shared.audit.chain import SELECTED, beginning, running
from shared.audit.log import AuditLog
from shared.database import Database
from shared.feed import EPOCH
from shared.loops import every

Row = Mapping[str, Any]

log = structlog.get_logger(__name__)

SEAL_EVERY = timedelta(seconds=1)
MOST_ROWS = 1_000


class AnchorsDisagree(Exception):
    """The anchor file does not end where the database does."""


class Sealer:
    """Seals the log of one service, at most `batch` entries a seal."""

    def __init__(
        self,
        database: Database,
        audit: AuditLog,
        directory: Path,
        batch: int = MOST_ROWS,
    ) -> None:
        self.file = AnchorFile(directory, audit.service)
        self._database = database
        self._schema = audit.service
        self._batch = batch
        self._lock = text(
            "SELECT pg_try_advisory_xact_lock("
            f"hashtextextended('rollcall audit {self._schema}', 0))"
        )

    async def seal_all(self) -> int:
        """Seal until nothing is left that may be; how many entries."""
        total = 0
        while True:
            sealed = await self.seal()
            total += sealed
            if sealed < self._batch:
                return total

    async def seal(self) -> int:
        """One seal and its anchor; how many entries it holds.

        Raises AnchorsDisagree.
        """
        with self.file.held() as mine:
            if not mine:
                return 0
            async with self._database.as_system() as session:
                anchor = await self.chain(session)
            if anchor is None:
                return 0
            # only after the commit: an anchor of what was rolled back would lie
            await asyncio.to_thread(self.file.append, anchor)
            return len(anchor.entries)

    async def chain(self, session: AsyncSession) -> Anchor | None:
        """Chain the next batch; the anchor to write once this is committed.

        Anchors the seal before, should a crash have left that out.
        """
        if not (await session.execute(self._lock)).scalar_one():
            return None
        last = await self._last_seal(session)
        await self._check_anchors(session, last)
        epoch = str((await session.execute(EPOCH)).scalar_one())
        rows = await self._unsealed(session, last, epoch)
        if not rows:
            return None
        previous = bytes(last["digest"]) if last else beginning(self._schema)
        hashes = list(running(previous, rows))
        return await self._store(session, last, epoch, rows, hashes)

    async def _last_seal(self, session: AsyncSession) -> Row | None:
        query = f"SELECT * FROM {self._schema}.audit_seal ORDER BY number DESC LIMIT 1"
        row = (await session.execute(text(query))).mappings().first()
        return None if row is None else dict(row)

    async def _check_anchors(self, session: AsyncSession, last: Row | None) -> None:
        anchored = self.file.last()
        start = beginning(self._schema)
        there, end = (anchored.number, anchored.digest) if anchored else (0, start)
        here, digest = (last["number"], bytes(last["digest"])) if last else (0, start)
        if last is not None and there == here - 1:
            log.warning("audit seal anchored late", service=self._schema, seal=here)
            self.file.append(await self._anchor_of(session, last))
        elif (there, end) != (here, digest):
            raise AnchorsDisagree(
                f"{self.file.path} ends at seal {there}, the database at {here}:"
                " see `rollcall audit verify`"
            )

    async def _unsealed(
        self, session: AsyncSession, last: Row | None, epoch: str
    ) -> Sequence[Row]:
        values: dict[str, Any] = {"limit": self._batch}
        if last is not None and last["epoch"] == epoch:
            new = (
                "(e.xid, e.id) > (CAST(CAST(:xid AS text) AS xid8),"
                " CAST(:entry AS bigint))"
                " AND e.xid < pg_snapshot_xmin(pg_current_snapshot())"
            )
            values |= {"xid": str(last["xid"]), "entry": last["entry"]}
        else:
            # restored into another cluster, whose transactions count anew: what lies
            # beyond the newest of them is of the old one
            new = (
                f"NOT EXISTS (SELECT FROM {self._schema}.audit_link AS l"
                " WHERE l.entry_id = e.id)"
                " AND (e.xid < pg_snapshot_xmin(pg_current_snapshot())"
                " OR e.xid >= pg_snapshot_xmax(pg_current_snapshot()))"
            )
        statement = text(
            f"SELECT {SELECTED},"
            " e.xid < pg_snapshot_xmin(pg_current_snapshot()) AS of_this_cluster"
            f" FROM {self._schema}.audit_entry AS e WHERE {new}"
            " ORDER BY e.xid, e.id LIMIT :limit"
        )
        rows = await session.execute(statement, values)
        return [dict(row) for row in rows.mappings()]

    async def _store(
        self,
        session: AsyncSession,
        last: Row | None,
        epoch: str,
        rows: Sequence[Row],
        hashes: Sequence[bytes],
    ) -> Anchor:
        first = last["last"] + 1 if last else 1
        number = last["number"] + 1 if last else 1
        entries = [row["id"] for row in rows]
        await session.execute(
            text(
                f"INSERT INTO {self._schema}.audit_link"
                " (entry_id, seal, position, hash)"
                " SELECT entry_id, :seal, :before + place, hash"
                " FROM unnest(CAST(:entries AS bigint[]), CAST(:hashes AS bytea[]))"
                " WITH ORDINALITY AS batch (entry_id, hash, place)"
            ),
            {
                "seal": number,
                "before": first - 1,
                "entries": entries,
                "hashes": list(hashes),
            },
        )
        seen = [(row["xid"], row["id"]) for row in rows if row["of_this_cluster"]]
        xid, entry = seen[-1] if seen else ("0", 0)
        sealed_at = await session.execute(
            text(
                f"INSERT INTO {self._schema}.audit_seal"
                " (number, first, last, count, digest, epoch, xid, entry)"
                " VALUES (:number, :first, :last, :count, :digest, :epoch,"
                " CAST(CAST(:xid AS text) AS xid8), :entry)"
                " RETURNING sealed_at"
            ),
            {
                "number": number,
                "first": first,
                "last": first + len(rows) - 1,
                "count": len(rows),
                "digest": hashes[-1],
                "epoch": epoch,
                "xid": xid,
                "entry": entry,
            },
        )
        return Anchor(
            service=self._schema,
            number=number,
            first=first,
            last=first + len(rows) - 1,
            digest=hashes[-1],
            entries=tuple(entries),
            hashes=tuple(each[:PREFIX] for each in hashes),
            sealed_at=sealed_at.scalar_one().isoformat(),
        )

    async def _anchor_of(self, session: AsyncSession, seal: Row) -> Anchor:
        links = await session.execute(
            text(
                f"SELECT entry_id, hash FROM {self._schema}.audit_link"
                " WHERE seal = :seal AND position BETWEEN :first AND :last"
                " ORDER BY position"
            ),
            {"seal": seal["number"], "first": seal["first"], "last": seal["last"]},
        )
        rows = links.all()
        return Anchor(
            service=self._schema,
            number=seal["number"],
            first=seal["first"],
            last=seal["last"],
            digest=bytes(seal["digest"]),
            entries=tuple(row.entry_id for row in rows),
            hashes=tuple(bytes(row.hash)[:PREFIX] for row in rows),
            sealed_at=seal["sealed_at"].isoformat(),
        )


async def seal_audit(
    database: Database, audit: AuditLog, directory: Path, stop: asyncio.Event
) -> None:
    """Seal a service's audit log until `stop`."""
    await every(SEAL_EVERY, Sealer(database, audit, directory).seal_all, stop)
