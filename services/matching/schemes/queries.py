"""Reads imported classifications: to show them, and to compare before an import."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Executable, Select, Text, cast, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.schemes.entries import EntryKind, SchemeId
from services.matching.schemes.models import crosswalk, entry, entry_link, scheme

ROWS_A_READ = 2_000

Row = dict[str, Any]

HEAD = (
    entry.c.scheme,
    entry.c.code,
    entry.c.kind,
    entry.c.labels,
    entry.c.retired,
)

CROSSWALK = text(
    """
    WITH other AS (
        SELECT to_scheme AS scheme, to_code AS code, relation, confidence, source,
            false AS back
        FROM matching.crosswalk WHERE from_scheme = :scheme AND from_code = :code
        UNION ALL
        SELECT from_scheme, from_code, relation, confidence, source, true
        FROM matching.crosswalk WHERE to_scheme = :scheme AND to_code = :code
    )
    SELECT other.*,
        coalesce(entry.labels, jsonb_build_object(
            'en', jsonb_build_object('preferred', concept.label_en),
            'zh', jsonb_build_object('preferred', concept.label_zh)
        )) AS labels
    FROM other
    LEFT JOIN matching.entry ON entry.scheme = other.scheme AND entry.code = other.code
    LEFT JOIN matching.concept ON other.scheme = 'rollcall'
        AND concept.kind = split_part(other.code, ':', 1)
        AND concept.id = split_part(other.code, ':', 2)
    ORDER BY other.scheme, other.confidence DESC, other.code
    LIMIT :limit
    """
)


async def all_schemes(session: AsyncSession) -> list[Row]:
    return await _rows(session, select(scheme).order_by(scheme.c.id))


async def find_scheme(session: AsyncSession, id: SchemeId) -> Row | None:
    query = select(scheme).where(scheme.c.id == id)
    return next(iter(await _rows(session, query)), None)


async def find_entries(
    session: AsyncSession,
    id: SchemeId,
    *,
    words: str | None,
    kind: EntryKind | None,
    language: str | None,
    after: str | None,
    limit: int,
) -> list[Row]:
    """Entries that are not retired behind the code `after`, in the order of codes.

    `words` stand within a name in just that order, in whatever case; with a language,
    within one of its names.
    """
    query = select(*HEAD).where(entry.c.scheme == id, ~entry.c.retired)
    if kind is not None:
        query = query.where(entry.c.kind == kind)
    if language is not None:
        query = query.where(entry.c.labels.has_key(language))
    if words is not None:
        sought = func.lower(words)
        query = query.where(func.strpos(entry.c.names, sought) > 0)
        if language is not None:
            names = func.jsonb_path_query_array(
                entry.c.labels[language], cast("$.*", JSONPATH)
            )
            lowered = func.lower(cast(names, Text))
            query = query.where(func.strpos(lowered, sought) > 0)
    if after is not None:
        query = query.where(entry.c.code > after)
    query = query.order_by(entry.c.code).limit(limit)
    return await _rows(session, query)


async def find_entry(session: AsyncSession, id: SchemeId, code: str) -> Row | None:
    """An entry, retired or not."""
    query = select(entry).where(entry.c.scheme == id, entry.c.code == code)
    return next(iter(await _rows(session, query)), None)


async def heads(session: AsyncSession, id: SchemeId, codes: Iterable[str]) -> list[Row]:
    query = select(*HEAD).where(entry.c.scheme == id, entry.c.code.in_(list(codes)))
    return await _rows(session, query.order_by(entry.c.code))


async def links_of(
    session: AsyncSession, id: SchemeId, code: str, limit: int
) -> list[Row]:
    """What an entry links to, with the heads of the others: the ranked first."""
    query = (
        select(entry_link.c.relation, entry_link.c.rank, *HEAD)
        .join(
            entry,
            (entry.c.scheme == entry_link.c.scheme)
            & (entry.c.code == entry_link.c.to_code),
        )
        .where(
            entry_link.c.scheme == id, entry_link.c.from_code == code, ~entry.c.retired
        )
        .order_by(entry_link.c.relation, entry_link.c.rank, entry.c.code)
        .limit(limit)
    )
    return await _rows(session, query)


async def crosswalk_of(
    session: AsyncSession, scheme: str, code: str, limit: int
) -> list[Row]:
    """Crosswalk rows with this end, from either side, with the labels of the other;
    `back` says that the row is kept from the other end."""
    asked = {"scheme": scheme, "code": code, "limit": limit}
    return await _rows(session, CROSSWALK, asked)


def known_entries(id: SchemeId) -> Select[Any]:
    """Code, kind and URI of the entries of a scheme that are not retired."""
    return select(entry.c.code, entry.c.kind, entry.c.uri).where(
        entry.c.scheme == id, ~entry.c.retired
    )


async def names_page(session: AsyncSession, after: tuple[str, str]) -> list[Row]:
    """Occupations, skills and groups of every scheme with their labels, in pages."""
    ends = tuple_(entry.c.scheme, entry.c.code)
    query = (
        select(entry.c.scheme, entry.c.code, entry.c.kind, entry.c.labels)
        .where(~entry.c.retired, ends > tuple_(*after))
        .order_by(entry.c.scheme, entry.c.code)
        .limit(ROWS_A_READ)
    )
    return await _rows(session, query)


async def links_page(
    session: AsyncSession, id: SchemeId, source: str, after: tuple[str, str, str]
) -> list[Row]:
    columns = (entry_link.c.from_code, entry_link.c.to_code, entry_link.c.relation)
    query = (
        select(*columns)
        .where(
            entry_link.c.scheme == id,
            entry_link.c.source == source,
            tuple_(*columns) > tuple_(*after),
        )
        .order_by(*columns)
        .limit(ROWS_A_READ)
    )
    return await _rows(session, query)


async def crosswalk_page(
    session: AsyncSession, after: tuple[str, str, str, str]
) -> list[Row]:
    columns = (
        crosswalk.c.from_scheme,
        crosswalk.c.from_code,
        crosswalk.c.to_scheme,
        crosswalk.c.to_code,
    )
    query = (
        select(crosswalk)
        .where(tuple_(*columns) > tuple_(*after))
        .order_by(*columns)
        .limit(ROWS_A_READ)
    )
    return await _rows(session, query)


async def _rows(
    session: AsyncSession, query: Executable, asked: Row | None = None
) -> list[Row]:
    done = await session.execute(query, asked)
    return [{str(name): cell for name, cell in row.items()} for row in done.mappings()]
