"""Batches over HTTP, and what the service says of each row."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

import httpx

from infra.imports.draft import RowFault
from shared.values import new_id

Tag = TypeVar("Tag")

MOST_ROWS = 200
MOST_BYTES = 900_000
TRIES = 6
POINTER_INTO_BATCH = re.compile(r"^/(?:workers|postings)/\d+")


class ImportStopped(Exception):
    """The service does not take the rows; the message says what it answered."""


@dataclass(frozen=True, slots=True)
class Landing(Generic[Tag]):
    """What became of a document: created, updated, unchanged, or rejected with faults.

    `tag` is what the caller sent along with the document; `held` says that it waits for
    review.
    """

    tag: Tag
    outcome: str
    held: bool
    faults: tuple[RowFault, ...] = ()


def send(
    client: httpx.Client,
    kind: str,
    documents: Iterable[tuple[Tag, bytes]],
    organisation: UUID | None = None,
) -> Iterator[Landing[Tag]]:
    """POST JSON documents to /v1/{kind}/batch ("postings" or "workers") in batches.

    An operator names the `organisation` whose postings they are.

    A batch is repeated when the service is busy or away: its rows are known by their
    source, so nothing lands twice, and by its key, so that the rows of an answer that
    was lost are counted for what they were. Raises ImportStopped.
    """
    for batch in _batches(documents):
        encoded = b",".join(body for _, body in batch)
        content = b'{"%s":[%s]}' % (kind.encode(), encoded)
        if organisation:
            content = b'{"organisation":"%s",%s' % (
                str(organisation).encode(),
                content[1:],
            )
        answer = _post(client, f"/v1/{kind}/batch", content)
        outcomes = answer.get("rows") or answer.get("results") or []
        for (tag, _), outcome in zip(batch, outcomes, strict=True):
            yield Landing(
                tag,
                outcome.get("outcome") or outcome["result"],
                outcome.get("status") == "held",
                tuple(_faults(outcome.get("errors", []))),
            )


def _faults(errors: Sequence[Mapping[str, str]]) -> Iterator[RowFault]:
    for error in errors:
        pointer = POINTER_INTO_BATCH.sub("", error["pointer"])
        yield RowFault(_field_of(pointer), error["message"])


def _field_of(pointer: str) -> str:
    """ "/pay/minimum" → "pay.minimum"; positions in lists say nothing to a sender."""
    parts = [part for part in pointer.split("/") if part and not part.isdigit()]
    return ".".join(parts)


def _batches(
    documents: Iterable[tuple[Tag, bytes]],
) -> Iterator[list[tuple[Tag, bytes]]]:
    batch: list[tuple[Tag, bytes]] = []
    size = 0
    for tag, body in documents:
        if batch and (len(batch) == MOST_ROWS or size + len(body) > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((tag, body))
        size += len(body) + 1
    if batch:
        yield batch


def _post(client: httpx.Client, path: str, content: bytes) -> dict[str, Any]:
    # a batch whose answer was lost is told again what became of its rows
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(new_id())}
    trouble = ""
    asked = 0.0  # seconds that the service asked to wait
    for attempt in range(TRIES):
        if attempt:
            time.sleep(max(asked, min(0.2 * 2**attempt, 5.0)))
        asked = 0.0
        try:
            answer = client.post(path, content=content, headers=headers)
        except httpx.TransportError as error:
            trouble = f"{client.base_url}: {error!r}"
            continue
        if answer.is_success:
            document: dict[str, Any] = answer.json()
            return document
        trouble = _told(answer)
        asked = _asked_to_wait(answer)
        if answer.status_code not in (409, 429) and answer.status_code < 500:
            break
    raise ImportStopped(trouble)


def _asked_to_wait(answer: httpx.Response) -> float:
    """The seconds of Retry-After, a minute at most."""
    said = answer.headers.get("Retry-After", "")
    return min(float(said), 60.0) if said.isdigit() else 0.0


def _told(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    parts = [problem.get("title"), problem.get("detail")]
    parts += [
        f"{e.get('pointer')} {e.get('message')}" for e in problem.get("errors", [])
    ]
    told = "; ".join(str(part) for part in parts if part)
    return f"{answer.request.url.path} answered {answer.status_code}: {told}"
