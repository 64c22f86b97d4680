"""Profiles nobody has used for long are removed, after a notice."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.models import Row, audit, worker
from services.profiles.privacy.models import retention_notice
from services.profiles.privacy.queries import INACTIVE, rules_of, seen_at, unseen_since
from services.profiles.privacy.removal import remove_worker
from services.profiles.privacy.rules import EVERYWHERE, country_of_zone
from shared.database import Database
from shared.identity import SERVICE_SUBJECTS, Caller, Role
from shared.problems import NotFound
from shared.values import now

log = structlog.get_logger(__name__)

AT_ONCE = 500
RETENTION = "retention"
ITSELF = Caller(SERVICE_SUBJECTS["profiles"], Role.SERVICE)


async def apply_retention(database: Database) -> dict[str, int]:
    """Give notice, and remove whom it was given long enough ago; how many of each.

    A notice falls away when its worker is seen again. Safe to do in several processes.
    """
    done = {"noticed": 0, "removed": 0}
    async with database.as_system() as session:
        rules = await rules_of(session, INACTIVE)
        await _forget_notices_of_the_active(session)
    if not rules:
        return done
    soonest = min(rule["keep_days"] - rule["notice_days"] for rule in rules.values())
    moment = now()
    after: UUID | None = None
    while True:
        async with database.as_system() as session:
            rows = await unseen_since(
                session, moment - timedelta(days=soonest), after, AT_ONCE
            )
        for row in rows:
            rule = rules.get(country_of_zone(row["zone"])) or rules.get(EVERYWHERE)
            if rule is not None:
                what = await _apply(database, rule, row, moment)
                if what is not None:
                    done[what] += 1
        if len(rows) < AT_ONCE:
            break
        after = rows[-1]["id"]
    if any(done.values()):
        log.info("retention", **done)
    return done


def kept_until(rule: Row, seen: datetime) -> datetime:
    """When a profile last seen at a moment is removed."""
    return seen + timedelta(days=rule["keep_days"])


async def _apply(
    database: Database, rule: Row, row: Row, moment: datetime
) -> str | None:
    notice = timedelta(days=rule["notice_days"])
    due = kept_until(rule, row["seen"])
    if row["noticed_at"] is None:
        if moment < due - notice:
            return None
        async with database.as_system() as session:
            await _give_notice(session, row["id"], max(due, moment + notice))
        return "noticed"
    if moment < row["due_at"]:
        return None
    async with database.as_system() as session:
        try:
            await remove_worker(session, ITSELF, row["id"], RETENTION)
        except NotFound:
            return None
    return "removed"


async def _give_notice(
    session: AsyncSession, worker_id: UUID, due_at: datetime
) -> None:
    notice = insert(retention_notice).values(worker=worker_id, due_at=due_at)
    given = await session.execute(
        notice.on_conflict_do_nothing().returning(retention_notice.c.worker)
    )
    if given.first() is not None:
        subject = ("worker", worker_id)
        await audit(session, ITSELF, "worker.notice", subject)


async def _forget_notices_of_the_active(session: AsyncSession) -> None:
    await session.execute(
        delete(retention_notice).where(
            retention_notice.c.worker == worker.c.id,
            seen_at > retention_notice.c.noticed_at,
        )
    )
