"""Up to a thousand rows in one statement, from one JSON parameter; each says which rows
it has really changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.schemes.crosswalks import CrosswalkRow
from services.matching.schemes.entries import Entry, EntryLink, SchemeId

Row = dict[str, Any]
Changed = Mapping[tuple[Any, ...], Literal["created", "updated"]]

# xmax of a row that has just been inserted is 0
ENTRIES = text(
    """
    INSERT INTO matching.entry AS kept
        (scheme, code, kind, uri, labels, descriptions, broader, extra)
    SELECT scheme, code, kind, uri, labels, descriptions, broader, extra
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (
        scheme text, code text, kind text, uri text, labels jsonb,
        descriptions jsonb, broader jsonb, extra jsonb
    )
    ON CONFLICT (scheme, code) DO UPDATE SET
        kind = excluded.kind,
        uri = coalesce(excluded.uri, kept.uri),
        labels = kept.labels || excluded.labels,
        descriptions = kept.descriptions || excluded.descriptions,
        broader = coalesce(excluded.broader, kept.broader),
        extra = coalesce(excluded.extra, kept.extra),
        retired = false,
        changed_at = clock_timestamp()
    WHERE kept.retired
        OR kept.kind <> excluded.kind
        OR kept.labels || excluded.labels <> kept.labels
        OR kept.descriptions || excluded.descriptions <> kept.descriptions
        OR coalesce(excluded.uri, kept.uri) IS DISTINCT FROM kept.uri
        OR coalesce(excluded.broader, kept.broader) IS DISTINCT FROM kept.broader
        OR coalesce(excluded.extra, kept.extra) IS DISTINCT FROM kept.extra
    RETURNING scheme, code, xmax = 0 AS created
    """
)
LINKS = text(
    """
    INSERT INTO matching.entry_link AS kept
        (scheme, from_code, to_code, relation, source, rank)
    SELECT scheme, from_code, to_code, relation, source, rank
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (
        scheme text, from_code text, to_code text, relation text, source text,
        rank integer
    )
    ON CONFLICT (scheme, from_code, to_code, relation) DO UPDATE SET
        source = excluded.source, rank = excluded.rank
    WHERE (kept.source, kept.rank) IS DISTINCT FROM (excluded.source, excluded.rank)
    RETURNING from_code, to_code, relation, xmax = 0 AS created
    """
)
CROSSWALK = text(
    """
    INSERT INTO matching.crosswalk AS kept (from_scheme, from_code, to_scheme, to_code,
        relation, confidence, source)
    SELECT from_scheme, from_code, to_scheme, to_code, relation, confidence, source
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (
        from_scheme text, from_code text, to_scheme text, to_code text, relation text,
        confidence double precision, source text
    )
    ON CONFLICT (from_scheme, from_code, to_scheme, to_code) DO UPDATE SET
        relation = excluded.relation,
        confidence = excluded.confidence,
        source = excluded.source
    WHERE (kept.relation, kept.confidence, kept.source)
        IS DISTINCT FROM (excluded.relation, excluded.confidence, excluded.source)
    RETURNING from_scheme, from_code, to_scheme, to_code, xmax = 0 AS created
    """
)
RETIRE = text(
    """
    UPDATE matching.entry SET retired = true, changed_at = clock_timestamp()
    WHERE scheme = :scheme AND code = ANY(:codes) AND NOT retired
    """
)
DELETE_LINKS = text(
    """
    DELETE FROM matching.entry_link AS kept
    USING jsonb_to_recordset(CAST(:rows AS jsonb)) AS gone (
        from_code text, to_code text, relation text
    )
    WHERE kept.scheme = :scheme AND kept.from_code = gone.from_code
        AND kept.to_code = gone.to_code AND kept.relation = gone.relation
    """
)
DELETE_CROSSWALK = text(
    """
    DELETE FROM matching.crosswalk AS kept
    USING jsonb_to_recordset(CAST(:rows AS jsonb)) AS gone (
        from_scheme text, from_code text, to_scheme text, to_code text
    )
    WHERE kept.from_scheme = gone.from_scheme AND kept.from_code = gone.from_code
        AND kept.to_scheme = gone.to_scheme AND kept.to_code = gone.to_code
    """
)
SCHEME = text(
    """
    INSERT INTO matching.scheme AS kept (id, version, counts, languages)
    SELECT :scheme, CAST(:version AS text),
        (
            SELECT coalesce(jsonb_object_agg(kind, number), '{}') FROM (
                SELECT kind, count(*) AS number FROM matching.entry
                WHERE scheme = :scheme AND NOT retired GROUP BY kind
                UNION ALL
                SELECT 'link', count(*) FROM matching.entry_link WHERE scheme = :scheme
            ) AS counted
        ),
        (
            SELECT coalesce(jsonb_agg(DISTINCT language), '[]')
            FROM matching.entry, jsonb_object_keys(labels) AS language
            WHERE scheme = :scheme AND NOT retired
        )
    ON CONFLICT (id) DO UPDATE SET
        version = coalesce(excluded.version, kept.version),
        counts = excluded.counts,
        languages = excluded.languages,
        imported_at = clock_timestamp()
    WHERE :changed
        OR kept.version IS DISTINCT FROM coalesce(excluded.version, kept.version)
        OR (kept.counts, kept.languages) <> (excluded.counts, excluded.languages)
    """
)


async def write_entries(session: AsyncSession, entries: Iterable[Entry]) -> Changed:
    """(scheme, code) of the entries that are new or different now.

    Names and descriptions in other languages stay; so does what the entry does not say.
    """
    rows = [_entry(entry) for entry in entries]
    return await _write(session, ENTRIES, rows)


async def write_links(session: AsyncSession, links: Iterable[EntryLink]) -> Changed:
    return await _write(session, LINKS, [asdict(link) for link in links])


async def write_crosswalk(
    session: AsyncSession, rows: Iterable[CrosswalkRow]
) -> Changed:
    return await _write(session, CROSSWALK, [asdict(row) for row in rows])


async def retire_entries(
    session: AsyncSession, scheme: SchemeId, codes: Sequence[str]
) -> None:
    await session.execute(RETIRE, {"scheme": scheme, "codes": list(codes)})


async def delete_links(
    session: AsyncSession, scheme: SchemeId, rows: Sequence[Row]
) -> None:
    asked = {"scheme": scheme, "rows": orjson.dumps(rows).decode()}
    await session.execute(DELETE_LINKS, asked)


async def delete_crosswalk(session: AsyncSession, rows: Sequence[Row]) -> None:
    await session.execute(DELETE_CROSSWALK, {"rows": orjson.dumps(rows).decode()})


async def write_scheme(
    session: AsyncSession, scheme: SchemeId, version: str | None, changed: bool
) -> None:
    """Count anew what there is of a scheme; an unknown version stays what it was."""
    asked = {"scheme": scheme, "version": version, "changed": changed}
    await session.execute(SCHEME, asked)


async def refresh_statistics(session: AsyncSession) -> None:
    """Without this, the first reads after an import take a second instead of none."""
    await session.execute(
        text("ANALYZE matching.entry, matching.entry_link, matching.crosswalk")
    )


async def _write(session: AsyncSession, statement: Any, rows: list[Row]) -> Changed:
    done = await session.execute(statement, {"rows": orjson.dumps(rows).decode()})
    return {tuple(ends): "created" if created else "updated" for *ends, created in done}


def _entry(entry: Entry) -> Row:
    names = {"preferred": entry.preferred, "aliases": entry.aliases}
    said = {entry.language: entry.description} if entry.description else {}
    return {
        "scheme": entry.scheme,
        "code": entry.code,
        "kind": entry.kind,
        "uri": entry.uri,
        "labels": {entry.language: names},
        "descriptions": said,
        "broader": entry.broader,
        "extra": entry.extra,
    }
