"""What happens to a worker's profile; each command records its event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.errors import WorkerExists
from services.profiles.models import Row, audit, known_concept, outbox, worker
from services.profiles.work_papers.published import NOTHING_SAID
from services.profiles.work_papers.queries import said_of_workers
from services.profiles.workers.queries import find_worker
from services.profiles.workers.rules import CONCEPTS, profile_faults
from services.profiles.workers.schemas import (
    Availability,
    WorkerPatch,
    WorkerProfile,
    WorkerRegistration,
)
from services.profiles.workers.sealed import NAMES, PRIVATE, stored_rows, whole
from services.profiles.workers.state import (
    CHANGED,
    REGISTERED,
    published,
)
from shared.etags import check_version
from shared.fields import named
from shared.identity import Caller, Role
from shared.outbox import NewEvent, record_event, record_events
from shared.problems import Fault, InvalidRequest, NotFound
from shared.values import new_id, now
from shared.vocabulary import mentions, unknown_concepts

MOST_ROWS = 1_000
PROFILE_COLUMNS = tuple(WorkerProfile.model_fields)

WRITTEN_COLUMNS = (
    "id",
    "source_system",
    "source_id",
    "confirmed_at",
    "last_active_at",
    "sealed",
    *(name for name in PROFILE_COLUMNS if name not in NAMES),
)

# One parameter whatever the number of rows; an emptied row of a removed profile is
# taken over with a greater version. A living one is left alone and not returned.
INSERT_WORKERS = text(
    f"""
    INSERT INTO profiles.worker (version, {", ".join(WRITTEN_COLUMNS)})
    SELECT 1, {", ".join(WRITTEN_COLUMNS)}
    FROM jsonb_populate_recordset(NULL::profiles.worker, CAST(:rows AS jsonb))
    ORDER BY id
    ON CONFLICT (id) DO UPDATE SET
        (version, removed_at, registered_at, updated_at, {", ".join(WRITTEN_COLUMNS)})
        = (worker.version + 1, NULL, now(), now(),
           {", ".join(f"excluded.{name}" for name in WRITTEN_COLUMNS)})
    WHERE worker.removed_at IS NOT NULL AND worker.merged_into IS NULL
    RETURNING id, version
    """
)


@dataclass(frozen=True, slots=True)
class NewWorker:
    """A checked profile about to be registered."""

    profile: WorkerProfile
    id: UUID
    source: tuple[str, str] | None = None
    confirmed_at: datetime | None = None
    last_active_at: datetime | None = None

    def columns(self) -> dict[str, Any]:
        system, number = self.source or (None, None)
        return sections(self.profile) | {
            "id": self.id,
            "source_system": system,
            "source_id": number,
            "confirmed_at": self.confirmed_at,
            "last_active_at": self.last_active_at,
        }


async def register_workers(
    session: AsyncSession, workers: Sequence[NewWorker]
) -> dict[UUID, int]:
    """Insert at most 1,000 checked profiles and record their events; the versions.

    An id that is registered already is left out of the answer and unchanged. Ids must
    not repeat. The caller commits.
    """
    if len(workers) > MOST_ROWS:
        raise ValueError(f"at most {MOST_ROWS} workers in one transaction")
    rows = [new.columns() for new in workers]
    stored = await stored_rows(session, rows)
    documents = orjson.dumps([row | _as_bytea(row["sealed"]) for row in stored])
    written = await session.execute(INSERT_WORKERS, {"rows": documents.decode()})
    versions: dict[UUID, int] = {row.id: row.version for row in written}
    events = [
        _registered(row | {"version": versions[row["id"]]})
        for row in rows
        if row["id"] in versions
    ]
    if events:
        await record_events(session, outbox, events)
    return versions


async def register_worker(
    session: AsyncSession, caller: Caller, registration: WorkerRegistration
) -> Row:
    """Register the caller, or anybody for an operator or system.

    Raises InvalidRequest, WorkerExists.
    """
    own = caller.role is Role.WORKER
    faults = await document_faults(session, sections(registration))
    if own and registration.id not in (None, caller.subject):
        faults.append(Fault("/id", "own_id", "must be your own id, or left out"))
    if faults:
        raise InvalidRequest(faults=faults)
    moment = now()
    hours_given = bool(registration.weekly or registration.exceptions)
    new = NewWorker(
        registration,
        id=caller.subject if own else registration.id or new_id(),
        confirmed_at=moment if hours_given else None,
        last_active_at=moment if own else None,
    )
    if not await register_workers(session, [new]):
        raise WorkerExists
    await audit.by_another(session, caller, "worker.register", ("worker", new.id))
    return await existing_worker(session, new.id)


async def edit_worker(
    session: AsyncSession,
    caller: Caller,
    worker_id: UUID,
    patch: WorkerPatch,
    if_match: str | None,
) -> Row:
    """Replace the sections that the patch names.

    Raises NotFound, VersionMismatch, InvalidRequest.
    """
    row = await existing_worker(session, worker_id, lock=True)
    check_version(if_match, row["version"])
    given = named(patch)
    touched = {"zone": row["zone"]} | given
    if "zone" in given:
        # the hours stay, but are now meant on another clock
        touched["exceptions"] = row["exceptions"]
    faults = await document_faults(session, touched)
    if faults:
        raise InvalidRequest(faults=faults)
    told = {"sections": sorted(given), "version": row["version"]}
    await audit.by_another(
        session, caller, "worker.edit", ("worker", worker_id), detail=told
    )
    return await change_worker(session, row, given, own=caller.role is Role.WORKER)


async def set_availability(
    session: AsyncSession,
    caller: Caller,
    worker_id: UUID,
    hours: Availability,
    if_match: str | None,
) -> Row:
    """Replace the hours, which thereby are confirmed.

    Raises NotFound, VersionMismatch, InvalidRequest.
    """
    row = await existing_worker(session, worker_id, lock=True)
    check_version(if_match, row["version"])
    given = hours.model_dump(mode="json")
    faults = profile_faults(given | {"zone": row["zone"]}, now())
    if faults:
        raise InvalidRequest(faults=faults)
    await audit.by_another(session, caller, "worker.set_hours", ("worker", worker_id))
    return await change_worker(
        session,
        row,
        given | {"confirmed_at": now()},
        own=caller.role is Role.WORKER,
    )


async def confirm_availability(
    session: AsyncSession, caller: Caller, worker_id: UUID, if_match: str | None
) -> Row:
    """The hours still hold, those of `if_match`. Raises NotFound, VersionMismatch."""
    row = await existing_worker(session, worker_id, lock=True)
    check_version(if_match, row["version"])
    await audit.by_another(
        session, caller, "worker.confirm_hours", ("worker", worker_id)
    )
    return await change_worker(
        session, row, {"confirmed_at": now()}, own=caller.role is Role.WORKER
    )


async def change_worker(
    session: AsyncSession,
    row: Row,
    values: Mapping[str, Any],
    *,
    own: bool,
    papers_changed: bool = False,
) -> Row:
    """Write what differs from the locked row, and its event; nothing if nothing does.

    `own` says that the worker did it, who thereby was active. What is published differs
    also where only the worker's papers have changed.
    """
    differing = {name: value for name, value in values.items() if row[name] != value}
    if own:
        differing["last_active_at"] = now()
    if not differing and not papers_changed:
        return row
    changed = await _write(session, row, differing)
    said = await said_of_workers(session, [changed["id"]])
    await record_event(
        session,
        outbox,
        CHANGED,
        changed["id"],
        changed["version"],
        published(changed, said[changed["id"]]),
    )
    return changed


async def document_faults(session: AsyncSession, document: Any) -> list[Fault]:
    """Broken rules and unknown concepts of a profile of any shape."""
    mentioned = mentions(document, CONCEPTS)
    unknown = await unknown_concepts(session, known_concept, mentioned)
    return unknown + profile_faults(document, now())


def sections(profile: WorkerProfile) -> dict[str, Any]:
    """The profile as JSON documents by column."""
    document = profile.model_dump(mode="json")
    return {name: document[name] for name in PROFILE_COLUMNS}


def _as_bytea(content: bytes) -> dict[str, str]:
    # as PostgreSQL reads it inside a JSON document
    return {"sealed": "\\x" + content.hex()}


def _registered(row: Mapping[str, Any]) -> NewEvent:
    # whoever comes back has recorded nothing: the papers went with the profile
    state = published(row, NOTHING_SAID)
    return NewEvent(REGISTERED, str(row["id"]), row["version"], state)


async def existing_worker(
    session: AsyncSession, worker_id: UUID, lock: bool = False
) -> Row:
    """The whole profile; raises NotFound."""
    row = await find_worker(session, worker_id, lock=lock)
    if row is None:
        raise NotFound
    return row


async def _write(session: AsyncSession, row: Row, values: Mapping[str, Any]) -> Row:
    """Of what is sealed a change of one part seals the whole anew."""
    profile: Row = {**row, **values}
    stored: Row = {k: v for k, v in values.items() if k not in PRIVATE}
    if PRIVATE & values.keys():
        [sealed] = await stored_rows(session, [profile])
        stored |= {name: sealed[name] for name in ("sealed", "places")}
    return whole(await store_worker(session, row["id"], stored), profile)


async def store_worker(
    session: AsyncSession, worker_id: UUID, values: Mapping[str, Any]
) -> Row:
    """Write columns of the table and raise the version; the row as it now is."""
    statement = (
        update(worker)
        .where(worker.c.id == worker_id)
        .values(**values, version=worker.c.version + 1, updated_at=func.now())
        .returning(worker)
    )
    return dict((await session.execute(statement)).mappings().one())
