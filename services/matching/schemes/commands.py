"""Brings a classification in, commit by commit, and makes the crosswalks anew.

An import may stop anywhere and be run again: what is there already stays as it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from services.matching.schemes.entries import (
    BadRow,
    Covered,
    Entry,
    EntryLink,
    Known,
    Part,
    SchemeId,
    Source,
)
from services.matching.schemes.errors import ImportUnderWay
from services.matching.schemes.queries import (
    known_entries,
    links_page,
)
from services.matching.schemes.rewriting import (
    ROWS_A_COMMIT,
    Count,
    Progress,
    rewrite_crosswalk,
)
from services.matching.schemes.writing import (
    Row,
    delete_links,
    refresh_statistics,
    retire_entries,
    write_entries,
    write_links,
    write_scheme,
)
from shared.database import Database

LOCK = 0x736368656D65

OnBad = Callable[[BadRow], None]


@dataclass(slots=True)
class Imported:
    """What an import did. `entries` is by scheme and kind ("esco occupation")."""

    entries: dict[str, Count] = field(default_factory=dict)
    links: Count = field(default_factory=Count)
    crosswalk: Count = field(default_factory=Count)
    bad_rows: int = 0

    @property
    def changed(self) -> bool:
        counts = (*self.entries.values(), self.links, self.crosswalk)
        return any(count.changed for count in counts)


async def import_scheme(
    database: Database,
    source: Source,
    *,
    progress: Progress = lambda what, number: None,
    on_bad: OnBad = lambda row: None,
) -> Imported:
    """Import what the files of `source` tell, with the system login.

    Rows at fault are told to `on_bad` and left out. Entries and links that a file lists
    no more are retired or deleted, unless some row of such a file could not even be
    told what it is about. Raises ImportUnderWay.
    """
    async with _alone(database):
        known = Known()
        kinds: dict[tuple[SchemeId, str], str] = {}
        for scheme in source.versions:
            await _read_known(database, scheme, known, kinds)
        run = _Run(database, source, on_bad, Imported(), dict(kinds))
        for part in source.parts(known, progress):
            await run.write_part(part)
        await run.finish()
        run.imported.crosswalk = await rewrite_crosswalk(database, progress)
        if run.imported.changed:
            async with database.as_system() as session:
                await refresh_statistics(session)
        return run.imported


async def refresh_crosswalk(
    database: Database, progress: Progress = lambda what, number: None
) -> Count:
    """Make the crosswalks say what the names say now, as each import does at its end;
    for when Rollcall's own taxonomy has changed. Raises ImportUnderWay."""
    async with _alone(database):
        return await rewrite_crosswalk(database, progress)


class _Run:
    """One import: what was seen so far, and what became of it."""

    def __init__(
        self,
        database: Database,
        source: Source,
        on_bad: OnBad,
        imported: Imported,
        kept: Mapping[tuple[SchemeId, str], str],
    ) -> None:
        self.imported = imported
        self._database = database
        self._source = source
        self._on_bad = on_bad
        # (scheme, code) → kind, as it was before
        self._kept = kept
        self._states: dict[tuple[SchemeId, str], tuple[str, str]] = {}
        self._links: dict[str, set[tuple[str, str, str]]] = {}
        self._seen: set[tuple[SchemeId, str]] = set()
        self._covered: set[Covered] = set()
        self._doubtful: set[Covered] = set()

    async def write_part(self, part: Part) -> None:
        entries: list[Entry] = []
        links: list[EntryLink] = []
        self._covered |= part.covers
        for item in part.items:
            if isinstance(item, BadRow):
                self._reject(part, item)
            elif isinstance(item, Entry):
                entries.append(item)
                if len(entries) == ROWS_A_COMMIT:
                    await self._write_entries(entries)
            elif self._is_new(item):
                links.append(item)
                if len(links) == ROWS_A_COMMIT:
                    # links may name entries of this very file
                    await self._write_entries(entries)
                    await self._write_links(links)
        await self._write_entries(entries)
        await self._write_links(links)

    async def finish(self) -> None:
        for covered in sorted(self._covered - self._doubtful):
            if covered.what == "entry":
                await self._retire(covered)
            else:
                await self._delete_links(covered)
        for key, (kind, state) in self._states.items():
            count = self._count(key[0], kind)
            setattr(count, state, getattr(count, state) + 1)
        async with self._database.as_system() as session:
            for scheme, version in self._source.versions.items():
                await write_scheme(session, scheme, version, self.imported.changed)

    def _reject(self, part: Part, row: BadRow) -> None:
        self.imported.bad_rows += 1
        self._on_bad(row)
        if row.code is None:
            self._doubtful |= part.covers
        else:
            self._seen |= {(covered.scheme, row.code) for covered in part.covers}

    def _is_new(self, link: EntryLink) -> bool:
        key = (link.from_code, link.to_code, link.relation)
        seen = self._links.setdefault(link.source, set())
        if key in seen:
            return False
        seen.add(key)
        return True

    async def _write_entries(self, entries: list[Entry]) -> None:
        if not entries:
            return
        async with self._database.as_system() as session:
            changed = await write_entries(session, entries)
        for entry in entries:
            key = (entry.scheme, entry.code)
            self._seen.add(key)
            state = changed.get(key, "unchanged")
            # a second language updates what the first one has just created
            if self._states.get(key, ("", "unchanged"))[1] == "unchanged":
                self._states[key] = (entry.kind, state)
        entries.clear()

    async def _write_links(self, links: list[EntryLink]) -> None:
        if not links:
            return
        async with self._database.as_system() as session:
            changed = await write_links(session, links)
        self.imported.links.add(changed, len(links))
        links.clear()

    async def _retire(self, covered: Covered) -> None:
        gone = [
            code
            for (scheme, code), kind in self._kept.items()
            if (scheme, kind) == (covered.scheme, covered.name)
            and (scheme, code) not in self._seen
        ]
        for start in range(0, len(gone), ROWS_A_COMMIT):
            async with self._database.as_system() as session:
                await retire_entries(
                    session, covered.scheme, gone[start : start + ROWS_A_COMMIT]
                )
        self._count(covered.scheme, covered.name).gone += len(gone)

    async def _delete_links(self, covered: Covered) -> None:
        seen = self._links.get(covered.name, set())
        gone: list[Row] = []
        after = ("", "", "")
        while True:
            async with self._database.as_system() as session:
                page = await links_page(session, covered.scheme, covered.name, after)
            if not page:
                break
            after = (page[-1]["from_code"], page[-1]["to_code"], page[-1]["relation"])
            gone += [row for row in page if tuple(row.values()) not in seen]
        for start in range(0, len(gone), ROWS_A_COMMIT):
            async with self._database.as_system() as session:
                await delete_links(
                    session, covered.scheme, gone[start : start + ROWS_A_COMMIT]
                )
        self.imported.links.gone += len(gone)

    def _count(self, scheme: str, kind: str) -> Count:
        return self.imported.entries.setdefault(f"{scheme} {kind}", Count())


async def _read_known(
    database: Database,
    scheme: SchemeId,
    known: Known,
    kinds: dict[tuple[SchemeId, str], str],
) -> None:
    async with database.as_system() as session:
        for code, kind, uri in await session.execute(known_entries(scheme)):
            kinds[scheme, code] = kind
            known.codes.add((scheme, code))
            if uri is not None:
                known.by_uri[scheme, uri] = code


@asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[None]:
    """One import at a time: a lock of a session, as no transaction may last so long."""
    async with database.system.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        asked: dict[str, Any] = {"lock": LOCK}
        got = await connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), asked)
        if not got:
            raise ImportUnderWay
        try:
            yield
        finally:
            await connection.execute(text("SELECT pg_advisory_unlock(:lock)"), asked)
