"""Reading a service's audit log, the newest entries first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.audit.log import AuditLog


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """None leaves a filter out. `since` … `until` is half-open. A `subject` is found
    where it is one of many on a page, too; `actor` also where they act for another."""

    actor: UUID | None = None
    subject: UUID | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def detail(self) -> dict[str, Any]:
        """What was looked for, for the log itself."""
        return {
            name: value if isinstance(value, UUID | str) else _written(value)
            for name in ("actor", "subject", "action", "since", "until")
            if (value := getattr(self, name)) is not None
        }


async def page_of_entries(
    session: AsyncSession,
    audit: AuditLog,
    wanted: EntryFilter,
    before: int | None,
    limit: int,
) -> Sequence[RowMapping]:
    """At most `limit` entries with an id below `before`, by id downwards."""
    entry, link = audit.entry, audit.link
    query = (
        select(entry, link.c.position)
        .outerjoin(link, link.c.entry_id == entry.c.id)
        .order_by(entry.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(entry.c.id < before)
    if wanted.actor is not None:
        really = entry.c.acting["subject"].astext == str(wanted.actor)
        query = query.where(or_(entry.c.actor == wanted.actor, really))
    if wanted.subject is not None:
        on_a_page = and_(
            entry.c.detail.has_key("ids"),
            entry.c.detail["ids"].has_key(str(wanted.subject)),
        )
        query = query.where(or_(entry.c.subject_id == wanted.subject, on_a_page))
    if wanted.action is not None:
        query = query.where(entry.c.action == wanted.action)
    if wanted.since is not None:
        query = query.where(entry.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(entry.c.at < wanted.until)
    return (await session.execute(query)).mappings().all()


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
