"""Every select on postings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    case,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from services.postings.errors import PostingNotFound
from services.postings.models import posting, shift
from services.postings.postings.filters import PostingFilters
from services.postings.postings.lifecycle import EDITABLE, EVENTS, EXPIRING, Status
from services.postings.postings.posting import Posting, from_row
from shared.feed import Event
from shared.paging import cut_page, decode_cursor
from shared.problems import Fault, InvalidRequest
from shared.remapping import Replaced, gone

EARTH_RADIUS_KM = 6371.0088
KM_PER_DEGREE = 111.19
TEXTS = ARRAY(Text)

PASSED = posting.c.status.in_(sorted(EXPIRING)) & (posting.c.expires_at <= func.now())
"""A deadline has passed and the sweep has not come yet."""

OPEN = (posting.c.status == Status.OPEN.value) & or_(
    posting.c.expires_at.is_(None), posting.c.expires_at > func.now()
)

# shifts are on whole minutes, so no fraction is lost here
_INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS"Z"'
_SHIFTS = (
    select(
        func.coalesce(
            func.jsonb_agg(
                aggregate_order_by(
                    func.jsonb_build_object(
                        "id",
                        shift.c.id,
                        "start",
                        func.to_char(func.timezone("UTC", shift.c.starts_at), _INSTANT),
                        "end",
                        func.to_char(func.timezone("UTC", shift.c.ends_at), _INSTANT),
                        "headcount",
                        shift.c.headcount,
                    ),
                    shift.c.starts_at,
                    shift.c.ends_at,
                )
            ),
            text("'[]'::jsonb"),
        )
    )
    .where(shift.c.posting_id == posting.c.id)
    .scalar_subquery()
    .label("shifts")
)
_READABLE = [
    column
    for column in posting.c
    if column.computed is None and column.name not in ("status", "begins_at")
]
_CURRENT = case((PASSED, Status.EXPIRED.value), else_=posting.c.status)
_AS_READ = _CURRENT.label("current_status")
_AS_STORED = posting.c.status.label("current_status")

POSTINGS: Select[Any] = select(*_READABLE, _AS_READ, _SHIFTS)
"""Postings with their shifts, in one statement so that both are of one moment."""


async def find_posting(session: AsyncSession, posting_id: UUID) -> Posting | None:
    row = await session.execute(POSTINGS.where(posting.c.id == posting_id))
    found = row.mappings().first()
    return from_row(found) if found else None


async def get_posting(session: AsyncSession, posting_id: UUID) -> Posting:
    """Raises PostingNotFound."""
    found = await find_posting(session, posting_id)
    if found is None:
        raise PostingNotFound
    return found


async def lock_posting(session: AsyncSession, posting_id: UUID) -> Posting | None:
    """The posting, nobody else's to change until the commit; only of one's own."""
    key = select(posting.c.id).where(posting.c.id == posting_id).with_for_update()
    if (await session.execute(key)).first() is None:
        return None
    # a second statement: one that waited for the lock would show the shifts of before
    return await find_posting(session, posting_id)


async def lock_imports(session: AsyncSession, organisation: UUID) -> None:
    """One import of an organisation at a time: the second sees what the first made."""
    key = func.hashtextextended(f"postings import {organisation}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def lock_imported(
    session: AsyncSession, organisation: UUID, sources: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Posting]:
    """The postings imported from these (system, id), locked."""
    if not sources:
        return {}
    key = (
        func.unnest(
            literal([system for system, _ in sources], TEXTS),
            literal([name for _, name in sources], TEXTS),
        )
        .table_valued("system", "id")
        .render_derived()
    )
    matches = (
        (posting.c.organisation == organisation)
        & (posting.c.source_system == key.c.system)
        & (posting.c.source_id == key.c.id)
    )
    ids = select(posting.c.id).join(key, matches).order_by(posting.c.id)
    locked = await session.execute(ids.with_for_update(of=posting))
    rows = await session.execute(
        POSTINGS.where(posting.c.id.in_(locked.scalars().all()))
    )
    found = [from_row(row) for row in rows.mappings()]
    return {
        (item.imported.system, item.imported.id): item
        for item in found
        if item.imported is not None
    }


async def lock_overdue(session: AsyncSession, limit: int) -> list[Posting]:
    """Postings whose deadline has passed, as they are stored; others' locks skipped."""
    ids = (
        select(posting.c.id)
        .where(PASSED)
        .order_by(posting.c.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    locked = (await session.execute(ids)).scalars().all()
    stored = select(*_READABLE, _AS_STORED, _SHIFTS)
    rows = await session.execute(stored.where(posting.c.id.in_(locked)))
    return [from_row(row) for row in rows.mappings()]


# each branch finds its postings through its own index
_NAMING = """
    WITH gone AS (
        SELECT kind, id FROM jsonb_to_recordset(CAST(:gone AS jsonb))
            AS told (kind text, id text)
    ), going AS (
        SELECT gone.kind, gone.id, posting.id AS posting_id
        FROM gone JOIN postings.posting ON
            required_skills @> jsonb_build_array(jsonb_build_object('skill', gone.id))
        WHERE gone.kind = 'skill' AND status IN ('draft', 'held', 'open')
        UNION
        SELECT gone.kind, gone.id, posting.id
        FROM gone JOIN postings.posting ON
            preferred_skills @> jsonb_build_array(jsonb_build_object('skill', gone.id))
        WHERE gone.kind = 'skill' AND status IN ('draft', 'held', 'open')
        UNION
        SELECT gone.kind, gone.id, posting.id
        FROM gone JOIN postings.posting ON certificates @> jsonb_build_array(gone.id)
        WHERE gone.kind = 'certificate' AND status IN ('draft', 'held', 'open')
        UNION
        SELECT gone.kind, gone.id, posting.id
        FROM gone JOIN postings.posting ON occupation = gone.id
        WHERE gone.kind = 'occupation' AND status IN ('draft', 'held', 'open')
    )
"""
NAMING = text(f"{_NAMING} SELECT DISTINCT posting_id FROM going LIMIT :limit")
NAMED_COUNTS = text(f"{_NAMING} SELECT kind, id, count(*) FROM going GROUP BY 1, 2")
NAMING_COUNT = text(f"{_NAMING} SELECT count(DISTINCT posting_id) FROM going")


async def lock_naming(
    session: AsyncSession, replaced: Replaced, limit: int
) -> list[Posting]:
    """Up to `limit` postings that are not over and name a replaced concept, locked;
    those that somebody else has locked are left for the next time."""
    asked = {"gone": orjson.dumps(gone(replaced)).decode(), "limit": limit}
    named = (await session.execute(NAMING, asked)).scalars().all()
    editable = posting.c.status.in_(sorted(EDITABLE))
    ids = select(posting.c.id).where(posting.c.id.in_(named), editable)
    ids = ids.order_by(posting.c.id).with_for_update(skip_locked=True)
    locked = (await session.execute(ids)).scalars().all()
    stored = select(*_READABLE, _AS_STORED, _SHIFTS).where(posting.c.id.in_(locked))
    return [from_row(row) for row in (await session.execute(stored)).mappings()]


async def count_naming(
    session: AsyncSession, replaced: Replaced
) -> tuple[dict[tuple[str, str], int], int]:
    """How many postings name each replaced concept, and how many name any."""
    asked = {"gone": orjson.dumps(gone(replaced)).decode()}
    counts = await session.execute(NAMED_COUNTS, asked)
    postings = await session.execute(NAMING_COUNT, asked)
    return {(kind, id): n for kind, id, n in counts}, postings.scalar_one()


async def search_postings(
    session: AsyncSession, filters: PostingFilters, tenant: UUID | None, sees_all: bool
) -> tuple[Sequence[Posting], str | None]:
    """A page of postings, the newest first, and the cursor of the next.

    Members see those of their own organisation unless they name another one; of
    others there is only what is open.
    """
    organisation = filters.organisation or tenant
    query = POSTINGS.where(*_conditions(filters))
    if organisation is not None:
        query = query.where(posting.c.organisation == organisation)
    if not sees_all and (organisation is None or organisation != tenant):
        # the wall says so too; said here, the planner can use the partial indexes
        query = query.where(OPEN)
    after = decode_cursor(filters.cursor, UUID)
    if after is not None:
        query = query.where(posting.c.id < after[0])
    query = query.order_by(posting.c.id.desc()).limit(filters.limit + 1)
    rows = (await session.execute(query)).mappings()
    found = [from_row(row) for row in rows]
    return cut_page(found, filters.limit, lambda item: (str(item.id),))


async def feed_snapshot(
    session: AsyncSession, after: str | None, limit: int
) -> Sequence[Event]:
    """Postings by id, each as the event that would publish its state now."""
    query = select(*_READABLE, _AS_STORED, _SHIFTS)
    if after is not None:
        try:
            query = query.where(posting.c.id > UUID(after))
        except ValueError:
            fault = Fault("after", "uuid", "is not the id of a posting", "query")
            raise InvalidRequest(faults=[fault]) from None
    rows = await session.execute(query.order_by(posting.c.id).limit(limit))
    return [
        Event(
            type=EVENTS[item.status],
            entity_id=str(item.id),
            entity_version=item.version,
            occurred_at=item.updated_at,
            data=item.state(),
        )
        for item in map(from_row, rows.mappings())
    ]


def _conditions(filters: PostingFilters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.status:
        wanted.append(or_(*(_is_now(status) for status in filters.status)))
    for name in ("market", "kind", "occupation", "country", "remote"):
        value = getattr(filters, name)
        if value is not None:
            wanted.append(posting.c[name] == value)
    if filters.skill is not None:
        asked = [{"skill": filters.skill}]
        wanted.append(
            posting.c.required_skills.contains(asked)
            | posting.c.preferred_skills.contains(asked)
        )
    if filters.text is not None:
        wanted.append(posting.c.title.icontains(filters.text, autoescape=True))
    if filters.pay_at_least is not None:
        wanted += [
            posting.c.pay_top >= filters.pay_at_least,
            posting.c.pay_currency == filters.currency,
            posting.c.pay_unit == filters.unit,
        ]
    if filters.lat is not None and filters.lon is not None and filters.km is not None:
        reach = filters.km / KM_PER_DEGREE
        wanted += [
            posting.c.lat.between(filters.lat - reach, filters.lat + reach),
            _km_from(filters.lat, filters.lon) <= filters.km,
        ]
    if filters.starts_after is not None:
        wanted.append(posting.c.begins_at >= filters.starts_after)
    if filters.starts_before is not None:
        wanted.append(posting.c.begins_at < filters.starts_before)
    return wanted


def _is_now(status: Status) -> ColumnElement[bool]:
    stored = posting.c.status == status.value
    if status is Status.EXPIRED:
        return stored | PASSED
    if status in EXPIRING:
        deadline = posting.c.expires_at
        return stored & or_(deadline.is_(None), deadline > func.now())
    return stored


def _km_from(lat: float, lon: float) -> ColumnElement[float]:
    """Great-circle kilometres (haversine) to the posting's place."""
    half_lat = func.sin(func.radians(posting.c.lat - lat) / 2)
    half_lon = func.sin(func.radians(posting.c.lon - lon) / 2)
    cosines = func.cos(func.radians(lat)) * func.cos(func.radians(posting.c.lat))
    square = half_lat * half_lat + cosines * half_lon * half_lon
    return 2 * EARTH_RADIUS_KM * func.asin(func.sqrt(func.least(1.0, square)))
