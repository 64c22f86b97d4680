"""Reads the taxonomy's table, and pages it for the feed's consumers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, collate, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.skills.concepts import Kind
from services.matching.skills.models import concept, concept_change, taxonomy_load
from shared.feed import Event

PUBLISHED = "ConceptPublished"
RETIRED = "ConceptRetired"


async def find_concept(session: AsyncSession, kind: Kind, id: str) -> RowMapping | None:
    """A concept as it is kept, retired or not."""
    query = select(concept).where(concept.c.kind == kind, concept.c.id == id)
    return (await session.execute(query)).mappings().one_or_none()


async def all_concepts(session: AsyncSession) -> dict[tuple[str, str], RowMapping]:
    """Every concept by (kind, id)."""
    rows = (await session.execute(select(concept))).mappings()
    return {(row["kind"], row["id"]): row for row in rows}


async def load_of_version(session: AsyncSession, version: str) -> int | None:
    """The number of the last load of a taxonomy version."""
    query = select(func.max(taxonomy_load.c.number))
    number: int | None = await session.scalar(
        query.where(taxonomy_load.c.version == version)
    )
    return number


async def newest_version(session: AsyncSession) -> str | None:
    """The taxonomy version that the table holds; None before the first load."""
    query = select(taxonomy_load.c.version).order_by(taxonomy_load.c.number.desc())
    version: str | None = await session.scalar(query.limit(1))
    return version


async def changes_after(
    session: AsyncSession, load: int, after: int, limit: int
) -> Sequence[RowMapping]:
    """Changes of loads behind `load`, behind the change `after`, in their order."""
    query = (
        select(
            concept_change,
            taxonomy_load.c.version.label("taxonomy_version"),
            taxonomy_load.c.loaded_at,
        )
        .join(taxonomy_load, taxonomy_load.c.number == concept_change.c.load)
        .where(concept_change.c.load > load, concept_change.c.seq > after)
        .order_by(concept_change.c.seq)
        .limit(limit)
    )
    return (await session.execute(query)).mappings().all()


async def taxonomy_snapshot(
    session: AsyncSession, after: str | None, limit: int
) -> list[Event]:
    """Up to `limit` concepts, retired ones too, behind the entity id `after`."""
    query = select(concept)
    order = tuple_(collate(concept.c.kind, "C"), collate(concept.c.id, "C"))
    if after is not None:
        kind, _, id = after.partition(":")
        query = query.where(order > tuple_(kind, id))
    rows = (await session.execute(query.order_by(*order).limit(limit))).mappings()
    return [
        Event(
            type=RETIRED if row["retired"] else PUBLISHED,
            entity_id=entity_id(row["kind"], row["id"]),
            entity_version=row["version"],
            occurred_at=row["changed_at"],
            data=published(row),
        )
        for row in rows
    ]


def entity_id(kind: str, id: str) -> str:
    return f"{kind}:{id}"


def published(row: RowMapping | dict[str, Any]) -> dict[str, Any]:
    """A concept's row as the feed tells it; a retired one with what replaces it."""
    replaced = {"replaced_by": row["replaced_by"]} if row["retired"] else {}
    return {
        "id": row["id"],
        "kind": row["kind"],
        "label_en": row["label_en"],
        "label_zh": row["label_zh"],
        "isco08": row["isco08"],
        "version": row["version"],
        **replaced,
    }
