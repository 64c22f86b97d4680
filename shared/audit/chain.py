"""The hash chain, as arithmetic: h(i) = SHA-256(h(i-1) followed by row i).

A row's bytes are its columns as one JSON object with sorted keys and no spaces: times
in UTC to the microsecond, ids and transaction ids as text. How rows are cut into
batches does not show in the hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from typing import Any

import orjson

COLUMNS = (
    "id",
    "xid",
    "at",
    "actor",
    "actor_role",
    "acting",
    "tenant",
    "action",
    "subject_kind",
    "subject_id",
    "request_id",
    "detail",
)
SELECTED = ", ".join(
    f"e.{name}::text AS {name}" if name == "xid" else f"e.{name}" for name in COLUMNS
)
"""What a query of `audit_entry AS e` must select of a row."""


def beginning(service: str) -> bytes:
    """h(0): two services' logs never continue each other."""
    return hashlib.sha256(f"rollcall audit 1 {service}".encode()).digest()


def row_bytes(row: Mapping[str, Any]) -> bytes:
    document = {name: row[name] for name in COLUMNS}
    document["at"] = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    # asyncpg's UUID is a subclass, which orjson does not take for one
    return orjson.dumps(document, default=str, option=orjson.OPT_SORT_KEYS)


def next_hash(previous: bytes, row: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(previous + row_bytes(row)).digest()


def running(previous: bytes, rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """The hash after each row, going on from `previous`."""
    for row in rows:
        previous = next_hash(previous, row)
        yield previous
