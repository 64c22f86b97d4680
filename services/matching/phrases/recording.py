"""Writing what was counted, and forgetting what is not typed any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.phrases.counting import Tally
from services.matching.phrases.privacy import ENOUGH_CALLERS, MOST_MARKS
from shared.values import new_id

KEPT = timedelta(days=180)
"""Since it was last typed, in whatever state; a binding outlives its phrase."""

KEPT_WITHHELD = timedelta(days=30)
"""Since only too few callers typed it."""

MOST_WITHHELD = 200_000
"""Digests that wait for another caller; the longest unseen go first."""

FORGOTTEN_AT_ONCE = 1_000

# Rows come ordered by digest, so that two processes lock them in the same order.
COUNT = text(
    """
    INSERT INTO matching.phrase AS held (id, kind, digest, language, count, callers)
    SELECT id, kind, decode(digest, 'hex'), language, count, callers
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS typed
        (id uuid, kind text, digest text, language text, count bigint,
         callers bigint[])
    ON CONFLICT (kind, digest) DO UPDATE SET
        count = held.count + excluded.count,
        language = coalesce(excluded.language, held.language),
        last_seen = excluded.last_seen,
        callers = CASE WHEN cardinality(held.callers) >= :most THEN held.callers
            ELSE ARRAY(SELECT mark
                       FROM unnest(held.callers || excluded.callers) AS mark
                       GROUP BY mark LIMIT :most) END
    RETURNING encode(digest, 'hex') AS digest,
        folded IS NULL AND cardinality(callers) >= :enough AS may_be_shown
    """
)

SHOW = text(
    """
    UPDATE matching.phrase AS held
    SET folded = typed.folded, example = typed.example
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS typed
        (kind text, digest text, folded text, example text)
    WHERE held.kind = typed.kind AND held.digest = decode(typed.digest, 'hex')
    """
)

# operators may have bound what too few callers had typed until now
ALREADY_BOUND = text(
    """
    UPDATE matching.phrase AS held SET state = 'bound'
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS typed
        (kind text, digest text, folded text)
    JOIN matching.binding USING (kind, folded)
    WHERE held.kind = typed.kind AND held.digest = decode(typed.digest, 'hex')
    """
)

FORGET = text(
    """
    DELETE FROM matching.phrase WHERE id IN (
        (SELECT id FROM matching.phrase
         WHERE last_seen < now() - CAST(:kept AS interval) LIMIT :most)
        UNION ALL
        (SELECT id FROM matching.phrase WHERE folded IS NULL
         AND last_seen < now() - CAST(:kept_withheld AS interval) LIMIT :most)
        UNION ALL
        (SELECT id FROM matching.phrase WHERE folded IS NULL
         ORDER BY last_seen DESC OFFSET :most_withheld LIMIT :most))
    """
)


async def record_phrases(session: AsyncSession, tallies: Sequence[Tally]) -> None:
    """Add counts to what is known, with the text where enough callers typed it.

    `tallies` are ordered by digest. The caller commits; a few thousand at once.
    """
    if not tallies:
        return
    rows = [_row(tally) for tally in tallies]
    limits = {"most": MOST_MARKS, "enough": ENOUGH_CALLERS}
    written = await session.execute(COUNT, {"rows": _json(rows), **limits})
    shown = {row.digest for row in written if row.may_be_shown}
    if shown:
        known = {"rows": _json([row for row in rows if row["digest"] in shown])}
        await session.execute(SHOW, known)
        await session.execute(ALREADY_BOUND, known)


async def forget_phrases(session: AsyncSession) -> int:
    """Delete some of what is beyond its time or beyond the room; how many."""
    limits = {
        "kept": KEPT,
        "kept_withheld": KEPT_WITHHELD,
        "most_withheld": MOST_WITHHELD,
        "most": FORGOTTEN_AT_ONCE,
    }
    deleted: Any = await session.execute(FORGET, limits)
    forgotten: int = deleted.rowcount
    return forgotten


def _row(tally: Tally) -> dict[str, Any]:
    return {
        "id": new_id(),
        "kind": tally.kind,
        "digest": tally.digest.hex(),
        "folded": tally.folded,
        "example": tally.example,
        "language": tally.language,
        "count": tally.count,
        "callers": sorted(tally.marks),
    }


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return orjson.dumps(rows).decode()
