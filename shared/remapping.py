"""Concepts that the taxonomy replaced, and what names them, brought up to date.

Whoever stores concept ids follows the taxonomy (`shared.vocabulary`) and re-maps what
it holds: in small transactions, with a new version and an event for each row, as often
as one likes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from pydantic import ConfigDict
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import Database
from shared.fields import Body, Flag, View

log = structlog.get_logger(__name__)

MOST_ROWS = 500
"""Re-mapped in one transaction."""

Replaced = Mapping[tuple[str, str], str]
"""(kind, retired id) → the id that stands for it."""

Entry = dict[str, Any]


@dataclass(slots=True)
class Remapped:
    """How many rows were re-mapped (or would be), and how often each concept in them;
    `more` when the transaction was full."""

    rows: int = 0
    concepts: Counter[tuple[str, str]] = field(default_factory=Counter)
    more: bool = False


async def replaced_concepts(session: AsyncSession, table: Table) -> Replaced:
    """The retired concepts of a vocabulary whose replacement it knows as usable."""
    new = table.alias("new")
    query = select(table.c.kind, table.c.id, table.c.replaced_by).join(
        new,
        (new.c.kind == table.c.kind)
        & (new.c.id == table.c.replaced_by)
        & new.c.retired.is_(False),
    )
    rows = await session.execute(query.where(table.c.retired))
    return {(row.kind, row.id): row.replaced_by for row in rows}


def gone(replaced: Replaced) -> list[dict[str, str]]:
    """The retired concepts as rows for a query."""
    return [{"kind": kind, "id": id} for kind, id in sorted(replaced)]


def remapped(
    entries: Sequence[Entry],
    kind: str,
    replaced: Replaced,
    both: Callable[[Entry, Entry], Entry],
) -> list[Entry]:
    """Entries such as `{"skill": id, …}`, with the replacements in place.

    Where two come to name the same concept, `both` makes one of them, at the place of
    the first.
    """
    kept: dict[str, Entry] = {}
    for entry in entries:
        new = replaced.get((kind, entry[kind]), entry[kind])
        entry = entry | {kind: new}
        kept[new] = both(kept[new], entry) if new in kept else entry
    return list(kept.values())


def named(entries: Sequence[Entry], kind: str, replaced: Replaced) -> list[Any]:
    """The keys of the replaced concepts that entries name."""
    return [key for entry in entries if (key := (kind, entry[kind])) in replaced]


async def remap_until_done(
    database: Database,
    vocabulary: Table,
    remap: Callable[[AsyncSession, Replaced], Awaitable[Remapped]],
    what: str,
) -> None:
    """Re-map transaction by transaction until nothing is left, and say so."""
    more = True
    while more:
        async with database.as_system() as session:
            replaced = await replaced_concepts(session, vocabulary)
            done = await remap(session, replaced)
        more = done.more
        if done.rows:
            told = {f"{kind}:{id}": n for (kind, id), n in done.concepts.items()}
            log.info(f"{what} re-mapped", rows=done.rows, concepts=told)


class RemapRequest(Body):
    """`dry_run` counts all there is to do and changes nothing."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"dry_run": True}]})

    dry_run: Flag = False


class ReplacedView(View):
    """How many rows name a retired concept that `new` stands for."""

    kind: str
    old: str
    new: str
    rows: int


class RemapAnswer(View):
    """What was re-mapped, or would be; ask again while there is `more`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "dry_run": True,
                    "rows": 12,
                    "concepts": [
                        {
                            "kind": "skill",
                            "old": "telex-operation",
                            "new": "data-entry",
                            "rows": 12,
                        }
                    ],
                    "more": False,
                }
            ]
        }
    )

    dry_run: bool
    rows: int
    concepts: list[ReplacedView]
    more: bool


def answer(done: Remapped, replaced: Replaced, dry_run: bool) -> RemapAnswer:
    return RemapAnswer(
        dry_run=dry_run,
        rows=done.rows,
        concepts=[
            ReplacedView(kind=kind, old=old, new=replaced[kind, old], rows=rows)
            for (kind, old), rows in sorted(done.concepts.items())
        ],
        more=done.more,
    )
