"""Puts the taxonomy of this version into its table and tells the feed what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, func, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.models import outbox
from services.matching.skills.changes import change
from services.matching.skills.concepts import Concept, Occupation, Skill
from services.matching.skills.models import concept as concepts
from services.matching.skills.models import concept_change, taxonomy_load
from services.matching.skills.queries import (
    PUBLISHED,
    RETIRED,
    all_concepts,
    entity_id,
    published,
)
from services.matching.skills.taxonomy import Taxonomy, load_taxonomy
from shared.outbox import NewEvent, record_events

# one process at a time: two would both see what is missing and publish it twice
ONE_LOADER = text("SELECT pg_advisory_xact_lock(hashtext('matching taxonomy'))")
CONTENT = (
    *("isco08", "label_en", "label_zh", "aliases", "links"),
    *("retired", "replaced_by"),
)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many concepts are new or changed, and how many the taxonomy lost."""

    published: int
    retired: int


async def load_taxonomy_tables(
    session: AsyncSession, taxonomy: Taxonomy | None = None
) -> Loaded:
    """Make the table say what the taxonomy says, with an event for each difference.

    Doing it again changes nothing. A concept that the taxonomy no longer has stays, as
    retired, with what replaces it; one that comes back is published again under its old
    number. What a load after the first one changed is kept for the history. Needs the
    system login. Raises TaxonomyInvalid.
    """
    taxonomy = taxonomy or load_taxonomy()
    await session.execute(ONE_LOADER)
    kept = await all_concepts(session)
    wanted = {
        (concept.kind, concept.id): _row(concept) for concept in taxonomy.concepts()
    }
    changed = [
        row | {"version": kept[key]["version"] + 1 if key in kept else 1}
        for key, row in wanted.items()
        if key not in kept
        or any(kept[key][column] != row[column] for column in CONTENT)
    ]
    retired = [
        {column: row[column] for column in ("kind", "id", *CONTENT)}
        | {
            "version": row["version"] + 1,
            "retired": True,
            "replaced_by": taxonomy.replacements.get(key),
        }
        for key, row in kept.items()
        if key not in wanted
        and (not row["retired"] or row["replaced_by"] != taxonomy.replacements.get(key))
    ]
    loaded = Loaded(published=len(changed), retired=len(retired))
    if changed or retired:
        await _write(session, [*changed, *retired])
        await _remember(session, taxonomy.version, loaded, kept, [*changed, *retired])
    return loaded


async def _remember(
    session: AsyncSession,
    version: str,
    loaded: Loaded,
    kept: Mapping[tuple[str, str], RowMapping],
    rows: Sequence[Row],
) -> None:
    statement = insert(taxonomy_load).returning(taxonomy_load.c.number)
    counts = {"published": loaded.published, "retired": loaded.retired}
    number = await session.scalar(statement, {"version": version, **counts})
    if kept:
        changes = [
            {"load": number, **change(dict(kept.get(_key(row), {})), row)}
            for row in rows
        ]
        await session.execute(insert(concept_change), changes)


async def _write(session: AsyncSession, rows: Sequence[Row]) -> None:
    new = insert(concepts)
    columns = ("version", *CONTENT)
    statement = new.on_conflict_do_update(
        index_elements=["kind", "id"],
        set_={column: new.excluded[column] for column in columns}
        | {"changed_at": func.clock_timestamp()},
    )
    await session.execute(statement, list(rows))
    events = [
        NewEvent(
            RETIRED if row["retired"] else PUBLISHED,
            entity_id(row["kind"], row["id"]),
            row["version"],
            published(row),
        )
        for row in rows
    ]
    await record_events(session, outbox, events)


def _key(row: Row) -> tuple[str, str]:
    return row["kind"], row["id"]


def _row(concept: Concept) -> Row:
    return {
        "kind": concept.kind,
        "id": concept.id,
        "isco08": concept.isco08 if isinstance(concept, Occupation) else None,
        "label_en": concept.label_en,
        "label_zh": concept.label_zh,
        "aliases": {"en": list(concept.aliases_en), "zh": list(concept.aliases_zh)},
        "links": _links(concept),
        "retired": False,
        "replaced_by": None,
    }


def _links(concept: Concept) -> dict[str, Any]:
    """`related` of a skill; `markets`, `essential`, `optional` and `certificates` of an
    occupation."""
    if isinstance(concept, Skill):
        related = [
            {"skill": link.skill, "credit": link.credit, "both_ways": link.both_ways}
            for link in concept.links
        ]
        return {"related": related}
    if isinstance(concept, Occupation):
        return {
            "markets": [market.value for market in concept.markets],
            "essential": list(concept.essential),
            "optional": list(concept.optional),
            "certificates": list(concept.certificates),
        }
    return {}
