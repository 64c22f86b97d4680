"""Reads the taxonomy's table, and pages it for the feed's consumers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping, collate, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.skills.concepts import Kind
from services.matching.skills.models import concept
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
    """A concept's row as the feed tells it."""
    return {
        "id": row["id"],
        "kind": row["kind"],
        "label_en": row["label_en"],
        "label_zh": row["label_zh"],
        "isco08": row["isco08"],
        "version": row["version"],
    }
