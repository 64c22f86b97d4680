"""What is asked of runs, postings and feedback about the people behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

# an open posting's last list, where nobody is on it (index match_run_empty)
EMPTY = """
    FROM matching.match_run AS run
    JOIN matching.posting AS posting ON posting.id = run.posting_id
        AND posting.status = 'open' AND NOT posting.removed
    CROSS JOIN LATERAL (
        SELECT step ->> 'rule' AS rule
        FROM jsonb_array_elements(run.funnel) WITH ORDINALITY AS steps (step, place)
        WHERE (step ->> 'left')::integer = 0 ORDER BY place LIMIT 1
    ) AS emptied
    WHERE run.state = 'done' AND run.matches = '[]' AND NOT EXISTS (
        SELECT FROM matching.match_run AS later WHERE later.state = 'done'
            AND later.posting_id = run.posting_id
            AND (later.finished_at, later.id) > (run.finished_at, run.id))
"""
EMPTY_PAGE = text(
    f"""
    SELECT run.id AS run, run.finished_at AS ranked_at, run.posting_id AS posting,
        posting.organisation, posting.doc ->> 'title' AS title,
        posting.doc ->> 'opened_at' AS opened_at, emptied.rule AS emptied_by,
        run.considered, run.funnel, run.possible_total AS possible
    {EMPTY}
        AND (CAST(:rule AS text) IS NULL OR emptied.rule = CAST(:rule AS text))
        AND (CAST(:at AS timestamptz) IS NULL OR (run.finished_at, run.id)
            < (CAST(:at AS timestamptz), CAST(:run AS uuid)))
    ORDER BY run.finished_at DESC, run.id DESC LIMIT :limit
    """
)
EMPTIED_BY = text(
    f"SELECT emptied.rule, count(*) AS postings {EMPTY}"
    " GROUP BY emptied.rule ORDER BY 2 DESC, 1"
)
OPEN = text(
    """
    SELECT count(*) AS open_postings, count(*) FILTER (WHERE NOT EXISTS (
        SELECT FROM matching.match_run AS run
        WHERE run.posting_id = posting.id AND run.state = 'done')) AS not_yet_ranked
    FROM matching.posting AS posting WHERE status = 'open' AND NOT removed
    """
)
# of the postings published since; a list is the first that was ever done
TIMES = text(
    """
    WITH published AS (
        SELECT id, (doc ->> 'opened_at')::timestamptz AS at FROM matching.posting
        WHERE NOT removed AND (doc ->> 'opened_at')::timestamptz >= :since
    ), times AS (
        SELECT extract(epoch FROM (
                SELECT min(finished_at) FROM matching.match_run AS run
                WHERE run.posting_id = published.id AND run.state = 'done') - at
            )::float AS to_list,
            extract(epoch FROM (
                SELECT min(noted_at) FROM matching.match_feedback AS noted
                WHERE noted.posting_id = published.id) - at
            )::float AS to_feedback
        FROM published
    )
    SELECT count(*) AS published, count(to_list) AS listed,
        count(to_feedback) AS noted,
        percentile_cont(ARRAY[0.5, 0.95, 0.99])
            WITHIN GROUP (ORDER BY to_list) AS to_list,
        percentile_cont(ARRAY[0.5, 0.95, 0.99])
            WITHIN GROUP (ORDER BY to_feedback) AS to_feedback
    FROM times
    """
)


Quantiles = Sequence[float] | None


@dataclass(frozen=True, slots=True)
class Times:
    """Of the postings published since some moment: how many there are, how many had a
    list and feedback, and the seconds until then (p50, p95, p99)."""

    published: int
    listed: int
    noted: int
    to_list: Quantiles
    to_feedback: Quantiles


async def page_of_empty(
    session: AsyncSession, rule: str | None, after: Sequence[Any] | None, limit: int
) -> Sequence[RowMapping]:
    """Open postings whose last list is empty, the last ranked first."""
    at, run = after or (None, None)
    values = {"rule": rule, "at": at, "run": run, "limit": limit}
    return (await session.execute(EMPTY_PAGE, values)).mappings().all()


async def count_open(session: AsyncSession) -> tuple[int, int]:
    """Open postings, and those of them that have no list yet."""
    row = (await session.execute(OPEN)).one()
    return int(row.open_postings), int(row.not_yet_ranked)


async def count_emptied(session: AsyncSession) -> list[tuple[str, int]]:
    """How many open postings each rule leaves with nobody, the most first."""
    return [(row.rule, row.postings) for row in await session.execute(EMPTIED_BY)]


async def times_since(session: AsyncSession, since: datetime) -> Times:
    row = (await session.execute(TIMES, {"since": since})).mappings().one()
    return Times(**row)
