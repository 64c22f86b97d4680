"""Importing postings: many rows at once, idempotent by their source.

A row that was imported before and has not changed since is left alone, also where the
organisation has edited the posting meanwhile. Valid rows land, others are rejected with
all their faults.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from services.postings.models import audit, known_concept
from services.postings.postings import commands, queries, storage
from services.postings.postings.content import CONCEPTS, content_of
from services.postings.postings.lifecycle import EDITABLE, EDITED, EVENTS, Status
from services.postings.postings.posting import Imported, Posting
from services.postings.postings.rules import PostingDocument, posting_faults
from services.postings.postings.schemas import BatchRow, Source
from services.postings.postings.shifts import keep_shift_ids, unknown_shifts
from services.postings.postings.views import BatchResult, Outcome, RowFault, RowResult
from shared.audit.log import counted
from shared.documents import read, readable
from shared.identity import Caller
from shared.problems import Fault
from shared.values import now
from shared.vocabulary import Mention, mentions, unknown_concepts

Key = tuple[str, str]
SOURCE = TypeAdapter(Source)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the batch and what was found about it so far."""

    number: int
    raw: Any
    source: Source | None
    wanted: BatchRow | None
    before: Posting | None
    faults: tuple[Fault, ...]

    @property
    def digest(self) -> bytes:
        text = json.dumps(self.raw, sort_keys=True)
        return hashlib.sha256(text.encode()).digest()

    @property
    def unchanged(self) -> bool:
        held = self.before.imported if self.before else None
        return held is not None and held.digest == self.digest

    def status_after(self) -> Status:
        """A held posting stays held until an operator releases it."""
        assert self.wanted is not None
        status = self.before.status if self.before else Status.DRAFT
        if self.wanted.hold is not None:
            return Status.HELD
        if status is Status.DRAFT and self.wanted.publish:
            return Status.OPEN
        return status


async def import_postings(
    session: AsyncSession, caller: Caller, organisation: UUID, raws: Sequence[Any]
) -> BatchResult:
    """Create or update one posting per row, in one transaction."""
    moment = now()
    await queries.lock_imports(session, organisation)
    sources = [_source(raw) for raw in raws]
    held = await queries.lock_imported(
        session, organisation, [(item.system, item.id) for item in sources if item]
    )
    rows = []
    seen: dict[Key, int] = {}
    for number, (raw, source) in enumerate(zip(raws, sources, strict=True)):
        key = source and (source.system, source.id)
        before = held.get(key) if key else None
        row = _judged(number, raw, source, before, moment)
        if key in seen:
            message = f"row {seen[key]} has the same source"
            fault = Fault("/source", "duplicate_source", message)
            row = replace(row, before=None, faults=(fault,))
        elif key:
            seen[key] = number
        rows.append(row)
    rows = await _with_unknown_concepts(session, rows)
    results = await _write(session, organisation, rows, moment)
    written = [item.id for item in results if item.id is not None]
    await audit.by_another(
        session,
        caller,
        "posting.import",
        ("organisation", organisation),
        tenant=organisation,
        detail=counted(written),
    )
    counts = Counter(item.result for item in results)
    return BatchResult(
        created=counts[Outcome.CREATED],
        updated=counts[Outcome.UPDATED],
        unchanged=counts[Outcome.UNCHANGED],
        rejected=counts[Outcome.REJECTED],
        results=results,
    )


def _source(raw: Any) -> Source | None:
    return readable(SOURCE, raw.get("source")) if isinstance(raw, Mapping) else None


def _judged(
    number: int,
    raw: Any,
    source: Source | None,
    before: Posting | None,
    moment: datetime,
) -> Row:
    row = Row(number, raw, source, None, before, ())
    if row.unchanged:
        return row
    wanted, faults = read(BatchRow, raw)
    row = replace(row, wanted=wanted)
    fields = raw if isinstance(raw, Mapping) else {}
    if before is None:
        opening = fields.get("publish") is True and fields.get("hold") is None
        faults += posting_faults(PostingDocument(fields, moment, opening))
        if wanted is not None:
            faults += unknown_shifts(wanted.shifts, ())
    elif before.status not in EDITABLE:
        message = f"the posting is {before.status}: nothing changes any more"
        faults = [Fault("", "posting_has_ended", message)]
    else:
        status = row.status_after() if wanted else before.status
        faults += commands.edit_faults(before, fields, wanted, status, moment)
    return replace(row, faults=tuple(faults))


async def _with_unknown_concepts(
    session: AsyncSession, rows: Sequence[Row]
) -> list[Row]:
    """The rows with their unknown concepts added to their faults; one query."""
    mentioned: list[Mention] = []
    for row in rows:
        if row.unchanged:
            continue
        found = (
            commands.new_mentions(row.before, row.raw)
            if row.before
            else mentions(row.raw, CONCEPTS)
        )
        mentioned += [
            replace(item, pointer=f"{row.number}{item.pointer}") for item in found
        ]
    unknown: dict[int, list[Fault]] = {}
    for fault in await unknown_concepts(session, known_concept, mentioned):
        number, _, pointer = fault.pointer.partition("/")
        found_there = unknown.setdefault(int(number), [])
        found_there.append(replace(fault, pointer=f"/{pointer}"))
    return [
        replace(row, faults=(*row.faults, *unknown.get(row.number, ()))) for row in rows
    ]


async def _write(
    session: AsyncSession, organisation: UUID, rows: Sequence[Row], moment: datetime
) -> list[RowResult]:
    results: list[RowResult] = []
    created: list[Posting] = []
    events: list[tuple[str, Posting]] = []
    for row in rows:
        if row.faults:
            results.append(_rejected(row))
            continue
        if row.unchanged or row.wanted is None or row.source is None:
            results.append(_landed(row, Outcome.UNCHANGED, row.before))
            continue
        imported = Imported(row.source.system, row.source.id, row.digest)
        if row.before is None:
            made = commands.new_posting(
                organisation,
                row.wanted,
                publish=row.wanted.publish,
                hold=row.wanted.hold,
                moment=moment,
            )
            made = replace(made, imported=imported)
            created.append(made)
            events.append((EVENTS[made.status], made))
            results.append(_landed(row, Outcome.CREATED, made))
            continue
        after, event = _edited(row, row.before, row.wanted, moment)
        after = replace(after, imported=imported)
        await storage.update_posting(session, row.before, after)
        if event is not None:
            events.append((event, after))
        outcome = Outcome.UPDATED if event else Outcome.UNCHANGED
        results.append(_landed(row, outcome, after))
    if created:
        await storage.insert_postings(session, created)
    if events:
        await commands.record(session, events)
    return results


def _edited(
    row: Row, before: Posting, wanted: BatchRow, moment: datetime
) -> tuple[Posting, str | None]:
    """The posting after its row changed, and the event; None if it means the same."""
    content = keep_shift_ids(content_of(wanted), before.content["shifts"])
    status = row.status_after()
    reason = wanted.hold if wanted.hold is not None else before.reason
    if status is before.status and (content, reason) == (
        before.content,
        before.reason,
    ):
        return before, None
    after = replace(before.moved(status, reason, moment), content=content)
    return after, EDITED if status is before.status else EVENTS[status]


def _landed(row: Row, outcome: Outcome, posting: Posting | None) -> RowResult:
    assert posting is not None
    return RowResult(
        index=row.number,
        source=row.source,
        result=outcome,
        id=posting.id,
        version=posting.version,
        status=posting.status,
    )


def _rejected(row: Row) -> RowResult:
    return RowResult(
        index=row.number,
        source=row.source,
        result=Outcome.REJECTED,
        errors=[
            RowFault(
                pointer=f"/postings/{row.number}{item.pointer}",
                rule=item.rule,
                message=item.message,
            )
            for item in row.faults
        ],
    )
