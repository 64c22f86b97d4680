"""One import from its rows to the report: understand, send, count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from uuid import UUID

import httpx
import orjson

from infra.imports.draft import Draft
from infra.imports.report import Entry, Report, Summary
from infra.imports.sending import send


def run_import(
    kind: str,
    drafts: Iterable[Draft],
    client: httpx.Client,
    report: Report,
    progress: Callable[[], None] = lambda: None,
    organisation: UUID | None = None,
) -> Summary:
    """Land what can land ("postings" or "workers"); the rest stands in the report.

    A row whose source id was met before in the same file is rejected: which of the two
    is right is not ours to say. `progress` is called once a row; an operator
    names the `organisation` of postings. Raises ImportStopped.
    """
    summary = Summary()
    met: dict[str, str] = {}

    def note(draft: Draft, outcome: str, field: str, reason: str) -> None:
        entry = Entry(draft.row, draft.id, outcome, field, reason)
        report.add(entry)
        summary.count_reason(entry)

    def reject(draft: Draft) -> None:
        for field, reason in draft.faults:
            note(draft, "rejected", field, reason)
        summary.rejected += 1

    def documents() -> Iterator[tuple[Draft, bytes]]:
        for draft in drafts:
            summary.rows += 1
            progress()
            if draft.id and met.setdefault(draft.id, draft.row) != draft.row:
                draft.add_fault("id", f"is that of row '{met[draft.id]}' as well")
            bodies = _encoded(draft)
            if draft.faults:
                reject(draft)
                continue
            for field, reason in draft.unknown:
                note(draft, "left out", field, reason)
            for reason in draft.held:
                note(draft, "held", "", reason)
            for body in bodies:
                yield draft, body

    for landing in send(client, kind, documents(), organisation):
        if landing.outcome == "rejected":
            for field, reason in landing.faults:
                landing.tag.add_fault(field, reason)
            reject(landing.tag)
        else:
            summary.landed[landing.outcome] += 1
            summary.held += landing.held
    return summary


def _encoded(draft: Draft) -> list[bytes]:
    try:
        return [orjson.dumps(document) for document in draft.documents]
    except orjson.JSONEncodeError as error:
        # half a surrogate pair, say, which JSON can spell and UTF-8 cannot
        draft.add_fault("", f"cannot be sent: {error}")
        return []
