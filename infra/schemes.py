"""Importing classifications of others into matching's database, and listing them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from services.matching.schemes.commands import (
    Imported,
    import_scheme,
    refresh_crosswalk,
)
from services.matching.schemes.csco import Csco
from services.matching.schemes.entries import BadRow, Source, SourceUnusable
from services.matching.schemes.esco import Esco
from services.matching.schemes.onet import Onet
from services.matching.schemes.queries import all_schemes
from services.matching.schemes.tables import count_rows
from shared.database import Database
from shared.settings import Settings

__all__ = [
    "BadRow",
    "SourceUnusable",
    "imported_schemes",
    "open_source",
    "rows_of",
    "run_import",
    "run_refresh",
]

SOURCES: dict[str, Callable[[Path, str | None], Source]] = {
    "esco": Esco,
    "onet": Onet,
    "csco": Csco,
}


@dataclass(frozen=True, slots=True)
class Done:
    """What an import did, as a document for people and programs."""

    source: Source
    imported: Imported

    def as_json(self) -> dict[str, Any]:
        versions = self.source.versions
        return {
            "scheme": self.source.scheme,
            "version": versions[self.source.scheme],
            "changed": self.imported.changed,
            **asdict(self.imported),
        }


def open_source(scheme: str, directory: Path, language: str | None) -> Source:
    """Raises SourceUnusable."""
    return SOURCES[scheme](directory, language)


def rows_of(source: Source) -> dict[str, int]:
    """File name → its rows, for the bars of an import."""
    return {
        file.name: count_rows(file, tabs=file.suffix == ".txt") for file in source.files
    }


async def run_import(
    settings: Settings,
    source: Source,
    progress: Callable[[str, int], None],
    on_bad: Callable[[BadRow], None],
) -> Done:
    """Raises ImportUnderWay, and what a database does that cannot be reached."""
    database = Database(settings, "schemes")
    try:
        imported = await import_scheme(
            database, source, progress=progress, on_bad=on_bad
        )
        return Done(source, imported)
    finally:
        await database.dispose()


async def run_refresh(settings: Settings) -> dict[str, Any]:
    """Make the crosswalks anew; counts of their rows. Raises as `run_import`."""
    database = Database(settings, "schemes")
    try:
        return asdict(await refresh_crosswalk(database))
    finally:
        await database.dispose()


async def imported_schemes(settings: Settings) -> list[dict[str, Any]]:
    database = Database(settings, "schemes")
    try:
        async with database.as_system() as session:
            return [dict(row) for row in await all_schemes(session)]
    finally:
        await database.dispose()
