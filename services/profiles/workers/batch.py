"""Many profiles from another system at once; a bad row never holds back the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.models import Row, audit, known_concept
from services.profiles.workers.commands import (
    NewWorker,
    change_worker,
    register_workers,
    sections,
)
from services.profiles.workers.queries import SourceId, find_by_source, lock_sources
from services.profiles.workers.rules import CONCEPTS, profile_faults
from services.profiles.workers.schemas import RowFault, RowResult, WorkerRow
from shared.audit.log import counted
from shared.documents import read
from shared.identity import Caller
from shared.problems import Fault
from shared.values import new_id, now
from shared.vocabulary import Mention, mentions, unknown_concepts


@dataclass(frozen=True, slots=True)
class GoodRow:
    """A row without faults, and where it stood."""

    index: int
    profile: WorkerRow

    @property
    def source(self) -> SourceId | None:
        source = self.profile.source
        return None if source is None else (source.system, source.id)


async def register_batch(
    session: AsyncSession, caller: Caller, rows: Sequence[Any]
) -> list[RowResult]:
    """Register or update every valid row; one result a row, in their order.

    A row whose source is known replaces that worker's profile where it differs. A
    worker who removed the profile is not brought back.
    """
    good, faults = await _checked(session, rows)
    await lock_sources(session, sorted({g.source[0] for g in good if g.source}))
    known = await find_by_source(session, [g.source for g in good if g.source])
    results = {index: _rejected(index, broken) for index, broken in faults.items()}
    results |= await _register(
        session, [row for row in good if row.source not in known]
    )
    for row in good:
        if row.source is not None and row.source in known:
            results[row.index] = await _update(session, row, known[row.source])
    written = [each.id for each in results.values() if each.id is not None]
    await audit(session, caller, "worker.import", detail=counted(written))
    return [results[index] for index in range(len(rows))]


async def _checked(
    session: AsyncSession, rows: Sequence[Any]
) -> tuple[list[GoodRow], dict[int, list[Fault]]]:
    moment = now()
    parsed: dict[int, WorkerRow] = {}
    faults: dict[int, list[Fault]] = {}
    mentioned: list[Mention] = []
    first_with: dict[SourceId, int] = {}
    for index, raw in enumerate(rows):
        row, found = read(WorkerRow, raw)
        document: Any = raw
        if row is not None:
            parsed[index] = row
            document = sections(row)
        found += profile_faults(document, moment)
        if row is not None:
            found += _row_faults(GoodRow(index, row), first_with)
        faults[index] = [_moved(fault, index) for fault in found]
        mentioned += [
            Mention(mention.kind, mention.id, f"/workers/{index}{mention.pointer}")
            for mention in mentions(document, CONCEPTS)
        ]
    for fault in await unknown_concepts(session, known_concept, mentioned):
        faults[int(fault.pointer.split("/")[2])].append(fault)
    good = [GoodRow(index, row) for index, row in parsed.items() if not faults[index]]
    return good, {index: broken for index, broken in faults.items() if broken}


def _row_faults(row: GoodRow, first_with: dict[SourceId, int]) -> list[Fault]:
    faults = []
    for name in ("confirmed_at", "last_active_at"):
        moment = getattr(row.profile, name)
        if moment is not None and moment > now():
            faults.append(Fault(f"/{name}", "future", "must not be in the future"))
    if row.source is not None:
        first = first_with.setdefault(row.source, row.index)
        if first != row.index:
            message = f"is the source of /workers/{first} too"
            faults.append(Fault("/source", "duplicate", message))
    return faults


async def _register(
    session: AsyncSession, rows: Sequence[GoodRow]
) -> dict[int, RowResult]:
    if not rows:
        return {}
    new = [
        NewWorker(
            row.profile,
            id=new_id(),
            source=row.source,
            confirmed_at=row.profile.confirmed_at,
            last_active_at=row.profile.last_active_at,
        )
        for row in rows
    ]
    versions = await register_workers(session, new)
    return {
        row.index: _landed(row.index, "created", worker.id, versions[worker.id])
        for row, worker in zip(rows, new, strict=True)
    }


async def _update(session: AsyncSession, row: GoodRow, held: Row) -> RowResult:
    if held["removed_at"] is not None:
        fault = Fault("/source", "removed", "this worker has removed the profile")
        return _rejected(row.index, [_moved(fault, row.index)])
    values: dict[str, Any] = sections(row.profile)
    for name in ("confirmed_at", "last_active_at"):
        moment = getattr(row.profile, name)
        # an import must not make hours look staler than the worker left them
        if moment is not None and (held[name] is None or held[name] < moment):
            values[name] = moment
    now_held = await change_worker(session, held, values, own=False)
    same = now_held["version"] == held["version"]
    return _landed(
        row.index, "unchanged" if same else "updated", held["id"], now_held["version"]
    )


def _moved(fault: Fault, index: int) -> Fault:
    return Fault(f"/workers/{index}{fault.pointer}", fault.rule, fault.message)


def _rejected(index: int, faults: Sequence[Fault]) -> RowResult:
    errors = [
        RowFault(pointer=f.pointer, rule=f.rule, message=f.message) for f in faults
    ]
    return RowResult(index=index, result="rejected", errors=errors)


def _landed(
    index: int,
    result: Literal["created", "updated", "unchanged"],
    worker_id: UUID,
    version: int,
) -> RowResult:
    return RowResult(index=index, result=result, id=worker_id, version=version)
