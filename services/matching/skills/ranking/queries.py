"""Reads the occupations of an imported classification, for ranking them."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.schemes.models import entry, scheme
from services.matching.skills.concepts import LANGUAGES, Language
from services.matching.skills.ranking.classification import Coded

Imported = Literal["esco", "csco"]

KINDS = {"esco": ("occupation",), "csco": ("occupation", "group")}
"""A Chinese title may mean a group as a whole: its codes are as long."""

SPOKEN: tuple[Language, ...] = (*LANGUAGES, "de", "es", "fr", "nl")


async def imported_scheme(session: AsyncSession, id: Imported) -> RowMapping | None:
    """When it was imported, and in which languages; None before the first import."""
    query = select(scheme.c.imported_at, scheme.c.languages).where(scheme.c.id == id)
    return (await session.execute(query)).mappings().one_or_none()


async def coded_occupations(session: AsyncSession, id: Imported) -> list[Coded]:
    """Its occupations that are not retired, in the order of their codes."""
    query = (
        select(
            *(entry.c.code, entry.c.uri, entry.c.labels, entry.c.descriptions),
            entry.c.extra,
        )
        .where(entry.c.scheme == id, entry.c.kind.in_(KINDS[id]), ~entry.c.retired)
        .order_by(entry.c.code)
    )
    language: Language = "zh" if id == "csco" else "en"
    rows = (await session.execute(query)).mappings()
    return [_coded(row, language) for row in rows]


def _coded(row: RowMapping, written: Language) -> Coded:
    names = {}
    for language in SPOKEN:
        if known := row["labels"].get(language):
            names[language] = (known["preferred"], *known["aliases"])
    text = row["descriptions"].get(written) or ""
    tasks = (row["extra"] or {}).get("tasks") or ""
    return Coded(
        code=row["code"],
        names=names,
        text=" ".join(filter(None, (text, _joined(tasks)))),
        counted_as=(row["uri"] or row["code"]).rpartition("/")[2],
    )


def _joined(tasks: Any) -> str:
    return tasks if isinstance(tasks, str) else " ".join(map(str, tasks))
