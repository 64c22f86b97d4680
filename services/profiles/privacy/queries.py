"""Every select about erasures, disclosures, consents and retention."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.models import Row, worker
from services.profiles.privacy.models import (
    consent,
    consent_kind,
    disclosure,
    erasure,
    retention_notice,
    retention_rule,
)
from services.profiles.privacy.rules import EVERYWHERE

INACTIVE = "inactive-worker"
CONTACT_AFTER_END = "contact-after-end"

# the last sign of life; an import or a re-mapped skill is none
seen_at = func.greatest(
    worker.c.last_active_at, worker.c.confirmed_at, worker.c.registered_at
)


async def last_erasure(session: AsyncSession, worker_id: UUID) -> Row | None:
    query = select(erasure).where(erasure.c.worker == worker_id)
    query = query.order_by(erasure.c.asked_at.desc(), erasure.c.id.desc()).limit(1)
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else dict(row)


async def is_disclosed(
    session: AsyncSession, worker_id: UUID, organisation: UUID
) -> bool:
    """Whether the organisation may know now who the worker is."""
    standing = or_(disclosure.c.until.is_(None), disclosure.c.until > func.now())
    query = select(disclosure.c.id).where(
        disclosure.c.worker == worker_id,
        disclosure.c.organisation == organisation,
        standing,
    )
    return (await session.execute(query.limit(1))).first() is not None


async def contact_after_end_days(session: AsyncSession) -> int:
    """How long a disclosure outlives what it came from; none unless a rule says so."""
    query = select(retention_rule.c.keep_days).where(
        retention_rule.c.what == CONTACT_AFTER_END,
        retention_rule.c.jurisdiction == EVERYWHERE,
    )
    return (await session.execute(query)).scalar_one_or_none() or 0


async def consents(session: AsyncSession, worker_id: UUID) -> Sequence[Row]:
    """Every kind in use with what the worker last said of it."""
    last = (
        select(consent)
        .where(consent.c.worker == worker_id)
        .ext(distinct_on(consent.c.kind))
        .order_by(consent.c.kind, consent.c.given_at.desc(), consent.c.id.desc())
        .subquery()
    )
    query = (
        select(
            consent_kind.c.id.label("kind"),
            consent_kind.c.wording,
            consent_kind.c.version,
            last.c.version.label("given_version"),
            last.c.given_at,
            last.c.withdrawn_at,
        )
        .select_from(consent_kind)
        .outerjoin(last, last.c.kind == consent_kind.c.id)
        .where(~consent_kind.c.retired)
        .order_by(consent_kind.c.id)
    )
    return [dict(row) for row in (await session.execute(query)).mappings()]


async def kind_in_use(session: AsyncSession, kind: str) -> Row | None:
    query = select(consent_kind).where(consent_kind.c.id == kind)
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None or row["retired"] else dict(row)


async def standing_consent(
    session: AsyncSession, worker_id: UUID, kind: str
) -> Row | None:
    query = select(consent).where(
        consent.c.worker == worker_id,
        consent.c.kind == kind,
        consent.c.withdrawn_at.is_(None),
    )
    row = (await session.execute(query.with_for_update())).mappings().one_or_none()
    return None if row is None else dict(row)


async def rules_of(session: AsyncSession, what: str) -> dict[str, Row]:
    """Country, or `*` → the rule."""
    query = select(retention_rule).where(retention_rule.c.what == what)
    rows = (await session.execute(query)).mappings()
    return {row["jurisdiction"]: dict(row) for row in rows}


async def last_seen(session: AsyncSession, worker_id: UUID) -> Row | None:
    """When there was the last sign of life, the zone, and the notice if one was given;
    None for whoever is not there."""
    query = (
        select(worker.c.zone, seen_at.label("seen"), retention_notice.c.noticed_at)
        .select_from(worker)
        .outerjoin(retention_notice, retention_notice.c.worker == worker.c.id)
        .where(worker.c.id == worker_id, worker.c.removed_at.is_(None))
    )
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else dict(row)


async def unseen_since(
    session: AsyncSession, moment: datetime, after: UUID | None, limit: int
) -> Sequence[Row]:
    """Living workers without a sign of life since `moment`, with their notice."""
    query = (
        select(
            worker.c.id,
            worker.c.zone,
            seen_at.label("seen"),
            retention_notice.c.noticed_at,
            retention_notice.c.due_at,
        )
        .select_from(worker)
        .outerjoin(retention_notice, retention_notice.c.worker == worker.c.id)
        .where(worker.c.removed_at.is_(None), seen_at < moment)
        .order_by(worker.c.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(worker.c.id > after)
    return [dict(row) for row in (await session.execute(query)).mappings()]
