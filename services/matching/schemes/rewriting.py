"""Makes the crosswalks say what the names say now, row by row that differs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from services.matching.schemes.crosswalks import crosswalk
from services.matching.schemes.names import read_names
from services.matching.schemes.queries import crosswalk_page
from services.matching.schemes.writing import (
    Changed,
    Row,
    delete_crosswalk,
    write_crosswalk,
)
from shared.database import Database

ROWS_A_COMMIT = 1_000

Progress = Callable[[str, int], None]


@dataclass(slots=True)
class Count:
    """What became of the entries of a kind, of links or of crosswalk rows; `gone` are
    retired entries and deleted rows."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    gone: int = 0

    def add(self, changed: Changed, written: int) -> None:
        """Of `written` rows those in `changed` are new or different."""
        states = Counter(changed.values())
        self.created += states["created"]
        self.updated += states["updated"]
        self.unchanged += written - states.total()

    @property
    def changed(self) -> bool:
        return bool(self.created or self.updated or self.gone)


async def rewrite_crosswalk(database: Database, progress: Progress) -> Count:
    names = await read_names(database)
    wanted = await asyncio.to_thread(crosswalk, names)
    rows = {row.ends: row for row in wanted}
    gone: list[Row] = []
    after = ("", "", "", "")
    while True:
        async with database.as_system() as session:
            page = await crosswalk_page(session, after)
        if not page:
            break
        for kept in page:
            after = (
                kept["from_scheme"],
                kept["from_code"],
                kept["to_scheme"],
                kept["to_code"],
            )
            if after not in rows:
                gone.append(kept)
    count = Count(gone=len(gone))
    for start in range(0, len(gone), ROWS_A_COMMIT):
        async with database.as_system() as session:
            await delete_crosswalk(session, gone[start : start + ROWS_A_COMMIT])
    for start in range(0, len(wanted), ROWS_A_COMMIT):
        batch = wanted[start : start + ROWS_A_COMMIT]
        async with database.as_system() as session:
            changed = await write_crosswalk(session, batch)
        count.add(changed, len(batch))
        progress("crosswalk", len(batch))
    return count
