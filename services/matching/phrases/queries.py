"""Every select on phrases and bindings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, collate, func, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.phrases.models import binding, binding_version, phrase
from services.matching.phrases.schemas import PhraseFilter
from services.matching.skills.bound import Bound
from services.matching.skills.concepts import Concept, Kind
from services.matching.skills.folding import fold
from services.matching.skills.taxonomy import Taxonomy

SHOWN = (
    *(column for column in phrase.c if column.name not in ("digest", "callers")),
    func.cardinality(phrase.c.callers).label("callers"),
)


async def find_phrase(session: AsyncSession, phrase_id: UUID) -> RowMapping | None:
    """A phrase whose text is known."""
    query = select(*SHOWN).where(phrase.c.id == phrase_id, phrase.c.folded.is_not(None))
    return (await session.execute(query)).mappings().one_or_none()


async def page_of_phrases(
    session: AsyncSession, wanted: PhraseFilter, after: Sequence[Any] | None, limit: int
) -> Sequence[RowMapping]:
    """Phrases whose text is known, in descending order, behind the key `after`."""
    key: ColumnElement[Any] = phrase.c[wanted.key]
    shown = phrase.c.folded.is_not(None) & (phrase.c.state == wanted.state)
    query = select(*SHOWN).where(shown)
    if wanted.kind is not None:
        query = query.where(phrase.c.kind == wanted.kind)
    if after is not None:
        query = query.where(tuple_(key, phrase.c.id) < tuple_(*after))
    query = query.order_by(key.desc(), phrase.c.id.desc()).limit(limit)
    return (await session.execute(query)).mappings().all()


async def find_binding(session: AsyncSession, binding_id: UUID) -> RowMapping | None:
    query = select(binding).where(binding.c.id == binding_id)
    return (await session.execute(query)).mappings().one_or_none()


async def binding_of(
    session: AsyncSession, kind: str, folded: str
) -> RowMapping | None:
    """The binding of a folded phrase."""
    query = select(binding).where(binding.c.kind == kind, binding.c.folded == folded)
    return (await session.execute(query)).mappings().one_or_none()


async def page_of_bindings(
    session: AsyncSession, after: Sequence[Any] | None, limit: int | None
) -> Sequence[RowMapping]:
    """Bindings by kind and phrase, behind the key `after`; all, without a limit."""
    key = tuple_(collate(binding.c.kind, "C"), collate(binding.c.folded, "C"))
    query = select(binding).order_by(key)
    if after is not None:
        query = query.where(key > tuple_(*after))
    if limit is not None:
        query = query.limit(limit)
    return (await session.execute(query)).mappings().all()


async def newest_bound(session: AsyncSession, held: Bound, taxonomy: Taxonomy) -> Bound:
    """The names that are bound now: `held` itself when nothing was bound since.

    One whose concept was replaced names the replacement; one whose concept is gone
    names nothing. Phrases that were folded by an earlier release are folded anew.
    """
    if held.version == await session.scalar(select(binding_version.c.version)):
        return held
    # one statement: names and version of one moment
    rows = await session.execute(
        select(
            binding_version.c.version,
            binding.c.kind,
            binding.c.folded,
            binding.c.concept,
        ).join_from(binding_version, binding, true(), isouter=True)
    )
    found = rows.all()
    names: dict[tuple[Kind, str], Concept] = {}
    for _, kind, folded, concept_id in found:
        concept = kind and taxonomy.current(kind, concept_id)
        if concept:
            names[kind, fold(folded)] = concept
    return Bound(found[0].version, names)
