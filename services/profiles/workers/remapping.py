"""Claims that name a replaced skill or certificate name its replacement instead."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import bindparam, func, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.models import Row, known_concept, outbox, worker
from services.profiles.work_papers.queries import said_of_workers
from services.profiles.workers.queries import count_claims, lock_claimants
from services.profiles.workers.state import CHANGED, published
from shared.database import Database
from shared.outbox import NewEvent, record_events
from shared.remapping import (
    MOST_ROWS,
    Entry,
    Remapped,
    Replaced,
    named,
    remap_until_done,
    remapped,
)


async def remap_claims(
    session: AsyncSession, replaced: Replaced, limit: int = MOST_ROWS
) -> Remapped:
    """Re-map up to `limit` workers, with an event each; needs the system login."""
    done = Remapped()
    if not replaced:
        return done
    rows = await lock_claimants(session, replaced, limit)
    for row in rows:
        done.concepts.update(claims_of_the_gone(row, replaced))
    changed = [row | up_to_date(row, replaced) for row in rows]
    if changed:
        await _write(session, changed)
    done.rows, done.more = len(changed), len(changed) == limit
    return done


async def claims_to_remap(session: AsyncSession, replaced: Replaced) -> Remapped:
    """What `remap_claims` would do, all of it."""
    if not replaced:
        return Remapped()
    counts, rows = await count_claims(session, replaced)
    return Remapped(rows, Counter(counts))


async def remap_all(database: Database) -> None:
    """All that names a replaced concept, however many transactions it takes."""
    await remap_until_done(database, known_concept, remap_claims, "claims")


def up_to_date(row: Row, replaced: Replaced) -> Row:
    """The sections and the version that a claimant's row will have."""
    return {
        "version": row["version"] + 1,
        "skills": remapped(row["skills"], "skill", replaced, _more_able),
        "certificates": remapped(
            row["certificates"], "certificate", replaced, _longer_valid
        ),
    }


def claims_of_the_gone(row: Row, replaced: Replaced) -> list[Any]:
    return [
        *named(row["skills"], "skill", replaced),
        *named(row["certificates"], "certificate", replaced),
    ]


def _more_able(one: Entry, other: Entry) -> Entry:
    """The higher level, and the longer experience where either says any."""
    years = [entry["years"] for entry in (one, other) if entry["years"] is not None]
    return one | {
        "level": max(one["level"], other["level"]),
        "years": max(years, default=None),
    }


def _longer_valid(one: Entry, other: Entry) -> Entry:
    """The later last day; none is no end."""
    days = [entry["expires_on"] for entry in (one, other)]
    return one | {"expires_on": None if None in days else max(days)}


async def _write(session: AsyncSession, rows: list[Row]) -> None:
    statement = (
        update(worker)
        .where(worker.c.id == bindparam("worker_id"))
        .values(
            version=bindparam("new_version"),
            skills=bindparam("new_skills", type_=worker.c.skills.type),
            certificates=bindparam("new_certificates", type_=worker.c.skills.type),
            updated_at=func.now(),
        )
    )
    await session.execute(
        statement,
        [
            {
                "worker_id": row["id"],
                "new_version": row["version"],
                "new_skills": row["skills"],
                "new_certificates": row["certificates"],
            }
            for row in rows
        ],
    )
    said = await said_of_workers(session, [row["id"] for row in rows])
    events = [
        NewEvent(
            CHANGED, str(row["id"]), row["version"], published(row, said[row["id"]])
        )
        for row in rows
    ]
    await record_events(session, outbox, events)
